"""What can be wrong with a checkpoint; apart, so that one can speak of it without importing torch."""

from __future__ import annotations

from effnet_viz.one_line import one_line

LONGEST = 60  # characters of a name in a message


class CheckpointError(ValueError):
    """A checkpoint that cannot be used, said in one or two plain sentences."""


def shorten(name: object) -> str:
    """A name from somebody's file for a message: on one line, no longer than `LONGEST` characters."""
    return one_line(str(name), LONGEST)
