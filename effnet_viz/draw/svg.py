"""Scenes as SVG text."""

from __future__ import annotations

from html import escape

from effnet_viz.draw.scene import LIGHT, BezierCurve, Disc, Group, Line, Mark, Point, Rect, Scene, Text, Theme

FONTS = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif"
ARROW = 5.0  # pixels, an arrow's head along its line

# Inside the app the page decides; the second colour is for pages that define no such variable.
PAGE = Theme(
    text="var(--st-text-color, #1F2430)",
    muted="var(--diagram-muted, #5D6675)",
    line="var(--diagram-line, #C5CBD6)",
    surface="var(--diagram-surface, #F3F5F9)",
    background="var(--st-background-color, #FFFFFF)",
)


def to_svg(scene: Scene, theme: Theme = LIGHT, *, interactive: bool = False) -> str:
    """SVG of a scene.

    Args:
        scene: the drawing.
        theme: `LIGHT` or `DARK` for a file that stands alone, `PAGE` for one inside the app.
        interactive: True makes groups reachable by keyboard and leaves the background to the page.
    """
    writer = _SvgWriter(theme, interactive)
    size = f'viewBox="0 0 {_n(scene.width)} {_n(scene.height)}" width="{_n(scene.width)}" height="{_n(scene.height)}"'
    role = "group" if interactive else "img"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="{role}" aria-label="{escape(scene.title)}" '
        f'font-family="{"inherit" if interactive else FONTS}">',
        f"<title>{escape(scene.title)}</title>" if not interactive else "",
        f"<desc>{escape(scene.description)}</desc>",
    ]
    if not interactive:
        lines.append(writer.draw(Rect(x=0, y=0, width=scene.width, height=scene.height, fill="background")))
    lines += [writer.draw(item) for item in scene.items]
    lines.append("</svg>")
    return "\n".join(line for line in lines if line)


class _SvgWriter:
    def __init__(self, theme: Theme, interactive: bool) -> None:
        self.theme = theme
        self.interactive = interactive

    def draw(self, item: Mark) -> str:
        return getattr(self, f"_{type(item).__name__.lower()}")(item)

    def _colour(self, colour: str | None) -> str:
        return "none" if colour is None else colour if colour.startswith("#") else getattr(self.theme, colour)

    def _stroke(self, colour: str | None, width: float) -> str:
        return f' stroke="{self._colour(colour)}" stroke-width="{_n(width)}"' if colour else ""

    def _rect(self, item: Rect) -> str:
        opacity = f' fill-opacity="{item.opacity:.3g}"' if item.opacity < 1 else ""
        radius = f' rx="{_n(item.radius)}"' if item.radius else ""
        role = f' class="{item.role}"' if item.role and self.interactive else ""
        return (
            f'<rect{role} x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" height="{_n(item.height)}"'
            f'{radius} fill="{self._colour(item.fill)}"{opacity}{self._stroke(item.stroke, item.stroke_width)}/>'
        )

    def _line(self, item: Line) -> str:
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in item.points)
        dashes = ' stroke-dasharray="3 3"' if item.dashed else ""
        line = f'<polyline points="{points}" fill="none"{self._stroke(item.stroke, item.stroke_width)}{dashes}/>'
        return line + self._arrow(item.points[-2], item.points[-1], item.stroke) if item.arrow else line

    def _beziercurve(self, item: BezierCurve) -> str:
        start, *rest = item.points
        path = f"M{_n(start[0])} {_n(start[1])}C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in rest)
        curve = f'<path d="{path}" fill="none"{self._stroke(item.stroke, item.stroke_width)}/>'
        return curve + self._arrow(item.points[-2], item.points[-1], item.stroke) if item.arrow else curve

    def _arrow(self, tail: Point, tip: Point, colour: str) -> str:
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in arrow_head(tail, tip))
        return f'<polygon points="{points}" fill="{self._colour(colour)}"/>'

    def _disc(self, item: Disc) -> str:
        return (
            f'<circle cx="{_n(item.x)}" cy="{_n(item.y)}" r="{_n(item.radius)}" fill="{self._colour(item.fill)}"'
            f"{self._stroke(item.stroke, item.stroke_width)}/>"
        )

    def _text(self, item: Text) -> str:
        anchor = f' text-anchor="{item.anchor}"' if item.anchor != "start" else ""
        weight = ' font-weight="600"' if item.bold else ""
        return (
            f'<text x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}" fill="{self._colour(item.fill)}"'
            f"{anchor}{weight}>{escape(item.text)}</text>"
        )

    def _group(self, item: Group) -> str:
        inside = "".join(self.draw(part) for part in item.items)
        reach = ' role="button" tabindex="-1"' if self.interactive else ' role="img"'
        return f'<g data-block="{escape(item.id)}"{reach} aria-label="{escape(item.label)}">{inside}</g>'


def arrow_head(tail: Point, tip: Point) -> tuple[Point, Point, Point]:
    """Corners of the small triangle at the tip of a line that comes from `tail`.

    Args:
        tail: where the line comes from, `(x, y)` in pixels.
        tip: where it ends, `(x, y)` in pixels.
    """
    dx, dy = tip[0] - tail[0], tip[1] - tail[1]
    norm = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / norm, dy / norm
    foot = tip[0] - ARROW * dx, tip[1] - ARROW * dy
    half = ARROW * 0.55
    return tip, (foot[0] - half * dy, foot[1] + half * dx), (foot[0] + half * dy, foot[1] - half * dx)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
