"""Memory that nobody uses goes back to the system."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import weakref

from effnet_viz.ui.session import housekeeping


class Upload:
    """Stands for what a session held."""

    def __init__(self) -> None:
        self.itself = self


def test_what_ended_sessions_left_is_collected():
    """With Streamlit's collection after every rerun off, nobody else collects circles."""
    gc.disable()
    try:
        left = weakref.ref(Upload())
        assert left() is not None
        housekeeping.give_memory_back()
        assert left() is None
    finally:
        gc.enable()


def test_memory_freed_by_many_threads_goes_back():
    """Threads that have ended leave their freed memory in arenas of the C library."""
    program = """
        import threading
        import psutil
        from effnet_viz.ui.session import housekeeping

        housekeeping.set_up_process()
        process = psutil.Process()

        def use():
            pieces = [bytearray(20_000) for _ in range(2_000)]
            keep.append(bytearray(64))
            del pieces

        keep = []
        before = process.memory_info().rss
        for _ in range(4):
            threads = [threading.Thread(target=use) for _ in range(16)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
        housekeeping.give_memory_back()
        print((process.memory_info().rss - before) / 2**20)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 50


def test_streamlit_counts_its_sessions():
    """The count comes from inside of Streamlit, which may change."""
    from streamlit.runtime.session_manager import SessionManager

    assert housekeeping.sessions() == 0
    assert callable(SessionManager.num_active_sessions)
