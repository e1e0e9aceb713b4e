"""What can be wrong with a checkpoint; apart, so that one can speak of it without importing torch."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A checkpoint that cannot be used, said in one or two plain sentences."""


def shorten(name: object, most: int = 60) -> str:
    """A name from somebody's file for a message: on one line, no longer than `most` characters.

    Args:
        name: the name; anything else is turned into text.
        most: how many characters are left at most.
    """
    words = " ".join(str(name).split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
