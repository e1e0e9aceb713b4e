"""How long the texts may be that people send, and the error that speaks to them."""

from __future__ import annotations

NAME_LETTERS = 40
PROMPT_LETTERS = 400
UNIT_LETTERS = 40
OPTION_LETTERS = 120
ANSWER_LETTERS = 200


class ClassroomError(ValueError):
    """What cannot be done in a classroom, and why, in one sentence for the person who tried."""
