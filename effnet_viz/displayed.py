"""Results that show themselves in notebooks, without knowing how.

A notebook asks a result for `_repr_html_` or `_repr_png_`. Pictures are drawn in the room `notebooks`, which knows all
results; results may not know it. So the package names that room here once, and it is imported when a notebook asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Displays(Protocol):
    """What draws results."""

    def html_of(self, result: Any) -> str:
        """A result as HTML."""

    def png_of(self, result: Any) -> bytes | None:
        """A result as a picture; None where it is none."""


_displays: list[Callable[[], Displays]] = []


def displays_are(load: Callable[[], Displays]) -> None:
    """Say who draws results.

    Args:
        load: imports it.
    """
    _displays[:] = [load]


class Displayed:
    """A result that a notebook shows as HTML, or as a picture."""

    def _repr_html_(self) -> str:
        return _displays[0]().html_of(self)

    def _repr_png_(self) -> bytes | None:
        return _displays[0]().png_of(self)
