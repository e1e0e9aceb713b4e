"""The teacher's way to ask: computed from the page, from the lesson, or one's own words."""

from __future__ import annotations

import streamlit as st

from effnet_viz.classroom import ChoiceQuestion, ClassQuestion, NumberQuestion, PlaceQuestion, Seat, TextQuestion
from effnet_viz.ui.classroom import computed
from effnet_viz.ui.classroom.seat import the_rooms
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.plain_text import as_markdown

LESSON = "page_questions"  # what the lesson on the screen asks by itself, under this key of the session
FREE = {"choice": "Your own: a choice", "number": "Your own: a number", "place": "Your own: a place on the photo"}
FREE |= {"text": "Your own: a few words"}


def ask_panel(seat: Seat) -> None:
    """A question to choose, and the button that puts it on every screen."""
    with st.popover("Ask the class", icon=":material/help:", key="classroom_ask"):
        lesson = {f"lesson_{index}": question for index, question in enumerate(st.session_state.get(LESSON, ()))}
        titles = {kind: computation.title for kind, computation in computed.COMPUTED.items()}
        titles |= {kind: f"From this lesson: {question.prompt}" for kind, question in lesson.items()} | FREE
        kind = st.selectbox(
            "Question", list(titles), format_func=titles.get, key="classroom_kind", persist_state="session"
        )
        try:
            question = _wanted(kind, lesson)
            if question is not None:
                the_rooms().ask(seat, question)
                st.rerun()
        except (ValueError, RuntimeError) as error:
            error_sentence(error)


def _wanted(kind: str, lesson: dict) -> ClassQuestion | None:
    """The question, once the teacher has pressed the button."""
    if kind in lesson:
        asks = _ask_button()
        question = lesson[kind]
        return _from_lesson(question) if asks else None
    if kind in computed.COMPUTED:
        computation = computed.COMPUTED[kind]
        photo = _photo_picker() if computation.of_photo else computed.ON_SCREEN
        note("Computed with the network chosen now. If this page shows the answer already, ask about another photo.")
        return computation.make(photo) if _ask_button() else None
    return _own(kind)


def _from_lesson(question) -> ClassQuestion:
    return ChoiceQuestion(
        prompt=question.prompt, options=question.options, right=question.answer, because=question.because
    )


def _own(kind: str) -> ClassQuestion | None:
    prompt = st.text_input("What do you want to ask?", key="classroom_prompt", max_chars=400)
    if kind == "choice":
        written = st.text_area("Options, one on each line", key="classroom_options", height=110)
        options = tuple(line for line in written.splitlines() if line.strip())
        numbers = list(range(len(options)))
        right = st.selectbox(
            "Right answer, if there is one",
            numbers,
            index=None,
            format_func=lambda index: as_markdown(options[index]),
            key=f"classroom_right_of_{len(options)}",
        )
        because = _because()
        return ChoiceQuestion(prompt=prompt, options=options, right=right, because=because) if _ask_button() else None
    if kind == "number":
        unit = st.text_input("Unit, if there is one", key="classroom_unit", max_chars=40)
        right = st.number_input("Right number, if there is one", value=None, key="classroom_right_number")
        tolerance = st.number_input(
            "Largest error that still counts as right", min_value=0.0, key="classroom_tolerance"
        )
        because = _because()
        if not _ask_button():
            return None
        return NumberQuestion(prompt=prompt, unit=unit, right=right, tolerance=tolerance, because=because)
    if kind == "place":
        photo = _photo_picker()
        because = _because()
        if not _ask_button():
            return None
        return PlaceQuestion(prompt=prompt, because=because, **computed.picture_of(photo))
    because = _because()
    return TextQuestion(prompt=prompt, because=because) if _ask_button() else None


def _because() -> str:
    return st.text_input("Explanation, shown with the solution", key="classroom_because", max_chars=1000)


def _photo_picker() -> str:
    photos = computed.photos()
    return st.selectbox("About", list(photos), format_func=photos.get, key="classroom_photo")


def _ask_button() -> bool:
    return st.button("Show it on every screen", key="classroom_pose", type="primary", icon=":material/send:")
