"""The teacher's way to ask: computed from the page, from the lesson, or one's own words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from effnet_viz.classroom import (
    ChoiceQuestion,
    ClassQuestion,
    ClassroomError,
    NumberQuestion,
    PlaceQuestion,
    Seat,
    TextQuestion,
)
from effnet_viz.ui.classroom import computed
from effnet_viz.ui.classroom.seat import the_rooms
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.plain_text import as_markdown

PANEL, KIND, WANTED = "classroom_ask", "classroom_kind", "classroom_wanted"
LESSON = "page_questions"  # what the lesson on the screen asks by itself, under this key of the session
FREE = {"choice": "Your own: a choice", "number": "Your own: a number", "place": "Your own: a place on the photo"}
FREE |= {"text": "Your own: a few words"}


def ask_panel(problem: str) -> None:
    """A question to choose, and the button that puts it on every screen.

    Args:
        problem: why the question that was wanted last could not be asked; empty where it could.
    """
    # What is in it is drawn when it is opened: only then is it known what the lesson on the screen asks by itself.
    with st.popover("Ask the class", icon=":material/help:", key=PANEL, on_change="rerun") as panel:
        if not panel.open:
            return
        titles = {kind: computation.title for kind, computation in computed.COMPUTED.items()}
        titles |= {kind: f"From this lesson: {asked.prompt}" for kind, asked in _of_lesson().items()} | FREE
        kind = st.selectbox("Question", list(titles), format_func=titles.get, key=KIND, persist_state="session")
        _fields(kind)
        st.button(
            "Show it on every screen", key="classroom_pose", type="primary", icon=":material/send:", on_click=_want
        )
        if problem:
            error_sentence(problem)


def ask_wanted(seat: Seat) -> str:
    """Ask what the teacher has wanted since the last run; what is the matter with it, if something is.

    The wish waits in the session until it is done: a run that is broken off on its way there leaves it to the next.

    Args:
        seat: the teacher's.
    """
    if WANTED not in st.session_state:
        return ""
    rooms, problem = the_rooms(), ""
    try:
        question = _wanted(st.session_state[KIND])
    except (ValueError, RuntimeError) as error:
        problem = str(error)
    del st.session_state[WANTED]
    if problem:
        return problem
    try:
        rooms.ask(seat, question)
    except ClassroomError as error:
        return str(error)
    st.session_state[PANEL] = False
    return ""


def _want() -> None:
    st.session_state[WANTED] = True


def _of_lesson() -> dict[str, Any]:
    return {f"lesson_{index}": question for index, question in enumerate(st.session_state.get(LESSON, ()))}


def _fields(kind: str) -> None:
    """What belongs to a kind of question, each field under its key in the session."""
    if kind in computed.COMPUTED:
        if computed.COMPUTED[kind].of_photo:
            _photo_picker()
            if words := chosen.unfamiliar_photo():
                st.warning(words, icon=":material/category:")
        note("Computed with the network chosen now. If this page shows the answer already, ask about another photo.")
    elif kind in FREE:
        st.text_input("What do you want to ask?", key="classroom_prompt", max_chars=400)
        _fields_of_own(kind)
        st.text_input("Explanation, shown with the solution", key="classroom_because", max_chars=1000)


def _fields_of_own(kind: str) -> None:
    if kind == "choice":
        st.text_area("Options, one on each line", key="classroom_options", height=110)
        options = _options()
        st.selectbox(
            "Right answer, if there is one",
            range(len(options)),
            index=None,
            format_func=lambda index: as_markdown(options[index]),
            key=f"classroom_right_of_{len(options)}",
        )
    elif kind == "number":
        st.text_input("Unit, if there is one", key="classroom_unit", max_chars=40)
        st.number_input("Right number, if there is one", value=None, key="classroom_right_number")
        st.number_input("Largest error that still counts as right", min_value=0.0, key="classroom_tolerance")
    elif kind == "place":
        _photo_picker()


def _options() -> tuple[str, ...]:
    return tuple(line for line in st.session_state["classroom_options"].splitlines() if line.strip())


def _wanted(kind: str) -> ClassQuestion:
    """The question that the fields describe."""
    kept = st.session_state
    if kind in computed.COMPUTED:
        return computed.question(kind, kept.get("classroom_photo", computed.ON_SCREEN))
    if kind not in FREE:
        lesson = _of_lesson()
        if kind not in lesson:
            raise ClassroomError(
                "That question belongs to a lesson that is not on the screen any more; choose another."
            )
        return _from_lesson(lesson[kind])
    said = {"prompt": kept["classroom_prompt"], "because": kept["classroom_because"]}
    match kind:
        case "choice":
            options = _options()
            return ChoiceQuestion(options=options, right=kept.get(f"classroom_right_of_{len(options)}"), **said)
        case "number":
            unit, right, tolerance = (kept[f"classroom_{name}"] for name in ("unit", "right_number", "tolerance"))
            return NumberQuestion(unit=unit, right=right, tolerance=tolerance, **said)
        case "place":
            return PlaceQuestion(**said, **computed.picture_of(kept["classroom_photo"]))
        case _:
            return TextQuestion(**said)


def _from_lesson(question) -> ClassQuestion:
    return ChoiceQuestion(
        prompt=question.prompt, options=question.options, right=question.answer, because=question.because
    )


def _photo_picker() -> None:
    photos = computed.photos()
    picked = st.selectbox("About", list(photos), format_func=photos.get, key="classroom_photo")
    if picked == computed.ON_SCREEN and chosen.own_photo_chosen():
        note(
            "This is your own photo. Nobody else sees it before you press the button; then the class does, made small, "
            "until the question is closed or the room ends. It is kept nowhere else."
        )
