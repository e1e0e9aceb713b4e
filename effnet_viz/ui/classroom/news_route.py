"""What a browser in a classroom asks twice a second, beside the pages: a small answer that runs no page.

A fragment that runs by itself would do the same, but each of its runs is a script of Streamlit's with a thread and a
dozen messages, and may come between a press of a button and its effect.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from effnet_viz.classroom import ClassroomError, Rooms, RoomSeen, Seat, ShownPage
from effnet_viz.ui.classroom.seat import PAGE, PARAMETER, the_rooms
from effnet_viz.ui.navigation import ENTRIES, FIRST
from effnet_viz.ui.session.chosen import OWN_PHOTO
from effnet_viz.ui.widgets.address import BY_HISTORY

ENDED = "ended"
MAX_BYTES = 16_384  # of a question; the longest address that a class can be shown is a third of it
_BROWSERS_OWN = {PARAMETER, BY_HISTORY, "stage", "embed", "embed_options"}


def sign(seen: RoomSeen) -> str:
    """Changes when a person's bar above the page has to be drawn anew.

    Args:
        seen: the room as this person sees it.
    """
    if not seen.leads:
        return str(seen.pulse.room)
    return f"{seen.pulse.room} {seen.here} {seen.following} {seen.asked.answered if seen.asked else 0}"


def news(rooms: Rooms, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a browser; None where there is nothing new.

    Args:
        rooms: of this server.
        asked: `code` and `secret` of its seat; `seen`, the sign it has drawn; `follows`; `reached`, the number of the
            view it has gone to; `location`, where the teacher's browser is since it moved.
    """
    seat = Seat(code=str(asked.get("code")), secret=str(asked.get("secret")))
    drawn, follows, location = asked.get("seen"), bool(asked.get("follows")), asked.get("location")
    said = {}
    try:
        if location is not None:
            said = _lead(rooms, seat, str(location))
        pulse = rooms.pulse(seat)
        if str(pulse.room) == drawn and (not follows or pulse.shown == asked.get("reached")):
            return None
        seen = rooms.see(seat)
    except ClassroomError:
        return {"seen": ENDED}
    if seen.follows and seen.shown is not None and seen.pulse.shown != asked.get("reached"):
        page = "" if seen.shown.page == FIRST else seen.shown.page
        said |= {"shown": seen.pulse.shown, "view": {"page": page, "parameters": seen.shown.parameters}}
    if sign(seen) != drawn or said:
        return {"seen": sign(seen), **said}
    return None


def shown_page(location: str) -> ShownPage:
    """The page and all its choices; what the address leaves out is the default.

    Args:
        location: path and query of the teacher's address.
    """
    parts = urlsplit(location)
    name = parts.path.rstrip("/").rsplit("/", 1)[-1]
    asked = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0] not in _BROWSERS_OWN and pair != ("photo", OWN_PHOTO)
    ]
    return ShownPage(page=name if name in ENTRIES else FIRST, parameters=tuple(sorted(asked)))


def _lead(rooms: Rooms, seat: Seat, location: str) -> dict[str, str]:
    """Lead the class to where the teacher's browser is; what is the matter with that address, if something is."""
    try:
        shown = shown_page(location)
    except ClassroomError as error:
        return {"said": str(error)}
    if shown.page != PAGE:
        rooms.show(seat, shown)
    return {}


async def _news(request: Request) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return Response(status_code=413)
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return Response(status_code=400)
    answer = news(the_rooms(), asked)
    return Response(status_code=204) if answer is None else JSONResponse(answer)


_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
ROUTES = [Route(f"/{_BASE}/classroom_news" if _BASE else "/classroom_news", _news, methods=["POST"])]
"""What the server answers beside Streamlit's own paths."""
