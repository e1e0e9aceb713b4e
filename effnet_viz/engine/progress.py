"""How slow work tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], object]
"""Is told the share that is done, 0 to 1, between steps; what it raises ends the work."""


def quiet(share: float) -> None:
    """Progress that nobody looks at."""
