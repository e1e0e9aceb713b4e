"""A classroom on every page: who is in one follows or leads, and sees the question that is asked."""

from __future__ import annotations

import time
from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from effnet_viz.classroom import ClassroomError, Pulse, RoomSeen, Seat, ShownPage
from effnet_viz.ui.classroom.answering import question_card
from effnet_viz.ui.classroom.asking import LESSON, ask_panel
from effnet_viz.ui.classroom.seat import (
    GOING,
    LINK,
    PARAMETER,
    REACHED,
    SAID,
    WHOSE_PHOTO,
    browser,
    give_up_seat,
    my_seat,
    room_seen,
    take_seat,
    the_rooms,
)
from effnet_viz.ui.navigation import ENTRIES, FIRST
from effnet_viz.ui.widgets.address import BY_HISTORY, address_text, to_address
from effnet_viz.ui.widgets.plain_text import as_markdown

PAGE = "classroom"
MINE, EVERYTHING = "my photo", "the teacher's photo"
EVERY_S = 1.0  # between two looks at the version number
AGAIN_S = 15.0  # after which a browser that has not arrived is sent again
PHOTO_PARAMETERS = {"photo", "picture"}
SHOWN_LAST = "classroom_shown_last"
_BROWSERS_OWN = {PARAMETER, BY_HISTORY, "stage", "embed", "embed_options"}


def arrive() -> None:
    """Before the pickers are drawn: take the seat again after a reload, and what the view needs besides its address."""
    st.session_state.pop(LESSON, None)  # the lesson on the screen writes its questions there again
    if my_seat() is None and (code := address_text(PARAMETER)):
        _recall(code)
    inside = room_seen()
    if inside is None:
        return
    seat, seen = inside
    to_address(PARAMETER, seat.code)
    going = st.session_state.get(GOING)
    if going and st.session_state["address_by_history"] and st.session_state["address_visit"] > going[1]:
        st.session_state[REACHED] = going[0]
        del st.session_state[GOING]
    if not seen.leads and seen.follows and seen.shown is not None:
        _take_over()


def bar(page: str) -> None:
    """Above the page: where the class is, the question, and what one can do about it.

    Args:
        page: name of the page in the navigation.
    """
    if said := st.session_state.pop(SAID, None):
        st.info(said, icon=":material/school:")
    inside = room_seen()
    if inside is None:
        return
    seat, seen = inside
    with st.container(key="classroom_bar", gap="small"):
        if seen.leads:
            _lead(seat)
        else:
            _student(seat, seen, page)
            question_card(seat, seen)


def _recall(code: str) -> None:
    said = browser(LINK, code, recall=True).get("recalled")
    if said and said != "none":
        # What is the matter with a code in the address is said by the classroom page, where one would join.
        with suppress(ClassroomError):
            take_seat(the_rooms().come_back(code, said))


def _take_over() -> None:
    """The one choice of the view that no address carries: photos from the bundled ones."""
    if st.session_state.get(WHOSE_PHOTO, MINE) != EVERYTHING:
        return
    st.session_state["photo_source"] = "Bundled"


