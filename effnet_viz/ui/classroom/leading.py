"""The teacher's bar above every page: who is here, hold the class, ask, and show what was answered."""

from __future__ import annotations

import streamlit as st

from effnet_viz.classroom import ClassroomError, Seat
from effnet_viz.ui.classroom.answering import question_card
from effnet_viz.ui.classroom.asking import ask_panel, ask_wanted
from effnet_viz.ui.classroom.news_route import sign
from effnet_viz.ui.classroom.seat import SAID, browser, my_seat, room_seen, the_rooms
from effnet_viz.ui.widgets.page_parts import error_sentence

LEAD = "classroom_lead"
FREEZE = "classroom_freeze"


@st.fragment
def teacher_bar() -> None:
    """How many are here, follow and have answered; the question and what can be done with it.

    Drawn anew when one of these changes. Nothing in it hangs on a press being seen by the script: each press is done by
    its callback, before anything is drawn.
    """
    seat = my_seat()
    problem = ask_wanted(seat) if seat else ""
    inside = room_seen()
    if inside is None:  # the room has ended
        st.rerun()
    seat, seen = inside
    st.session_state[FREEZE] = seen.frozen  # which another tab of the teacher may have changed
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        here = f"{seen.here} {'student' if seen.here == 1 else 'students'} here, {seen.following} follow"
        st.markdown(f":material/school: **Leading room {seat.code}** · {here}", width="content")
        st.toggle(
            "Freeze",
            key=FREEZE,
            on_change=_freeze,
            args=(seat,),
            help="The class stays on this view while you look elsewhere. Switched off, the class follows you again.",
        )
        ask_panel(problem)
    browser(LEAD, seat.code, secret=seat.secret, seen=sign(seen), leads=True)
    if said := st.session_state.get(LEAD, {}).get("said"):
        error_sentence(said)
    question_card(seat, seen)


def _freeze(seat: Seat) -> None:
    try:
        the_rooms().freeze(seat, st.session_state[FREEZE])
    except ClassroomError as error:
        st.session_state[SAID] = str(error)
