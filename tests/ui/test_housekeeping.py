"""Memory that nobody uses goes back to the system."""

from __future__ import annotations

import gc
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


def test_streamlit_counts_its_sessions():
    """The count comes from inside of Streamlit, which may change."""
    from streamlit.runtime.session_manager import SessionManager

    assert housekeeping.sessions() == 0
    assert callable(SessionManager.num_active_sessions)
