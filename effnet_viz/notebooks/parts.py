"""Small pieces of HTML that look right in both themes of Jupyter: they take the notebook's own colours."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

from effnet_viz.draw.palette import BLUE

LINE = "border-bottom:1px solid rgba(128,128,128,.35)"
MOST_ROWS = 60
BAR = 120  # pixels of a whole bar


def block(title: str, *parts: str) -> str:
    """A result with its title.

    Args:
        title: what it is.
        *parts: HTML.
    """
    return f'<div style="max-width:56rem"><p style="margin:.2rem 0"><b>{escape(title)}</b></p>{"".join(parts)}</div>'


def note(words: str) -> str:
    """Small words under a picture or a table."""
    return f'<p style="margin:.2rem 0;opacity:.75;font-size:.85em">{escape(words)}</p>'


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, most: int = MOST_ROWS) -> str:
    """A table; whole numbers have separators, and a tuple is a shape.

    Args:
        head: titles of the columns.
        rows: the cells.
        most: more rows than this are counted, not shown.
    """
    shown = rows[:most]
    cell = f"style='padding:.15rem .6rem;text-align:right;{LINE}'"
    body = "".join(
        "<tr>" + "".join(f"<td {cell}>{escape(word(value))}</td>" for value in row) + "</tr>" for row in shown
    )
    titles = "".join(f"<th {cell}>{escape(title)}</th>" for title in head)
    left = note(f"and {len(rows) - len(shown):,} more rows.") if len(rows) > len(shown) else ""
    return (
        f'<table style="border-collapse:collapse"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>{left}'
    )


def word(value: Any) -> str:
    """A cell in words."""
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def bar(share: float) -> str:
    """A bar for a share of 1."""
    inner = f'<span style="display:block;height:.7em;width:{round(share * BAR)}px;background:{BLUE}"></span>'
    return f'<span style="display:inline-block;width:{BAR}px;background:rgba(128,128,128,.2)">{inner}</span>'


def image(content: bytes, words: str, width: int) -> str:
    """A picture inside the HTML.

    Args:
        content: PNG or JPEG.
        words: what it shows, for those who cannot see it.
        width: in pixels, at most that of the notebook.
    """
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(content).decode()
    return (
        f'<img src="data:image/{kind};base64,{data}" alt="{escape(words)}" style="width:{width}px;max-width:100%;'
        'image-rendering:auto">'
    )
