"""A student's bar above every page: follow, let go, come back, whose photo, leave."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from effnet_viz.classroom import ClassroomError, RoomSeen, Seat
from effnet_viz.ui.classroom.answering import question_card
from effnet_viz.ui.classroom.news_route import sign
from effnet_viz.ui.classroom.seat import browser, give_up_seat, room_seen, the_rooms
from effnet_viz.ui.navigation import ENTRIES, FIRST
from effnet_viz.ui.widgets.plain_text import as_markdown

WHOSE_PHOTO = "classroom_whose_photo"
AGAIN = "classroom_again"
MINE, EVERYTHING = "my photo", "the teacher's photo"


def take_over() -> None:
    """The one choice of the view that no address carries: photos from the bundled ones."""
    if st.session_state.get(WHOSE_PHOTO, MINE) == EVERYTHING:
        st.session_state["photo_source"] = "Bundled"


@st.fragment
def student_bar(page: str) -> None:
    """Where the class is, what a student decides, and the question. Drawn anew when the room has news.

    Args:
        page: name of the page in the navigation.
    """
    inside = room_seen()
    if inside is None:  # the room has ended, or this student has left
        st.rerun()
    seat, seen = inside
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _following(seat, seen)
        with st.popover("Me", icon=":material/person:", key="classroom_me"):
            if seen.name:
                st.markdown(f"You are {as_markdown(seen.name)}.")
            st.segmented_control(
                "While following, show",
                [MINE, EVERYTHING],
                key=WHOSE_PHOTO,
                default=MINE,
                required=True,
                persist_state="session",
                on_change=_go_again,
            )
            st.button("Leave the room", key="classroom_leave", on_click=_leave, args=(seat,), icon=":material/logout:")
    visit = st.session_state["address_visit"]
    browser(
        "classroom_watch",
        seat.code,
        secret=seat.secret,
        seen=sign(seen),
        follows=seen.follows,
        whole=st.session_state.get(WHOSE_PHOTO, MINE) == EVERYTHING,
        page="" if page == FIRST else page,
        visit=visit,
        arrived=visit if st.session_state["address_by_history"] else 0,
        again=st.session_state.get(AGAIN, 0),
    )
    question_card(seat, seen)


def _following(seat: Seat, seen: RoomSeen) -> None:
    """Where the class is, and the button that changes whether this student goes along."""
    if seen.follows:
        where = f" · {ENTRIES[seen.shown.page].title}" if seen.shown and seen.shown.page in ENTRIES else ""
        frozen = ", on hold" if seen.frozen else ""
        st.markdown(f":material/school: **Following room {seat.code}**{where}{frozen}", width="content")
        st.button(
            "Stop following", key="classroom_let_go", on_click=_follow, args=(seat, False), icon=":material/link_off:"
        )
    else:
        st.markdown(f":material/school: In room {seat.code}, not following", width="content")
        st.button(
            "Follow",
            key="classroom_follow",
            on_click=_follow,
            args=(seat, True),
            icon=":material/link:",
            type="primary",
        )


def _follow(seat: Seat, follows: bool) -> None:
    with suppress(ClassroomError):  # the room has ended meanwhile, which the run after this says
        the_rooms().follow(seat, follows)
    _go_again()


def _go_again() -> None:
    st.session_state[AGAIN] = st.session_state.get(AGAIN, 0) + 1


def _leave(seat: Seat) -> None:
    with suppress(ClassroomError):  # it has ended meanwhile, which comes to the same
        the_rooms().leave(seat)
    give_up_seat(f"You have left room {seat.code}. Your answers stay; with the code you can come back.")
