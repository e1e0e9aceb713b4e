"""Slow work that begins by itself, and how it is stopped."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.widgets import beside_the_page
from effnet_viz.ui.widgets.estimates import Estimates


def _page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import StopException

    from effnet_viz.ui.widgets.slow_work import on_request

    def work(progress):
        st.session_state["begun"] = st.session_state.get("begun", 0) + 1
        if st.session_state["begun"] == 1:
            raise StopException  # as when a click ends the run: the button to stop is on the screen
        return "all done"

    st.write(on_request(("a test of stopping",), lambda: 1.0, work, label="Work", name="it", patience=60.0))


def test_what_began_by_itself_and_was_stopped_waits_for_a_click():
    app = AppTest.from_function(_page).run()
    assert [button.label for button in app.button] == ["Stop"]
    app.button(key="stop_it").click().run()
    for _ in range(2):  # also after whatever else is pressed
        assert [button.label for button in app.button] == ["Work (about a second)"]
        assert app.session_state["begun"] == 1
        app.run()
    app.button(key="start_it").click().run()
    assert app.markdown[0].value == "all done" and not app.button


CALL = threading.Event()  # a native call of the work, which ends when this is set
SEEN: list[str] = []


def _page_with_a_native_call() -> None:
    import threading

    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from effnet_viz.ui.widgets.beside_the_page import beside_the_page
    from tests.ui.test_slow_work import CALL, SEEN

    def first(progress) -> str:
        SEEN.append("first begins")
        threading.Timer(0.2, get_script_run_ctx().script_requests.request_stop).start()  # somebody leaves
        CALL.wait(20)
        SEEN.append("first call is over")
        progress(0.5)
        SEEN.append("first went on")

    def second(progress) -> str:
        SEEN.append("second begins")
        return "second is done"

    look = lambda share: get_script_run_ctx().yield_check()  # noqa: E731
    st.write(beside_the_page(second if SEEN else first, look))


@pytest.mark.slow
def test_a_page_is_left_in_the_middle_of_a_native_call_and_the_next_work_waits_until_that_is_over():
    CALL.clear()
    SEEN.clear()
    app = AppTest.from_function(_page_with_a_native_call, default_timeout=20)
    began = time.monotonic()
    app.run()
    assert time.monotonic() - began < 5 and SEEN == ["first begins"] and not app.markdown
    threading.Timer(0.5, CALL.set).start()
    app.run()
    assert SEEN == ["first begins", "first call is over", "second begins"]
    assert app.markdown[0].value == "second is done"
    assert not beside_the_page._at_work  # who has left is not kept by what they had begun


def _page_of_a_file() -> None:
    import streamlit as st

    from effnet_viz.ui.widgets.slow_work import on_request

    def seconds() -> float:
        st.session_state["tried"] = st.session_state.get("tried", 0) + 1
        return st.session_state["takes"]

    key = ("a test of asking", st.session_state["takes"])
    st.write(on_request(key, seconds, lambda progress: "the file", label="Make", name="it", unasked=False))


@pytest.mark.parametrize(("takes", "asks_again"), [(15.0, False), (200.0, True)])
def test_what_nobody_may_want_is_not_tried_before_a_click_and_asks_again_where_it_is_long(
    takes, asks_again, monkeypatch
):
    monkeypatch.setattr("effnet_viz.ui.widgets.slow_work.ESTIMATES", Estimates())
    app = AppTest.from_function(_page_of_a_file)
    app.session_state["takes"] = takes
    app.run()
    app.run()
    assert [button.label for button in app.button] == ["Make"] and "tried" not in app.session_state
    app.button(key="ask_it").click().run()
    assert app.session_state["tried"] == 1
    if asks_again:
        assert [button.label for button in app.button] == ["Make (about 3 min)"]
        app.button(key="start_it").click().run()
    assert app.markdown[0].value == "the file" and not app.button


def test_two_offers_of_one_label_do_not_learn_from_each_other(monkeypatch):
    def page() -> None:
        import streamlit as st

        from effnet_viz.ui.widgets.slow_work import on_request

        for name, seconds in (("quick", 1.0), ("long", 10.0)):  # the first takes far less than was foretold
            st.write(on_request(("twice", name), lambda s=seconds: s, lambda progress: 1, label="Run", name=name))

    monkeypatch.setattr("effnet_viz.ui.widgets.slow_work.ESTIMATES", Estimates())
    app = AppTest.from_function(page).run()
    assert [button.label for button in app.button] == ["Run (about 10 s)"]
