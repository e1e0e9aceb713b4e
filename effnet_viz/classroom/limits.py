"""How much a server holds, and how long."""

from __future__ import annotations

from dataclasses import dataclass

HERE_S = 8.0  # seconds; a browser asks twice a second, and a busy or weak line may miss a few
AWAY_S = 600.0  # seconds without a sign of a browser after which its place is free for somebody else
MAX_QUESTIONS = 100
MAX_PARAMETERS, PARAMETER_LETTERS = 80, 4000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a server holds.

    Attributes:
        rooms: open at once.
        people: students in all rooms together.
        seats: students that one room has seen, those who left included.
        idle_s: seconds without use after which a room ends by itself, and after which an ended one is forgotten.
    """

    rooms: int = 20
    people: int = 200
    seats: int = 1000
    idle_s: float = 7200.0
