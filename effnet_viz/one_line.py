"""Text from outside on one line: what people call themselves, their classes and their files."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # not seen, but Persian words and many emoji are made with them


def one_line(text: str, letters: int) -> str:
    """Text on one line without characters that are not seen, cut to a number of letters.

    Half a character (a lone surrogate, which no browser and no file takes) goes too. Markup stays what it is, a few odd
    letters: whoever shows the text must show it as text.

    Args:
        text: what somebody sent.
        letters: most that is kept; what is cut off leaves an ellipsis.
    """
    # Ten times the letters is more than enough to fill the line, and bounds the work for a text of any length.
    composed = unicodedata.normalize("NFC", text[: 10 * letters])
    seen = (letter if letter.isprintable() or letter in _JOINERS else " " for letter in composed)
    line = " ".join("".join(seen).split()).strip(_JOINERS)
    return line if len(line) <= letters else f"{line[: letters - 1].rstrip()}…"
