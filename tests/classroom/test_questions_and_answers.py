"""Questions are answered once each, seen when the teacher shows them, and never lost."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effnet_viz.classroom import (
    AnswerRow,
    ChoiceQuestion,
    ClassroomError,
    NumberQuestion,
    PlaceQuestion,
    Seat,
    Stage,
    TextQuestion,
    as_csv,
)

BLOCKS = ChoiceQuestion(prompt="Most parameters?", options=("2.1", "4.2", "7.4"), right=2, because="It has 1.2 M.")
GATE = NumberQuestion(prompt="How open?", right=0.8, tolerance=0.1, because="Its gate is 0.80.")
WHERE = PlaceQuestion(prompt="Where?", picture=b"png", solution_picture=b"map", right=(0.25, 0.5), because="The cup.")
WHY = TextQuestion(prompt="Why?")
QUESTIONS = [(BLOCKS, 1, "4.2"), (GATE, 0.75, "0.75"), (WHERE, (0.2, 0.6), "20% from the left, 60% from the top")]
QUESTIONS += [(WHY, "  so   far ", "so far")]


@pytest.fixture
def teacher(rooms):
    return rooms.open()


@pytest.mark.parametrize(("question", "answer", "words"), QUESTIONS)
def test_each_kind_is_asked_answered_and_shown(rooms, teacher, question, answer, words):
    student, other = rooms.join(teacher.code), rooms.join(teacher.code)
    number = rooms.ask(teacher, question)
    rooms.answer(student, number, answer)
    kept = question.read(answer)
    seen = rooms.see(other).asked
    assert (seen.stage, seen.answered, seen.mine, seen.answers) == (Stage.ASKED, 1, None, None)
    assert seen.question.right is None and seen.question.because == ""
    assert rooms.see(student).asked.mine == kept
    rooms.reveal(teacher, number, Stage.ANSWERS)
    seen = rooms.see(other).asked
    assert seen.answers == (kept,) and seen.question.right is None
    if question.has_solution:
        rooms.reveal(teacher, number, Stage.SOLUTION)
        assert rooms.see(other).asked.question == question
    assert [row.answer for row in rooms.results(teacher)] == [words]


def test_the_place_is_shown_beside_the_networks_own_only_in_the_end(rooms, teacher):
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, WHERE)
    for stage in (Stage.ASKED, Stage.ANSWERS):
        rooms.reveal(teacher, number, stage)
        assert rooms.see(student).asked.question.picture == b"png"
        assert rooms.see(student).asked.question.solution_picture is None
    rooms.reveal(teacher, number, Stage.SOLUTION)
    assert rooms.see(student).asked.question.solution_picture == b"map"


def test_an_answer_may_change_until_the_answers_are_shown_and_counts_once(rooms, teacher):
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, BLOCKS)
    for choice in (0, 1, 2, 1):
        rooms.answer(student, number, choice)
    assert rooms.see(teacher).asked.answered == 1
    rooms.reveal(teacher, number, Stage.ANSWERS)
    with pytest.raises(ClassroomError, match=r"already on the screen.*yours counts as you gave it"):
        rooms.answer(student, number, 2)
    with pytest.raises(ClassroomError, match=r"already on the screen.*the next one"):
        rooms.answer(rooms.join(teacher.code), number, 2)
    assert BLOCKS.tally(rooms.see(teacher).asked.answers) == (0, 1, 0)


def test_the_solution_comes_after_the_answers_and_showing_again_does_nothing(rooms, teacher):
    number = rooms.ask(teacher, BLOCKS)
    with pytest.raises(ClassroomError, match="show those first"):
        rooms.reveal(teacher, number, Stage.SOLUTION)
    rooms.reveal(teacher, number, Stage.ANSWERS)
    before = rooms.pulse(teacher)
    rooms.reveal(teacher, number, Stage.ANSWERS)
    assert rooms.pulse(teacher) == before
    rooms.reveal(teacher, number, Stage.SOLUTION)
    rooms.reveal(teacher, number, Stage.ANSWERS)
    assert rooms.see(teacher).asked.stage == Stage.SOLUTION


def test_a_question_without_a_right_answer_has_no_solution(rooms, teacher):
    number = rooms.ask(teacher, WHY)
    rooms.reveal(teacher, number, Stage.ANSWERS)
    with pytest.raises(ClassroomError, match="no solution"):
        rooms.reveal(teacher, number, Stage.SOLUTION)


def test_a_student_cannot_reveal_and_the_teacher_cannot_answer(rooms, teacher):
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, BLOCKS)
    with pytest.raises(ClassroomError, match="led by the browser"):
        rooms.reveal(student, number, Stage.ANSWERS)
    with pytest.raises(ClassroomError, match="asks and does not answer"):
        rooms.answer(teacher, number, 1)


def test_the_next_question_puts_the_last_one_away_with_its_answers(rooms, teacher):
    student = rooms.join(teacher.code)
    first = rooms.ask(teacher, WHERE)
    rooms.answer(student, first, (0.3, 0.5))
    second = rooms.ask(teacher, WHY)
    with pytest.raises(ClassroomError, match="Question 1 is over"):
        rooms.answer(student, first, (0.1, 0.1))
    with pytest.raises(ClassroomError, match="Question 1 is over"):
        rooms.reveal(teacher, first, Stage.ANSWERS)
    rooms.answer(student, second, "light")
    rooms.put_away(teacher)
    assert rooms.see(student).asked is None
    assert [(row.number, row.right) for row in rooms.results(teacher)] == [(1, True), (2, None)]


def test_an_answer_does_not_wake_the_class_but_a_question_does(rooms, teacher):
    student = rooms.join(teacher.code)
    before = rooms.pulse(student)
    number = rooms.ask(teacher, BLOCKS)
    asked = rooms.pulse(student)
    rooms.answer(student, number, 1)
    assert before.room < asked.room == rooms.pulse(student).room and before.shown == asked.shown


def test_a_room_holds_a_hundred_questions(rooms, teacher):
    for _ in range(100):
        rooms.ask(teacher, WHY)
    with pytest.raises(ClassroomError, match="100 questions"):
        rooms.ask(teacher, WHY)
    assert rooms.see(teacher).asked.number == 100


@pytest.mark.parametrize(
    ("question", "answer", "says"),
    [
        *((BLOCKS, answer, "none of the options") for answer in (-1, 3, True, "1", None, 1.0)),
        *((GATE, answer, "is a number") for answer in (math.nan, math.inf, 1e300, 10**400, "0.5", True, None)),
        *(
            (WHERE, answer, "not on the picture")
            for answer in ((-0.1, 0), (0, 1.1), (math.nan, 0), (1,), 3, "ab", None)
        ),
        *((WHY, answer, "is empty") for answer in ("", "  \n", "\u200b", None, 7)),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_last_one_stays(rooms, teacher, question, answer, says):
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, question)
    good = next(good for asked, good, _ in QUESTIONS if asked is question)
    rooms.answer(student, number, good)
    with pytest.raises(ClassroomError, match=says):
        rooms.answer(student, number, answer)
    assert rooms.see(student).asked.mine == question.read(good)


@pytest.mark.parametrize("options", [(), ("one",), ("same", "same"), ("a", " "), tuple("abcdefghi")])
def test_a_choice_needs_a_few_different_options(options):
    with pytest.raises(ClassroomError, match="2 to 8 different options"):
        ChoiceQuestion(prompt="Which?", options=options)


def test_a_question_needs_words_and_a_right_answer_that_fits():
    with pytest.raises(ClassroomError, match="no words"):
        TextQuestion(prompt=" \n ")
    with pytest.raises(ClassroomError, match="none of the options"):
        ChoiceQuestion(prompt="Which?", options=("a", "b"), right=2)
    with pytest.raises(ClassroomError, match="600,000"):
        PlaceQuestion(prompt="Where?", picture=b"x" * 600_001)


def test_long_texts_are_cut():
    student_writes = WHY.read("x" * 10_000)
    assert len(student_writes) == 200 and student_writes.endswith("…")
    assert len(TextQuestion(prompt="y" * 10_000).prompt) == 400


def test_right_answers_are_told_from_wrong_ones():
    assert BLOCKS.is_right(2) and not BLOCKS.is_right(1)
    assert GATE.is_right(0.72) and not GATE.is_right(0.65)
    assert WHERE.is_right((0.3, 0.5)) and not WHERE.is_right((0.5, 0.5))
    assert TextQuestion(prompt="Name?", right="Swish").is_right("swish")
    assert WHY.is_right("anything") is None


def test_a_unit_is_one_line_of_what_is_seen():
    """A line break in it, which a browser cannot send, made the page of results impossible to draw."""
    assert NumberQuestion(prompt="How far?", unit="m\nper\x00 s").unit == "m per s"
    assert len(NumberQuestion(prompt="How far?", unit="x" * 10_000).unit) == 40


def test_numbers_are_written_as_they_are():
    for text in ("-2", "+0.5", "-.5", "-1e-07", "2"):
        row = AnswerRow(number=1, prompt="Which?", person=1, name="", answer=text, right=None)
        assert next(csv.reader([as_csv([row]).splitlines()[1]]))[3] == text


def test_names_are_in_the_file_only_where_they_are_wanted(rooms, teacher):
    ada, nobody = rooms.join(teacher.code, "Ada"), rooms.join(teacher.code)
    number = rooms.ask(teacher, BLOCKS)
    rooms.answer(nobody, number, 0)
    rooms.answer(ada, number, 2)
    rows = rooms.results(teacher)
    assert as_csv(rows) == (
        "question,asked,person,answer,right\r\n1,Most parameters?,1,7.4,yes\r\n1,Most parameters?,2,2.1,no\r\n"
    )
    assert as_csv(rows, names=True).splitlines()[1:] == [
        "1,Most parameters?,1,Ada,7.4,yes",
        "1,Most parameters?,2,,2.1,no",
    ]


@pytest.mark.slow
@given(text=st.text(max_size=30), name=st.text(max_size=30))
def test_no_cell_of_the_file_is_a_formula(text, name):
    row = AnswerRow(number=1, prompt="Which?", person=1, name=name, answer=text, right=None)
    _, cells = csv.reader(io.StringIO(as_csv([row], names=True), newline=""))
    assert cells[0] == "1" and len(cells) == 6
    for cell, sent in ((cells[3], name), (cells[4], text)):
        assert cell in (sent, f"'{sent}")
        if cell.startswith(("=", "+", "-", "@", "＝", "\t", "\r", "\n")):
            float(cell)  # a number is a number


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1", "\t=1", "\r=1", "-inf", "-1_0", "+nan"]
)
def test_formulas_are_written_as_text(text):
    row = AnswerRow(number=1, prompt=text, person=1, name=text, answer=text, right=None)
    _, cells = csv.reader(io.StringIO(as_csv([row], names=True), newline=""))
    assert [cells[1], cells[3], cells[4]] == [f"'{text}"] * 3


def test_the_picture_of_the_answers_is_drawn_once_at_each_stage_and_goes_with_the_question(rooms, teacher):
    students = [rooms.join(teacher.code) for _ in range(3)]
    number = rooms.ask(teacher, WHERE)
    rooms.answer(students[0], number, (0.3, 0.5))
    drawn = []

    def draw(asked):
        drawn.append((asked.stage, asked.answers))
        return f"picture {len(drawn)}".encode()

    with pytest.raises(ClassroomError, match="not shown yet"):
        rooms.drawn(students[0], number, draw)
    for stage in (Stage.ANSWERS, Stage.SOLUTION):
        rooms.reveal(teacher, number, stage)
        assert len({rooms.drawn(seat, number, draw) for seat in (teacher, *students)}) == 1
    assert drawn == [(Stage.ANSWERS, ((0.3, 0.5),)), (Stage.SOLUTION, ((0.3, 0.5),))]
    with pytest.raises(ClassroomError, match="no seat in room"):
        rooms.drawn(Seat(code=teacher.code, secret="stolen"), number, draw)
    rooms.put_away(teacher)
    with pytest.raises(ClassroomError, match="Question 1 is over"):
        rooms.drawn(students[0], number, draw)


def test_the_questions_of_a_room_are_the_teachers_and_hold_no_photo_once_it_has_ended(rooms, teacher):
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, WHERE)
    rooms.answer(student, number, (0.3, 0.5))
    with pytest.raises(ClassroomError, match="Only the browser that opened"):
        rooms.questions(student)
    rooms.close(teacher)
    (result,) = rooms.questions(teacher)
    assert result.answers == ((0.3, 0.5),) and result.question.right == WHERE.right
    assert result.question.picture is None and result.question.solution_picture is None
