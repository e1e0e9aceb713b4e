"""The question on the screen: answered by students, shown by the teacher in two steps."""

from __future__ import annotations

from typing import Any

import streamlit as st

from effnet_viz.classroom import (
    Asked,
    ChoiceQuestion,
    ClassroomError,
    NumberQuestion,
    PlaceQuestion,
    RoomSeen,
    Seat,
    Stage,
)
from effnet_viz.draw.class_answers import choice_bars, number_histogram, taps_picture
from effnet_viz.ui.classroom.seat import the_rooms
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import click_image, picked_place
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

PICTURE = 440  # pixels, widest picture of a question
WORDS = 60  # answers in words that are shown at once


def question_card(seat: Seat, seen: RoomSeen) -> None:
    """The question that is asked now, if there is one.

    Args:
        seat: this browser's seat.
        seen: what the room looks like from there.
    """
    if seen.asked is None:
        return
    with st.container(border=True, key="classroom_question"):
        if seen.leads:
            _for_the_teacher(seat, seen.asked)
        else:
            _for_a_student(seat, seen.asked)


@st.fragment
def _for_a_student(seat: Seat, asked: Asked) -> None:
    _prompt(asked)
    if asked.stage > Stage.ASKED:
        _shown(seat, asked)
        if asked.mine is None:
            note("You have not answered this question.")
        else:
            note(f"Your answer: {as_markdown(asked.question.in_words(asked.mine))}.")
        return
    try:
        given, sent = _field(seat, asked), _sent(seat, asked)
        if given is not None and given != sent:
            the_rooms().answer(seat, asked.number, given)
            sent = _sent(seat, asked)
    except ClassroomError as error:
        error_sentence(error)
        return
    if sent is None:
        note("Nobody sees your answer before the teacher shows all of them.")
    else:
        st.success(
            f"Sent: {as_markdown(asked.question.in_words(sent))}. You can change it until the answers are shown.",
            icon=":material/check:",
        )


def _sent(seat: Seat, asked: Asked) -> Any:
    """This person's answer as the room has it now, after the page was drawn; None before there is one."""
    now = the_rooms().see(seat).asked
    return now.mine if now is not None and now.number == asked.number else None


def _field(seat: Seat, asked: Asked) -> Any:
    """Where a student answers; None as long as there is no answer.

    What counts is what the fields hold, not that a button was pressed: a form gives its fields only when it is sent,
    and a press may be lost with the run that was to see it.
    """
    question, key = asked.question, f"classroom_answer_{seat.code}_{asked.number}"
    match question:
        case PlaceQuestion():
            with st.container(width=PICTURE):
                return click_image(key, question.picture or b"", question.alt, point=picked_place(key) or asked.mine)
        case ChoiceQuestion(options=options):
            _picture(question.picture, question.alt)
            return st.radio(
                "Your answer",
                range(len(options)),
                index=asked.mine,
                format_func=lambda index: as_markdown(options[index]),
                key=key,
                label_visibility="collapsed",
            )
        case NumberQuestion():
            _picture(question.picture, question.alt)
            label = f"Your answer, {as_markdown(question.unit)}" if question.unit else "Your answer"
            with st.form(f"classroom_answer_form_{asked.number}", border=False, enter_to_submit=True):
                value = st.number_input(label, value=asked.mine, key=key, placeholder="A number", width=PICTURE)
                pressed = st.form_submit_button("Send", icon=":material/send:", type="primary")
                return "" if value is None and pressed else value  # of "" the question says that it is no number
        case _:
            _picture(question.picture, question.alt)
            with st.form(f"classroom_answer_form_{asked.number}", border=False, enter_to_submit=True):
                words = st.text_input("Your answer", value=asked.mine or "", key=key, max_chars=200, width=PICTURE)
                pressed = st.form_submit_button("Send", icon=":material/send:", type="primary")
                return words if words or pressed else None


