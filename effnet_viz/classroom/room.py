"""One room and its rules. No lock and no clock in here: `Rooms` holds the one and tells the time of the other."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from effnet_viz.classroom.limits import AWAY_S, HERE_S, MAX_QUESTIONS
from effnet_viz.classroom.questions import ClassQuestion
from effnet_viz.classroom.results import AnswerRow, AskedResult
from effnet_viz.classroom.seen import Asked, Pulse, RoomSeen, ShownPage, Stage
from effnet_viz.classroom.words import ClassroomError


@dataclass(kw_only=True)
class Person:
    """A student of a room; one who has left keeps the seat, so that nobody answers twice by coming again."""

    number: int
    name: str
    seen: float
    follows: bool = True
    left: bool = False

    def inside(self, now: float) -> bool:
        """Whether this person takes one of the server's places."""
        return not self.left and now - self.seen <= AWAY_S


@dataclass(kw_only=True)
class Picture:
    """What was drawn of the answers to a question, at which stage; who draws it holds the guard."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    stage: Stage = Stage.ASKED
    content: bytes = b""


@dataclass(kw_only=True)
class _Posed:
    """A question with everybody's answers, by secret."""

    question: ClassQuestion
    stage: Stage = Stage.ASKED
    answers: dict[str, Any] = field(default_factory=dict)
    picture: Picture = field(default_factory=Picture)


