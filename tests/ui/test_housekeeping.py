"""Memory that nobody uses goes back to the system."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy
import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state import SessionState
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from effnet_viz.architecture import custom_spec
from effnet_viz.ui import warm_up
from effnet_viz.ui.session import housekeeping, models_and_runs
from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS


class Upload:
    """Stands for what a session held."""

    def __init__(self) -> None:
        self.itself = self


@contextmanager
def young_objects() -> Iterator[None]:
    """Objects stay in the youngest generation, which is collected in no time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.slow
def test_what_ended_sessions_left_is_collected():
    """With Streamlit's collection after every rerun off, nobody else collects circles."""
    with young_objects():
        left = weakref.ref(Upload())
        assert left() is not None
        housekeeping.give_memory_back()
        assert left() is None


def test_loading_a_network_makes_nothing_immortal():
    """`gc.freeze` after a loading kept what was there at that moment for good: uploads of people who had left."""
    with young_objects():
        upload = Upload()
        left = weakref.ref(upload)
        model = models_and_runs.model_of(custom_spec(width=0.25, depth=0.1, resolution=32), "untrained", "cpu")
        network = weakref.ref(model)
        del upload, model
        NETWORKS.clear()
        gc.collect(0)
        assert left() is None and network() is None


@pytest.mark.parametrize(("left", "eased"), [(2**30, False), (10 * 2**20, True)])
def test_kept_results_go_when_memory_is_nearly_out(monkeypatch, left: int, eased: bool):
    """Works too small to be asked about took a server of 4 GB to 3.67 while half a gigabyte of results was kept."""
    handed_back = []
    monkeypatch.setattr(housekeeping, "TIGHT", 50 * 2**20)
    monkeypatch.setattr(housekeeping, "memory_available", lambda: left)
    monkeypatch.setattr(housekeeping, "hand_back", lambda: handed_back.append(True))
    CACHE.clear()
    try:
        for place in range(10):
            CACHE.put(("test of little memory", place), numpy.zeros(10 * 2**20, numpy.uint8))
        assert housekeeping.ease() is eased
        assert CACHE.nbytes == (60 if eased else 100) * 2**20 and bool(handed_back) is eased
    finally:
        CACHE.clear()
    assert not housekeeping.ease()  # there is nothing to let go of


def test_sessions_that_do_not_come_back_are_ended():
    """The storage and what it holds come from inside of Streamlit, which may change."""
    ended = []
    storage = MemorySessionStorage(ttl_seconds=0.2)
    held = {"first": SessionState(), "second": SessionState()}
    fragments = {name: MemoryFragmentStorage() for name in held}
    sessions = {}
    for name, state in held.items():
        state["own_photo"] = "a photo"
        fragments[name]._fragments["fragment"] = lambda: "closes over a network"
        session = sessions[name] = SimpleNamespace(
            id=name,
            shutdown=lambda name=name: ended.append(name),
            session_state=state,
            _fragment_storage=fragments[name],
            _scriptrunner="still at work" if name == "second" else None,
        )
        storage.save(SessionInfo(client=None, session=session))
    manager = WebsocketSessionManager(storage, None, None, None)
    assert housekeeping.end_left_sessions(manager) == 0
    time.sleep(0.25)
    assert housekeeping.end_left_sessions(manager) == 2
    assert sorted(ended) == ["first", "second"]
    assert storage.list() == []
    assert "own_photo" not in held["first"] and not fragments["first"].contains("fragment")
    assert "own_photo" in held["second"]  # whose script would miss it
    sessions["second"]._scriptrunner = None
    housekeeping.end_left_sessions(manager)
    assert "own_photo" not in held["second"] and not fragments["second"].contains("fragment")


def test_streamlit_counts_its_sessions():
    """The count comes from inside of Streamlit, which may change."""
    from streamlit.runtime.session_manager import SessionManager

    assert housekeeping.sessions() == 0
    assert callable(SessionManager.num_active_sessions)


def test_a_server_without_its_default_network_answers_all_the_same(monkeypatch, caplog):
    def missing() -> None:
        raise OSError("lite0.safetensors is missing")

    monkeypatch.setattr(warm_up, "draw_first_screen", missing)
    monkeypatch.setattr(warm_up, "start_housekeeping", lambda again: None)
    monkeypatch.setattr(warm_up, "set_up_process", lambda: None)
    monkeypatch.setattr(warm_up.gc, "freeze", lambda: None)

    async def start() -> str:
        async with warm_up.lifespan(None):
            return "answers"

    assert asyncio.run(start()) == "answers"
    assert "lite0.safetensors is missing" in caplog.text
