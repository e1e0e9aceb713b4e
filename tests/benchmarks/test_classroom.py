"""A small class on a server of its own: what is not time."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import classroom
from effnet_viz.ui.navigation import FIRST

LIMIT = 4.0  # gigabytes
BACK = 300 * 10**6  # bytes above what the server had before anybody came
# The app itself, but it waits seconds, not minutes, for a browser that lost its connection or looks at a training.
SERVER = """
import threading
import time

import streamlit as st
from streamlit.runtime import exists, get_instance

from effnet_viz.training import background
from effnet_viz.ui.navigation import MAIN_SCRIPT
from effnet_viz.ui import warm_up
from effnet_viz.ui.session import housekeeping
from effnet_viz.ui.status.routes import ROUTES


def hurry():
    while not (exists() and hasattr(get_instance(), "_session_mgr")):
        time.sleep(0.05)
    get_instance()._session_mgr._session_storage._cache._ttl = 5.0


threading.Thread(target=hurry).start()
background.LEASE_SECONDS = 5.0
housekeeping.EVERY = 2.0
app = st.App(MAIN_SCRIPT, lifespan=warm_up.lifespan, routes=ROUTES)
"""


@pytest.mark.slow
def test_a_class_loses_nothing_stays_small_and_leaves_no_memory_behind(tmp_path: Path):
    script = tmp_path / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    seen = classroom.run(6, 25.0, 0.5, LIMIT, long=[FIRST], rest=(20.0,), script=script)
    assert seen.exceptions == []
    assert (seen.lost, seen.missing) == (0, [])
    assert seen.peak < LIMIT * classroom.GB
    assert seen.after[20.0] < seen.rested + BACK
    assert sum(map(len, seen.times.values())) > 30
    assert seen.stopped, "nobody stopped slow work half-way"
    assert seen.ended < 30.0  # it ended because they had left: the checks of a map alone take longer than this pause
