"""A drawing as data: shapes at places, before anybody decides whether they become SVG or pixels.

Lengths are CSS pixels, the origin is the upper left corner. A colour is `#RRGGBB` or a role of a `Theme` (`text`,
`muted`, `line`, `surface`, `background`), so that one drawing serves light and dark pages.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colours that depend on the page, not on the meaning."""

    text: str
    muted: str
    line: str
    surface: str
    background: str


LIGHT = Theme(text="#1F2430", muted="#5D6675", line="#C5CBD6", surface="#F3F5F9", background="#FFFFFF")
DARK = Theme(text="#F2F4F8", muted="#A4ADBB", line="#4A5362", surface="#1B232C", background="#11161C")


@dataclass(frozen=True, kw_only=True)
class Rect:
    """A rectangle; `opacity` is that of the fill."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    opacity: float = 1.0
    stroke: str | None = None
    stroke_width: float = 1.0
    radius: float = 0.0
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through two or more points."""

    points: tuple[Point, ...]
    stroke: str = "line"
    stroke_width: float = 1.0
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True, kw_only=True)
class BezierCurve:
    """A cubic Bézier curve from the first to the last of four points."""

    points: tuple[Point, Point, Point, Point]
    stroke: str = "muted"
    stroke_width: float = 1.5
    arrow: bool = False


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str | None = None
    stroke_width: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Text:
    """One line of text; `y` is its baseline, `anchor` is `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    size: float = 12.0
    fill: str = "text"
    anchor: str = "start"
    bold: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Shapes that belong together and can be chosen as one.

    Attributes:
        id: what a click on the group reports, such as `4.2`.
        label: what a screen reader says.
        items: the shapes, from back to front.
    """

    id: str
    label: str
    items: tuple[Mark, ...]


Mark = Rect | Line | BezierCurve | Disc | Text | Group


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A finished drawing with its size and the words for people who cannot see it."""

    width: float
    height: float
    title: str
    description: str
    items: tuple[Mark, ...]


def text_width(text: str, size: float) -> float:
    """About how wide a line of text is, in pixels; fonts differ, so leave some room.

    Args:
        text: one line.
        size: of the font, in pixels.
    """
    narrow = sum(character in " .,:;|'!·()[]/ijlt1" for character in text)
    wide = sum(character in "MWmw%√∝" for character in text)
    units = 0.56 * (len(text) - narrow - wide) + 0.34 * narrow + 0.86 * wide
    return units * size
