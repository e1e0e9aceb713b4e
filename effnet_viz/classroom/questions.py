"""Questions to a class: a choice, a number, a place on a picture, a few words. Some know their right answer."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from effnet_viz.classroom.words import ANSWER_LETTERS, OPTION_LETTERS, PROMPT_LETTERS, UNIT_LETTERS, ClassroomError
from effnet_viz.one_line import one_line

MAX_OPTIONS = 8
MAX_PICTURE_BYTES = 600_000
LARGEST_NUMBER = 1e15


@dataclass(frozen=True, kw_only=True)
class ClassQuestion(ABC):
    """What all kinds of questions have.

    Attributes:
        prompt: what is asked, one line of plain text.
        right: the right answer; None where the question has none, or where it is not shown yet.
        because: why that is right; shown together with it.
        picture: what the question is about, encoded as JPEG or PNG.
        alt: what is to be seen on it.
        solution_picture: shown with the solution.
    """

    prompt: str
    right: Any = None
    because: str = ""
    picture: bytes | None = None
    alt: str = ""
    solution_picture: bytes | None = None

    def __post_init__(self) -> None:
        for content in (self.picture or b"", self.solution_picture or b""):
            if len(content) > MAX_PICTURE_BYTES:
                raise ClassroomError(
                    f"The picture of the question has {len(content):,} bytes; at most {MAX_PICTURE_BYTES:,} are sent "
                    "to a class."
                )
        object.__setattr__(self, "alt", one_line(self.alt, PROMPT_LETTERS))
        object.__setattr__(self, "prompt", one_line(self.prompt, PROMPT_LETTERS))
        object.__setattr__(self, "because", one_line(self.because, 3 * PROMPT_LETTERS))
        if not self.prompt:
            raise ClassroomError("The question has no words yet; write what you want to ask.")
        if self.right is not None:
            object.__setattr__(self, "right", self.read(self.right))

    @property
    def has_solution(self) -> bool:
        """Whether something is left to show after the answers."""
        return self.right is not None or bool(self.because)

    @abstractmethod
    def read(self, answer: Any) -> Any:
        """An answer as it is kept.

        Raises:
            ClassroomError: it does not fit the question.
        """

    def in_words(self, answer: Any) -> str:
        """An answer for a table."""
        return str(answer)

    def is_right(self, answer: Any) -> bool | None:
        """Whether an answer is the right one; None where nobody can say."""
        return None if self.right is None else bool(answer == self.right)

    def without_solution(self) -> Self:
        """The same question before its solution is shown."""
        return replace(self, right=None, because="", solution_picture=None)

    def without_pictures(self) -> Self:
        """The same question when it is over; pictures of earlier questions are not kept."""
        return replace(self, picture=None, solution_picture=None)


@dataclass(frozen=True, kw_only=True)
class ChoiceQuestion(ClassQuestion):
    """One of a few options.

    Attributes:
        options: what can be chosen; an answer is an index into them.
    """

    options: tuple[str, ...]
    right: int | None = None

    def __post_init__(self) -> None:
        options = tuple(one_line(option, OPTION_LETTERS) for option in self.options)
        object.__setattr__(self, "options", options)
        if not 2 <= len(options) <= MAX_OPTIONS or len(set(options)) < len(options) or not all(options):
            raise ClassroomError(
                f"A choice takes 2 to {MAX_OPTIONS} different options; here are {sum(map(bool, options))}"
                f"{' and some are equal' if len(set(options)) < len(options) else ''}."
            )
        super().__post_init__()

    def read(self, answer: Any) -> int:
        if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < len(self.options):
            raise ClassroomError("That is none of the options; choose one of those on the screen.")
        return answer

    def in_words(self, answer: Any) -> str:
        return str(self.options[answer])

    def tally(self, answers: Sequence[int]) -> tuple[int, ...]:
        """How many chose each option."""
        return tuple(answers.count(index) for index in range(len(self.options)))


@dataclass(frozen=True, kw_only=True)
class NumberQuestion(ClassQuestion):
    """A number.

    Attributes:
        unit: what is counted or measured, for the field and the chart.
        tolerance: how far off an answer still counts as right.
    """

    unit: str = ""
    tolerance: float = 0.0
    right: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", one_line(self.unit, UNIT_LETTERS))
        super().__post_init__()

    def read(self, answer: Any) -> float:
        if isinstance(answer, bool) or not isinstance(answer, int | float) or not abs(answer) <= LARGEST_NUMBER:
            raise ClassroomError(f"An answer here is a number of at most {LARGEST_NUMBER:.0e}; write one such as 0.5.")
        return float(answer)

    def in_words(self, answer: Any) -> str:
        return f"{answer:.12g}"

    def is_right(self, answer: Any) -> bool | None:
        return None if self.right is None else abs(answer - self.right) <= self.tolerance


@dataclass(frozen=True, kw_only=True)
class PlaceQuestion(ClassQuestion):
    """A place on a picture, as shares of its width and height, `(x, y)` in 0 to 1 from the upper left.

    Attributes:
        near: how far from the right place, in shares of width and height, still counts as right.
    """

    near: float = 0.15
    right: tuple[float, float] | None = None

    def read(self, answer: Any) -> tuple[float, float]:
        try:
            x, y = (float(share) for share in answer)
        except (TypeError, ValueError):
            x = y = math.nan
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ClassroomError("That place is not on the picture; tap on the picture itself.")
        return x, y

    def in_words(self, answer: Any) -> str:
        return f"{answer[0]:.0%} from the left, {answer[1]:.0%} from the top"

    def is_right(self, answer: Any) -> bool | None:
        return None if self.right is None else math.dist(answer, self.right) <= self.near


@dataclass(frozen=True, kw_only=True)
class TextQuestion(ClassQuestion):
    """A few words."""

    right: str | None = None

    def read(self, answer: Any) -> str:
        text = one_line(answer, ANSWER_LETTERS) if isinstance(answer, str) else ""
        if not text:
            raise ClassroomError("The answer is empty; write a few words.")
        return text

    def is_right(self, answer: Any) -> bool | None:
        return None if self.right is None else answer.casefold() == self.right.casefold()
