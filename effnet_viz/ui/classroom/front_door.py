"""The page itself: open a room and show its code, join one, download the results."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno
import streamlit as st

from effnet_viz.classroom import AnswerRow, AskedResult, ClassroomError, RoomSeen, Seat, as_csv
from effnet_viz.ui.classroom.example import question_to_try
from effnet_viz.ui.classroom.seat import PARAMETER, give_up_seat, room_seen, take_seat, the_rooms
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.address import address_text
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import Download, download_row, error_sentence, note
from effnet_viz.ui.widgets.pictures import show_picture

ONLY_HERE = ("localhost", "127.0.0.1", "::1")
PROBLEM = "classroom_problem"  # what was the matter with joining or opening
LEFT_OVER = "classroom_results"  # rows of a room that this session has closed


def classroom() -> None:
    """What this person can do: lead, follow, or come in."""
    inside = room_seen()
    if inside is None:
        _come_in()
        _left_over()
    elif inside[1].leads:
        _opened(*inside)
    else:
        st.success(
            f"You are in room {inside[0].code}. Look at any page: the bar above stays on every page, and a question "
            "comes to you by itself.",
            icon=":material/check:",
        )


def _come_in() -> None:
    left, right = st.columns([2, 3], gap="large")
    first, second = left.container(), left.container()
    join, lead = (second, first) if on_stage() else (first, second)  # a projector is the teacher's
    with right:
        question_to_try()
    problem = st.session_state.pop(PROBLEM, {})
    with join:
        st.header("Join a class", anchor=False)
        with st.form("classroom_join", border=False):
            st.text_input(
                "Code, four letters",
                value=address_text(PARAMETER) or "",
                key="classroom_code",
                max_chars=20,
                help="Read it from the teacher's screen; lower case works, too.",
            )
            st.text_input("Your name, if you like", key="classroom_name", max_chars=200)
            st.form_submit_button("Join", type="primary", icon=":material/login:", on_click=_join)
        if "join" in problem:
            error_sentence(problem["join"])
        note("No account. Your name and answers are kept in memory until the room ends, and nowhere else.")
    with lead:
        st.header("Lead a class", anchor=False)
        st.markdown(
            "Students follow your pages and choices, and answer questions before they see the solution. "
            "This browser is the teacher's until you close the room."
        )
        st.button("Open a classroom", key="classroom_open", icon=":material/school:", type="primary", on_click=_open)
        if "open" in problem:
            error_sentence(problem["open"])


def _opened(seat: Seat, seen: RoomSeen) -> None:
    address = _link(seat.code)
    code, ways = st.columns([2, 3], gap="large", vertical_alignment="center")
    with code:
        show_picture(_qr(address), alt=f"QR code of the link {address}")
    with ways:
        # As large as its column allows: four wide letters take four and a half times their height.
        st.html(
            '<div style="container-type:inline-size"><div style="font-size:min(21cqi,11rem);font-weight:700;'
            f'letter-spacing:.1em;line-height:1.1" data-code="{seat.code}">{seat.code}</div></div>'
        )
        st.markdown("Scan the picture, open the link, or go to **Classroom** on this server and type the code.")
        st.code(address, language=None, wrap_lines=True)
        if urlsplit(address).hostname in ONLY_HERE:
            st.warning(
                "This link works on this computer only. For a link that others can use, open the app by its Network "
                "URL, which stands in the server's window.",
                icon=":material/warning:",
            )
    st.markdown(
        "**Then:** go to any page. The class follows your choices; *Ask the class* above puts a question on every "
        "screen. Your own photo and your own network stay with you."
    )
    st.divider()
    st.header("After class", anchor=False)
    _results(the_rooms().questions(seat), the_rooms().results(seat), seat.code)
    st.button("Close the room", key="classroom_close", icon=":material/door_front:", on_click=_close, args=(seat,))


def _join() -> None:
    code, name = st.session_state["classroom_code"], st.session_state["classroom_name"]
    try:
        take_seat(the_rooms().join(code, name))
    except ClassroomError as error:
        st.session_state[PROBLEM] = {"join": str(error)}


def _open() -> None:
    try:
        take_seat(the_rooms().open())
    except ClassroomError as error:
        st.session_state[PROBLEM] = {"open": str(error)}


def _close(seat: Seat) -> None:
    try:
        the_rooms().close(seat)
        st.session_state[LEFT_OVER] = (the_rooms().questions(seat), the_rooms().results(seat), seat.code)
        give_up_seat(f"Room {seat.code} is closed. Its results are here until you leave this tab.")
    except ClassroomError as error:
        give_up_seat(str(error))


def _left_over() -> None:
    if LEFT_OVER in st.session_state:
        asked, rows, code = st.session_state[LEFT_OVER]
        st.divider()
        st.header(f"Results of room {code}", anchor=False)
        _results(asked, rows, code)


def _results(asked: list[AskedResult], rows: list[AnswerRow], code: str) -> None:
    if not rows:
        note("No answers yet. They can be downloaded here as a table and as a page.")
        return
    names = st.checkbox("With names", key="classroom_with_names", help="Without names, people are listed by number.")
    people = len({row.person for row in rows})
    note(f"{len(rows)} answers to {len({row.number for row in rows})} questions from {people} people.")
    table = as_csv(rows, names=names)
    file = f"classroom_{code}{'_names' if names else ''}"
    download_row(
        [
            Download(
                label="Results as CSV",
                content=table.encode("utf-8-sig"),  # with the mark that spreadsheets know UTF-8 by
                name=f"{file}.csv",
                mime="text/csv",
            ),
            Download(
                label="Results as a page",
                content=lambda: _page(asked, rows, code, names),
                name=f"{file}.html",
                mime="text/html",
            ),
        ]
    )


def _page(asked: list[AskedResult], rows: list[AnswerRow], code: str, names: bool) -> bytes:
    from effnet_viz.reports.classroom_page import classroom_page

    return classroom_page(code, asked, rows, names=names).encode()


def _link(code: str) -> str:
    """The address that joins this room, as others have to open it."""
    address = urlsplit(st.context.url or "http://localhost/classroom")
    base = address.path.rstrip("/").removesuffix("/classroom")
    return f"{address.scheme}://{address.netloc}{base}/classroom?{PARAMETER}={code}"


@kept
def _qr(address: str) -> bytes:
    """The address as a picture that a phone reads from the back row: large modules, black on white in both themes."""
    buffer = io.BytesIO()
    segno.make(address, error="m", micro=False).save(buffer, kind="png", scale=16, border=3)
    return buffer.getvalue()