def _student(seat: Seat, seen: RoomSeen, page: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if seen.follows:
            where = f" · {ENTRIES[seen.shown.page].title}" if seen.shown and seen.shown.page in ENTRIES else ""
            frozen = ", on hold" if seen.frozen else ""
            st.markdown(f":material/school: **Following room {seat.code}**{where}{frozen}", width="content")
            st.button(
                "Stop following",
                key="classroom_let_go",
                on_click=_follow,
                args=(seat, False),
                icon=":material/link_off:",
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
    browser(LINK, seat.code, remember=seat.secret)
    _watch(seat, seen.pulse, page)


def _follow(seat: Seat, follows: bool) -> None:
    the_rooms().follow(seat, follows)
    _go_again()


def _go_again() -> None:
    st.session_state.pop(REACHED, None)


def _leave(seat: Seat) -> None:
    with suppress(ClassroomError):  # it has ended meanwhile, which comes to the same
        the_rooms().leave(seat)
    give_up_seat(f"You have left room {seat.code}. Your answers stay; with the code you can come back.")


@st.fragment(run_every=EVERY_S)
def _watch(seat: Seat, drawn: Pulse, page: str) -> None:
    """Compare version numbers once a second: run the page again for a question, go to where the class is."""
    try:
        pulse = the_rooms().pulse(seat)
        moved = pulse.shown != st.session_state.get(REACHED)
        seen = the_rooms().see(seat) if moved else None
    except ClassroomError as error:
        give_up_seat(str(error))
        st.rerun()
    if seen is not None and seen.follows and seen.shown is not None:
        # Sent again every second until the browser has come there, as on a busy server a later message may overtake it;
        # and after a while under another number, which lets the browser try again.
        visit, going = st.session_state["address_visit"], st.session_state.get(GOING)
        began = going[2] if going and going[:2] == (pulse.shown, visit) else time.monotonic()
        st.session_state[GOING] = (pulse.shown, visit, began)
        whole = st.session_state.get(WHOSE_PHOTO, MINE) == EVERYTHING
        pairs = [pair for pair in seen.shown.parameters if whole or pair[0] not in PHOTO_PARAMETERS]
        if not whole:
            mine = (("photo", address_text("photo")), ("picture", address_text("picture")))
            pairs += [(which, text) for which, text in mine if text is not None]
        go = {
            "page": "" if seen.shown.page == FIRST else seen.shown.page,
            "parameters": pairs,
            "number": f"{seat.code} {pulse.shown} {visit} {(time.monotonic() - began) // AGAIN_S:.0f}",
        }
        browser("classroom_watch", seat.code, go=go, here=_path(page))
    elif pulse.room != drawn.room:
        st.rerun()


@st.fragment(run_every=EVERY_S)
def _lead(seat: Seat) -> None:
    """How many are here, follow and have answered; the question and what can be done with it."""
    try:
        said = browser("classroom_lead", seat.code, remember=seat.secret, report=True)
        _show(seat, said.get("location"))
        seen = the_rooms().see(seat)
    except ClassroomError as error:
        give_up_seat(str(error))
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        here = f"{seen.here} {'student' if seen.here == 1 else 'students'} here, {seen.following} follow"
        st.markdown(f":material/school: **Leading room {seat.code}** · {here}", width="content")
        st.toggle(
            "Freeze",
            value=seen.frozen,
            key="classroom_freeze",
            on_change=_freeze,
            args=(seat,),
            help="The class stays on this view while you look elsewhere. Switched off, the class follows you again.",
        )
        ask_panel(seat)
    question_card(seat, seen)


def _freeze(seat: Seat) -> None:
    try:
        the_rooms().freeze(seat, st.session_state["classroom_freeze"])
    except ClassroomError as error:
        st.session_state[SAID] = str(error)


def _show(seat: Seat, location: str | None) -> None:
    """Lead the class to where this browser is, once it has moved; another tab of the teacher may have led meanwhile."""
    if location is None:
        return
    shown = _shown_page(location)
    if shown.page != PAGE and shown != st.session_state.get(SHOWN_LAST):
        st.session_state[SHOWN_LAST] = shown
        the_rooms().show(seat, shown)


def _shown_page(location: str) -> ShownPage:
    """The page and all its choices; what the address leaves out is the default."""
    address = urlsplit(location)
    name = address.path.rstrip("/").rsplit("/", 1)[-1]
    asked = [pair for pair in parse_qsl(address.query, keep_blank_values=True) if pair[0] not in _BROWSERS_OWN]
    return ShownPage(page=name if name in ENTRIES else FIRST, parameters=tuple(sorted(asked)))


def _path(page: str) -> str:
    return "" if page == FIRST else page
