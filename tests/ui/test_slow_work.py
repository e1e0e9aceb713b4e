"""Slow work that begins by itself, and how it is stopped."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from effnet_viz.ui.widgets.slow_work import on_request

    def work(progress):
        st.session_state["begun"] = st.session_state.get("begun", 0) + 1
        if st.session_state["begun"] == 1:
            st.stop()  # as when a click ends the run: the button to stop is on the screen
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
