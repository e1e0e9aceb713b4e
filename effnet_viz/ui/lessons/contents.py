"""The lessons in their order: the picker, the words of the chosen one, and how far one has come."""

from __future__ import annotations

import streamlit as st

from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.ui.lessons import bottleneck, convolution, decision, depthwise, descent, scaling, squeeze
from effnet_viz.ui.lessons.frame import Lesson, fill, right_answers
from effnet_viz.ui.lessons.simplifications import simplifications
from effnet_viz.ui.widgets.url_pickers import choose

LESSONS: dict[str, Lesson] = {
    str(number): lesson
    for number, lesson in enumerate(
        (
            convolution.LESSON,
            depthwise.LESSON,
            squeeze.LESSON,
            bottleneck.LESSON,
            descent.LESSON,
            scaling.LESSON,
            decision.LESSON,
        ),
        start=1,
    )
}


def choose_lesson() -> str:
    """The picker and the progress; returns the number of the chosen lesson."""
    return choose(
        st.segmented_control,
        "Lesson",
        {number: f"{number} {lesson.short or lesson.title}" for number, lesson in LESSONS.items()},
        key="lesson",
        default="1",
        required=True,
        label_visibility="collapsed",
    )


def show_lesson(number: str, model: Model, photo: Photo, run: Capture) -> None:
    """One lesson from its title to the way on.

    Args:
        number: of the lesson, such as `1`.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    lesson = LESSONS[number]
    with st.container(key="page_head"):
        st.title(f"{number} {lesson.title}", anchor=False)
        if lesson.subject is not None:
            model, photo, run = lesson.subject(model, photo, run)
    fill(int(number), lesson, model, photo, run)
    with st.expander("Where the notes simplify", icon=":material/edit_note:"):
        for sentence in simplifications(int(number)):
            st.markdown(f"- {sentence}")
    st.divider()
    _way_on(int(number))


def _way_on(number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if number > 1:
            _turn_to(number - 1, "previous", ":material/arrow_back:")
        if number < len(LESSONS):
            _turn_to(number + 1, "next", ":material/arrow_forward:")
    counts = right_answers()
    if counts:
        st.caption(
            "Right answers in this session: "
            + ", ".join(f"{LESSONS[str(lesson)].title.lower()} {count}" for lesson, count in sorted(counts.items()))
            + "."
        )


def _turn_to(number: int, where: str, icon: str) -> None:
    def turn() -> None:
        st.session_state["lesson"] = str(number)

    st.button(f"{number} {LESSONS[str(number)].title}", icon=icon, on_click=turn, key=f"lesson_turn_{where}")
