"""Text that people send: plain, on one line, and bounded. And the error that speaks to them."""

from __future__ import annotations

import unicodedata

NAME_LETTERS = 40
PROMPT_LETTERS = 400
OPTION_LETTERS = 120
ANSWER_LETTERS = 200


class ClassroomError(ValueError):
    """What cannot be done in a classroom, and why, in one sentence for the person who tried."""


def plain(text: str, letters: int) -> str:
    """Text on one line without characters that are not seen, cut to a number of letters.

    Markup stays what it is, a few odd letters: whoever shows the text must show it as text.

    Args:
        text: what somebody sent.
        letters: most that is kept; what is cut off leaves an ellipsis.
    """
    # Ten times the letters is more than enough to fill the line, and bounds the work for a text of any length.
    seen = (letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", text[: 10 * letters]))
    line = " ".join("".join(seen).split())
    return line if len(line) <= letters else f"{line[: letters - 1].rstrip()}…"
