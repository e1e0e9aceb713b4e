"""Which class a label names, by whatever words the photos were sorted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize


def class_of_label(label: str | None, class_names: Sequence[str]) -> int | None:
    """The index of the class that a label names, or None.

    A label is a class's name or one of its synonyms (names such as `tabby, tabby cat` hold several), in any case and
    with underscores or hyphens for spaces, or the class's number.

    Args:
        label: such as the name of a folder.
        class_names: one name a class.
    """
    if label is None:
        return None
    if label.isdecimal():
        return int(label) if int(label) < len(class_names) else None
    return _by_name(tuple(class_names)).get(_plain(label))


@lru_cache(maxsize=8)
def _by_name(class_names: tuple[str, ...]) -> dict[str, int]:
    """Whole names win over synonyms; of two classes that share a synonym the first has it."""
    index: dict[str, int] = {}
    for number, name in enumerate(class_names):
        index.setdefault(_plain(name), number)
    for number, name in enumerate(class_names):
        for synonym in name.split(","):
            index.setdefault(_plain(synonym), number)
    return index


def _plain(words: str) -> str:
    """Names of folders on a Mac come with their accents apart, those of a network's file seldom do."""
    return " ".join(normalize("NFC", words).replace("_", " ").replace("-", " ").casefold().split())
