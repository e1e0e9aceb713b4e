"""What is left of a class when it is over: one row an answer, and those as a CSV file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from effnet_viz.classroom.questions import ClassQuestion

# What a cell begins with that spreadsheets take for a formula; the wide forms too, which East Asian versions accept.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(e[+-]?[0-9]+)?")  # one that no spreadsheet takes for more than a number


@dataclass(frozen=True, kw_only=True)
class AnswerRow:
    """One answer.

    Attributes:
        number: of the question, from 1.
        prompt: what was asked.
        person: a number that stands for the same person in all rows, in the order of joining.
        name: what that person wished to be called; empty without a name.
        answer: in words.
        right: whether it was right; None where the question has no right answer.
    """

    number: int
    prompt: str
    person: int
    name: str
    answer: str
    right: bool | None


@dataclass(frozen=True, kw_only=True)
class AskedResult:
    """A question and what the class said.

    Attributes:
        number: of the question, from 1.
        question: with its solution; without pictures once it is over.
        answers: what all said, in no order that tells who.
    """

    number: int
    question: ClassQuestion
    answers: tuple[Any, ...]


def as_csv(rows: Sequence[AnswerRow], *, names: bool = False) -> str:
    """Rows as CSV with a header, in the form of RFC 4180.

    Args:
        rows: in the order in which they are written.
        names: whether people's names are in it; their numbers always are.
    """
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(["question", "asked", "person", *(["name"] if names else []), "answer", "right"])
    for row in rows:
        right = {True: "yes", False: "no", None: ""}[row.right]
        named = [_cell(row.name)] if names else []
        writer.writerow([row.number, _cell(row.prompt), row.person, *named, _cell(row.answer), right])
    return output.getvalue()


def _cell(text: str) -> str:
    """Text that a spreadsheet takes for text: one that begins like a formula gets an apostrophe, unless a number."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text
