"""The rooms of this server, and this browser's seat in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from effnet_viz.classroom import ClassroomError, Rooms, RoomSeen, Seat
from effnet_viz.ui.widgets.address import to_address

PAGE = "classroom"
SEAT = "classroom_seat"
SAID = "classroom_said"
LINK = "classroom_link"
PARAMETER = "room"  # the code's name in the address

_FRONTEND = Path(__file__).parent / "frontend"
_link = st.components.v2.component(
    "effnet_viz_classroom",
    html=(_FRONTEND / "link.html").read_text(encoding="utf-8"),
    js=(_FRONTEND / "link.js").read_text(encoding="utf-8"),
)


_ROOMS = Rooms()


def the_rooms() -> Rooms:
    """One object for all sessions of this server process."""
    return _ROOMS


def browser(key: str, code: str, **wanted: Any) -> None:
    """Ask something of this browser: `recall` a kept secret, or keep a `secret` and ask the server for news with it.

    What it says is in the session under the key: `recalled`, and `said` where the server said something.

    Args:
        key: the widget's key.
        code: of the room.
        **wanted: what is asked, by these names, such as `recall=True`.
    """
    _link(
        key=key,
        data={"code": code, **wanted},
        on_recalled_change=_nothing,
        on_said_change=_nothing,
        on_news_change=_nothing,
        height=1,
    )


def my_seat() -> Seat | None:
    """This session's seat; None outside of a classroom."""
    return st.session_state.get(SEAT)


def take_seat(seat: Seat) -> None:
    """Take the seat; the address names the room: a reload and a copied link then find the room, never the seat."""
    st.session_state[SEAT] = seat
    to_address(PARAMETER, seat.code)


def give_up_seat(said: str = "") -> None:
    """Leave the room.

    Args:
        said: a sentence that the next page shows once.
    """
    st.session_state.pop(SEAT, None)
    to_address(PARAMETER, None)
    if said:
        st.session_state[SAID] = said


def room_seen() -> tuple[Seat, RoomSeen] | None:
    """Seat and room as this person sees it now; None outside, also when the room has just ended."""
    seat = my_seat()
    if seat is None:
        return None
    try:
        return seat, the_rooms().see(seat)
    except ClassroomError as error:
        give_up_seat(str(error))
        return None


def _nothing() -> None:
    """Streamlit keeps a component's value only if something is called when it changes."""
