"""The four letters that are read out to a class, and the secrets that are never shown."""

from __future__ import annotations

import secrets
from collections.abc import Container

from effnet_viz.classroom.words import ClassroomError

# No vowels, so that no code is a word; of letters that are taken for one another (C G, D O Q, I J L, M N, U V) at most
# one. Digits do not occur, so B, S and Z cannot be taken for 8, 5 and 2.
LETTERS = "BCFHJKMPRSTWXZ"
LENGTH = 4


def new_code(taken: Container[str]) -> str:
    """A code that no other room has."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        if code not in taken:
            return code


def new_secret() -> str:
    """What a browser proves by that it is the one that opened or joined a room."""
    return secrets.token_urlsafe(24)


def read_code(typed: str) -> str:
    """A code as somebody typed it: small letters, spaces and dashes do no harm.

    Raises:
        ClassroomError: not four letters.
    """
    code = "".join(letter for letter in typed[:100].upper() if letter not in " -.\t\n")
    if len(code) != LENGTH or not (code.isascii() and code.isalpha()):
        shown = typed if len(typed) <= 12 else f"{typed[:12]}…"
        raise ClassroomError(
            f"“{shown}” is not a classroom code: it has {LENGTH} letters, such as {LETTERS[:LENGTH]}. "
            "Read it from the teacher's screen."
        )
    return code