def _for_the_teacher(seat: Seat, asked: Asked) -> None:
    _prompt(asked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{asked.answered} answered**", width="content")
        if asked.stage == Stage.ASKED:
            _button("Show the answers", "bar_chart", seat, asked, Stage.ANSWERS)
        elif asked.stage == Stage.ANSWERS and asked.solvable:
            _button("Show the solution", "lightbulb", seat, asked, Stage.SOLUTION)
        st.button(
            "Close the question", key="classroom_put_away", icon=":material/close:", on_click=_put_away, args=(seat,)
        )
    if asked.stage == Stage.ASKED:
        _picture(asked.question.picture, asked.question.alt)
    else:
        _shown(seat, asked)


def _button(label: str, icon: str, seat: Seat, asked: Asked, stage: Stage) -> None:
    st.button(
        label,
        key="classroom_reveal",
        icon=f":material/{icon}:",
        type="primary",
        on_click=_reveal,
        args=(seat, asked.number, stage),
    )


def _reveal(seat: Seat, number: int, stage: Stage) -> None:
    try:
        the_rooms().reveal(seat, number, stage)
    except ClassroomError as error:
        st.toast(as_markdown(str(error)))


def _put_away(seat: Seat) -> None:
    try:
        the_rooms().put_away(seat)
    except ClassroomError as error:
        st.toast(as_markdown(str(error)))


def _prompt(asked: Asked) -> None:
    st.header(as_markdown(asked.question.prompt), anchor=False)


def _shown(seat: Seat, asked: Asked) -> None:
    """The distribution, and the solution where it is shown."""
    question, answers = asked.question, list(asked.answers or ())
    solved = asked.stage == Stage.SOLUTION
    match question:
        case PlaceQuestion():
            _taps(seat, asked)
        case ChoiceQuestion(options=options):
            left, right = st.columns([2, 3]) if question.picture else (None, st.container())
            if left is not None:
                with left:
                    _picture(question.solution_picture or question.picture, question.alt)
            counts = question.tally(answers)
            show_chart(
                right,
                spec=choice_bars(options, counts, question.right),
                key=f"classroom_bars_{asked.number}",
                alt=", ".join(f"{option}: {count}" for option, count in zip(options, counts, strict=True)),
            )
        case NumberQuestion():
            _picture(question.solution_picture or question.picture, question.alt)
            show_chart(
                st,
                spec=number_histogram(answers, question.unit, question.right),
                key=f"classroom_numbers_{asked.number}",
                alt=f"{len(answers)} numbers" + (f" from {answers[0]:g} to {answers[-1]:g}" if answers else ""),
            )
        case _:
            _picture(question.solution_picture or question.picture, question.alt)
            _words(answers)
    if solved:
        right = "" if question.right is None else f"**{as_markdown(question.in_words(question.right))}.** "
        st.success(f"{right}{as_markdown(question.because)}", icon=":material/lightbulb:")


def _words(answers: list[str]) -> None:
    counts = {answer: answers.count(answer) for answer in dict.fromkeys(answers)}
    most = sorted(counts.items(), key=lambda item: -item[1])
    st.markdown(
        "\n".join(f"- {as_markdown(answer)}{f' (×{count})' if count > 1 else ''}" for answer, count in most[:WORDS])
        or "No answers."
    )
    if len(most) > WORDS:
        note(f"{len(most) - WORDS} more answers are in the results.")


def _taps(seat: Seat, asked: Asked) -> None:
    question, answers, solved = asked.question, asked.answers or (), asked.stage == Stage.SOLUTION
    if question.picture is None:
        return
    columns = st.columns(2 if solved and question.solution_picture else [2, 1], gap="small")
    with columns[0]:
        tapped = the_rooms().drawn(seat, asked.number, _taps_picture)
        show_picture(tapped, alt=f"{len(answers)} taps on: {question.alt}")
        note("Where the class tapped: a dot for each answer, warmer where there are more.")
    if solved and question.solution_picture:
        with columns[1]:
            show_picture(question.solution_picture, alt="Where the network looked")
            note("Where the network looked: Grad-CAM at the last convolution, the brighter, the more it counts.")


def _taps_picture(asked: Asked) -> bytes:
    return taps_picture(asked.question.picture or b"", asked.answers or (), asked.question.right)


def _picture(picture: bytes | None, alt: str) -> None:
    if picture is not None:
        with st.container(width=PICTURE):
            show_picture(picture, alt=alt)
