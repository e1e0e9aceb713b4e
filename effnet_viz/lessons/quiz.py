"""Questions whose answers are computed: no number in a prompt, an option or an explanation is typed in."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

WRONG = 3


@dataclass(frozen=True, kw_only=True)
class QuizQuestion:
    """One question with a single right option.

    Attributes:
        prompt: what is asked, in Markdown.
        options: what can be answered.
        answer: index of the right option.
        because: why it is right, with the numbers it follows from.
    """

    prompt: str
    options: tuple[str, ...]
    answer: int
    because: str

    @property
    def key(self) -> str:
        """Stands for the question; another prompt or other options give another key."""
        return hashlib.sha256("\n".join((self.prompt, *self.options)).encode()).hexdigest()[:12]

    @property
    def right(self) -> str:
        """The right option."""
        return self.options[self.answer]


def dice_for(*what: str) -> random.Random:
    """Dice that fall the same for the same model, photo and lesson, and differently for others."""
    return random.Random(hashlib.sha256("\n".join(what).encode()).digest())


def ask(dice: random.Random, prompt: str, right: str, wrong: Sequence[str], because: str) -> QuizQuestion:
    """A question with shuffled options.

    Args:
        dice: decides the order.
        prompt: what is asked.
        right: the right option.
        wrong: wrong options, the most tempting first; what equals the right one or each other is left out.
        because: why the right one is right.

    Raises:
        ValueError: no wrong option is left.
    """
    others = [option for option in dict.fromkeys(wrong) if option != right][:WRONG]
    if not others:
        raise ValueError(f"wrong is {list(wrong)!r}; it takes an option that is not {right!r}.")
    options = [right, *others]
    dice.shuffle(options)
    return QuizQuestion(prompt=prompt, options=tuple(options), answer=options.index(right), because=because)


def ask_order(dice: random.Random, prompt: str, options: Sequence[str], right: str, because: str) -> QuizQuestion:
    """A question whose options keep their natural order, such as yes and no or the blocks of a network.

    Args:
        dice: not thrown here; taken so that `ask` and this are called alike.
        prompt: what is asked.
        options: what can be answered, in their order; the right one is among them.
        right: the right option.
        because: why the right one is right.
    """
    return QuizQuestion(prompt=prompt, options=tuple(options), answer=list(options).index(right), because=because)
