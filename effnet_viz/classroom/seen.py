"""A seat, and what a person sees from it: the room, the teacher's view, the question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from effnet_viz.classroom.limits import MAX_PARAMETERS, PARAMETER_LETTERS
from effnet_viz.classroom.questions import ClassQuestion
from effnet_viz.classroom.words import ClassroomError


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A person's place in a room: the code is for everybody, the secret for this browser only."""

    code: str
    secret: str


class Stage(IntEnum):
    """How far a question has come."""

    ASKED = 0  # people answer, and may change their answer; nobody sees what others say
    ANSWERS = 1  # all see the distribution; no more answers
    SOLUTION = 2  # all see what is right, and why


@dataclass(frozen=True, kw_only=True)
class ShownPage:
    """What the teacher shows: a page and its address parameters.

    Attributes:
        page: the page's path in the address.
        parameters: names and values in their order; a name may occur twice.
    """

    page: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        pairs = self.parameters
        if len(pairs) > MAX_PARAMETERS or sum(len(name) + len(value) for name, value in pairs) > PARAMETER_LETTERS:
            raise ClassroomError(
                f"This view's address has {len(pairs)} parameters and is too long to show to a class; "
                f"at most {MAX_PARAMETERS} with {PARAMETER_LETTERS:,} letters together."
            )


@dataclass(frozen=True)
class Pulse:
    """Numbers that go up when there is something new: all that a waiting browser asks for.

    Attributes:
        room: a question was asked, answered in public, solved or put away; the room was frozen or closed.
        shown: the teacher shows something else.
    """

    room: int
    shown: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as one person sees it now.

    Attributes:
        number: of the question in this room, from 1.
        question: without its solution before that is shown.
        stage: how far it has come.
        answered: how many have answered.
        mine: this person's own answer; None before it is given.
        answers: what all said, in no order that tells who; None before the teacher shows it.
        solvable: whether there is a solution to show after the answers.
    """

    number: int
    question: ClassQuestion
    stage: Stage
    answered: int
    mine: Any
    answers: tuple[Any, ...] | None
    solvable: bool


@dataclass(frozen=True, kw_only=True)
class RoomSeen:
    """A room as one person sees it now.

    Attributes:
        code: the room's.
        leads: whether this person is the teacher.
        name: what this person is called.
        follows: whether this person goes where the teacher goes.
        frozen: whether the class stays while the teacher looks elsewhere.
        shown: what the class is shown; None before the first.
        pulse: changes when there is something new.
        here: students whose browser is connected.
        following: how many of those follow.
        asked: the question on the screen, if there is one.
        questions: how many were asked so far.
    """

    code: str
    leads: bool
    name: str
    follows: bool
    frozen: bool
    shown: ShownPage | None
    pulse: Pulse
    here: int
    following: int
    asked: Asked | None
    questions: int
