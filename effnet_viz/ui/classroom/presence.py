"""A classroom on every page: who is in one follows or leads, and sees the question that is asked."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from effnet_viz.classroom import ClassroomError
from effnet_viz.ui.classroom.asking import LESSON
from effnet_viz.ui.classroom.following import student_bar, take_over
from effnet_viz.ui.classroom.leading import teacher_bar
from effnet_viz.ui.classroom.seat import LINK, PARAMETER, SAID, browser, my_seat, room_seen, take_seat, the_rooms
from effnet_viz.ui.widgets.address import address_text, to_address


def arrive() -> None:
    """Before the pickers are drawn: take the seat again after a reload, and what the view needs besides its address."""
    st.session_state.pop(LESSON, None)  # the lesson on the screen writes its questions there again
    if my_seat() is None and (code := address_text(PARAMETER)):
        _come_back(code)
    inside = room_seen()
    if inside is None:
        return
    seat, seen = inside
    to_address(PARAMETER, seat.code)
    if not seen.leads and seen.follows and seen.shown is not None:
        take_over()


def bar(page: str) -> None:
    """Above the page: where the class is, the question, and what one can do about it.

    All of it stands at one place of the page, whatever is in it: what a fragment is known by is its place, and a press
    on a button of a fragment that has moved is dropped.

    Args:
        page: name of the page in the navigation.
    """
    inside, said, code = room_seen(), st.session_state.pop(SAID, None), address_text(PARAMETER)
    if inside is None and not said and not code:
        return
    with st.container(key="classroom_bar", gap="small"):
        if inside is not None and inside[1].leads:
            teacher_bar()
        elif inside is not None:
            student_bar(page)
        elif code:
            browser(LINK, code, recall=True)
        if said:
            st.info(said, icon=":material/school:")


def _come_back(code: str) -> None:
    """Take the seat that this browser keeps, once it has said so."""
    recalled = st.session_state.get(LINK, {}).get("recalled")
    if recalled and recalled != "none":
        # What is the matter with a code in the address is said by the classroom page, where one would join.
        with suppress(ClassroomError):
            take_seat(the_rooms().come_back(code, recalled))