class Room:
    """One teacher, some students, what is shown, and what was asked.

    Args:
        code: four letters.
        teacher: the teacher's secret.
        now: the time, in seconds.
    """

    def __init__(self, code: str, teacher: str, now: float) -> None:
        self.code = code
        self.used = now  # when somebody last did something; waiting is not doing
        self.people: dict[str, Person] = {}
        self.ended = ""  # why, as a sentence
        self._teacher = teacher
        self._posed: list[_Posed] = []
        self._current: _Posed | None = None
        self._shown: ShownPage | None = None  # what the class sees
        self._teacher_at: ShownPage | None = None  # where the teacher is, which differs while the room is frozen
        self._frozen = False
        self._pulse = Pulse(1, 0)

    def leads(self, secret: str) -> bool:
        """Whether this is the teacher's secret."""
        return secret == self._teacher

    def knows(self, secret: str) -> bool:
        """Whether this secret was given out here."""
        return self.leads(secret) or secret in self.people

    def show(self, view: ShownPage, now: float) -> None:
        """Lead the class to a view, or note where the teacher is while the room is frozen.

        Args:
            view: the page that the teacher is on.
            now: the time, in seconds.
        """
        if view == self._teacher_at:
            return
        self.used, self._teacher_at = now, view
        if not self._frozen:
            self._lead()

    def freeze(self, frozen: bool, now: float) -> None:
        """Let the class stay where it is, or call it to where the teacher is now.

        Args:
            frozen: whether the class stays.
            now: the time, in seconds.
        """
        if frozen == self._frozen:
            return
        self.used, self._frozen = now, frozen
        self._news()
        if not frozen:
            self._lead()

    def ask(self, question: ClassQuestion, now: float) -> int:
        """Put a question on every screen; one that is still there is put away first. Returns its number.

        Args:
            question: what is asked.
            now: the time, in seconds.

        Raises:
            ClassroomError: the room has had all the questions it can hold.
        """
        if len(self._posed) >= MAX_QUESTIONS:
            raise ClassroomError(
                f"This room has had {MAX_QUESTIONS} questions, which is all it can hold; download the results and "
                "open another room."
            )
        self.put_away(now)
        self._current = _Posed(question=question)
        self._posed.append(self._current)
        self._news()
        return len(self._posed)

    def answer(self, secret: str, number: int, value: Any, now: float) -> None:
        """Take one person's answer, or another one in its place, until the answers are shown.

        Args:
            secret: the person's.
            number: of the question, from 1.
            value: what fits the question.
            now: the time, in seconds.

        Raises:
            ClassroomError: the question is over, its answers are shown already, or the value does not fit it.
        """
        posed = self._on_screen(number)
        if posed.stage > Stage.ASKED:
            raise ClassroomError(
                "The answers to this question are already on the screen, so it takes no more; yours "
                + ("counts as you gave it." if secret in posed.answers else "can come with the next one.")
            )
        posed.answers[secret] = posed.question.read(value)
        self.used = now

    def reveal(self, number: int, stage: Stage, now: float) -> None:
        """Show the answers, then the solution; what is already shown stays so.

        Args:
            number: of the question, from 1.
            stage: what is shown now.
            now: the time, in seconds.

        Raises:
            ClassroomError: the question is over, its answers were not shown before its solution, or it has no solution.
        """
        posed = self._on_screen(number)
        if stage <= posed.stage:
            return
        if stage > posed.stage + 1:
            raise ClassroomError("The solution comes after the answers: show those first.")
        if stage == Stage.SOLUTION and not posed.question.has_solution:
            raise ClassroomError("This question has no solution to show: it was asked without a right answer.")
        posed.stage, self.used = stage, now
        self._news()

    def put_away(self, now: float) -> None:
        """Take the question off the screens; its answers stay in the results."""
        self.used = now
        if self._current is not None:
            self._current.question = self._current.question.without_pictures()
            self._current.picture = Picture()
            self._current = None
            self._news()

    def end(self, why: str, now: float) -> None:
        """Nothing more can be done here; the results can still be had.

        Args:
            why: the reason, a sentence that people read.
            now: the time, in seconds.
        """
        self.put_away(now)
        self._shown = self._teacher_at = None
        self.ended = why

    def pulse(self) -> Pulse:
        """Whether there is something new."""
        return self._pulse

    def see(self, secret: str, now: float) -> RoomSeen:
        """The room as one person sees it.

        Args:
            secret: the person's.
            now: the time, in seconds.
        """
        leads = self.leads(secret)
        here = [person for person in self.people.values() if not person.left and now - person.seen <= HERE_S]
        me = self.people.get(secret)
        return RoomSeen(
            code=self.code,
            leads=leads,
            name="" if me is None else me.name,
            follows=me is not None and me.follows,
            frozen=self._frozen,
            shown=self._shown,
            pulse=self._pulse,
            here=len(here),
            following=sum(person.follows for person in here),
            asked=self._asked(secret),
            questions=len(self._posed),
        )

    def picture(self, number: int) -> Picture:
        """Where the picture of the answers is kept.

        Args:
            number: of the question, from 1.

        Raises:
            ClassroomError: the question is over, or its answers are not shown yet.
        """
        posed = self._on_screen(number)
        if posed.stage == Stage.ASKED:
            raise ClassroomError(f"The answers to question {number} are not shown yet.")
        return posed.picture

    def rows(self) -> list[AnswerRow]:
        """All answers to all questions."""
        return [
            AnswerRow(
                number=number,
                prompt=posed.question.prompt,
                person=self.people[secret].number,
                name=self.people[secret].name,
                answer=posed.question.in_words(answer),
                right=posed.question.is_right(answer),
            )
            for number, posed in enumerate(self._posed, start=1)
            for secret, answer in sorted(posed.answers.items(), key=lambda item: self.people[item[0]].number)
        ]

    def asked_results(self) -> list[AskedResult]:
        """All questions with what the class said."""
        return [
            AskedResult(number=number, question=posed.question, answers=_in_no_order(posed.answers.values()))
            for number, posed in enumerate(self._posed, start=1)
        ]

    def _asked(self, secret: str) -> Asked | None:
        posed = self._current
        if posed is None:
            return None
        shown = posed.stage > Stage.ASKED
        return Asked(
            number=len(self._posed),
            question=posed.question if posed.stage == Stage.SOLUTION else posed.question.without_solution(),
            stage=posed.stage,
            answered=len(posed.answers),
            mine=posed.answers.get(secret),
            answers=_in_no_order(posed.answers.values()) if shown else None,
            solvable=posed.question.has_solution,
        )

    def _on_screen(self, number: int) -> _Posed:
        if self._current is None or number != len(self._posed):
            raise ClassroomError(f"Question {number} is over; the teacher has put it away.")
        return self._current

    def _lead(self) -> None:
        if self._teacher_at is not None and self._teacher_at != self._shown:
            self._shown = self._teacher_at
            self._pulse = Pulse(self._pulse.room, self._pulse.shown + 1)

    def _news(self) -> None:
        self._pulse = Pulse(self._pulse.room + 1, self._pulse.shown)


def _in_no_order(answers: Iterable[Any]) -> tuple[Any, ...]:
    """Sorted, so that nobody can tell from the place of an answer whose it is."""
    return tuple(sorted(answers))
