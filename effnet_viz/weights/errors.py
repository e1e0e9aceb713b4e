"""What can be wrong with a checkpoint; apart, so that one can speak of it without importing torch."""

from __future__ import annotations


class CheckpointError(ValueError):
    """A checkpoint that cannot be used, said in one or two plain sentences."""
