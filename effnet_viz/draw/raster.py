"""Scenes as PNG, drawn by Pillow with the same geometry as the SVG."""

from __future__ import annotations

import io
import itertools

from PIL import Image, ImageDraw, ImageFont

from effnet_viz.draw.palette import mix
from effnet_viz.draw.scene import LIGHT, Curve, Disc, Group, Line, Point, Rect, Scene, Shape, Text, Theme
from effnet_viz.draw.svg import arrow_head

# Pillow's own font has no such signs.
_PLAIN = str.maketrans({"×": "x", "→": ">", "−": "-", "⌈": "", "⌉": "", "²": "^2", "≈": "~"})
_SMOOTHING = 2  # drawn larger, then shrunk, because Pillow's shapes have hard edges


def to_png(scene: Scene, theme: Theme = LIGHT, *, scale: float = 2.0) -> bytes:
    """PNG of a scene.

    Args:
        scene: the drawing.
        theme: `LIGHT` or `DARK`.
        scale: pixels of the picture for one pixel of the drawing.

    Raises:
        ValueError: a scale that is not greater than 0, or over 8.
    """
    if not 0 < scale <= 8:
        raise ValueError(f"scale is {scale}; it can be more than 0 and up to 8.")
    zoom = scale * _SMOOTHING
    size = round(scene.width * scale), round(scene.height * scale)
    picture = Image.new("RGB", (size[0] * _SMOOTHING, size[1] * _SMOOTHING), theme.background)
    brush = _Brush(ImageDraw.Draw(picture), theme, zoom)
    for item in scene.items:
        brush.draw(item)
    output = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(output, "PNG", optimize=True)
    return output.getvalue()


class _Brush:
    def __init__(self, canvas: ImageDraw.ImageDraw, theme: Theme, zoom: float) -> None:
        self.canvas = canvas
        self.theme = theme
        self.zoom = zoom

    def draw(self, item: Shape) -> None:
        getattr(self, f"_{type(item).__name__.lower()}")(item)

    def _colour(self, colour: str | None, opacity: float = 1.0) -> str | None:
        if colour is None:
            return None
        solid = colour if colour.startswith("#") else getattr(self.theme, colour)
        return mix(self.theme.background, solid, opacity)

    def _at(self, points: tuple[Point, ...]) -> list[Point]:
        return [(x * self.zoom, y * self.zoom) for x, y in points]

    def _width(self, width: float) -> int:
        return max(1, round(width * self.zoom))

    def _rect(self, item: Rect) -> None:
        if item.opacity == 0 and item.stroke is None:
            return
        corners = self._at(((item.x, item.y), (item.x + item.width, item.y + item.height)))
        radius = min(item.radius, item.width / 2, item.height / 2) * self.zoom
        self.canvas.rounded_rectangle(
            corners,
            radius,
            fill=self._colour(item.fill, item.opacity),
            outline=self._colour(item.stroke),
            width=self._width(item.stroke_width),
        )

    def _line(self, item: Line) -> None:
        points = self._at(item.points)
        colour, width = self._colour(item.stroke), self._width(item.stroke_width)
        if item.dashed:
            for start, end in _dashes(points, 3 * self.zoom):
                self.canvas.line((start, end), fill=colour, width=width)
        else:
            self.canvas.line(points, fill=colour, width=width, joint="curve")
        if item.arrow:
            self.canvas.polygon(self._at(arrow_head(item.points[-2], item.points[-1])), fill=colour)

    def _curve(self, item: Curve) -> None:
        self._line(
            Line(
                points=tuple(_bezier(item.points, step / 24) for step in range(25)),
                stroke=item.stroke,
                stroke_width=item.stroke_width,
                arrow=item.arrow,
            )
        )

    def _disc(self, item: Disc) -> None:
        corners = self._at(((item.x - item.radius, item.y - item.radius), (item.x + item.radius, item.y + item.radius)))
        self.canvas.ellipse(
            corners,
            fill=self._colour(item.fill),
            outline=self._colour(item.stroke),
            width=self._width(item.stroke_width),
        )

    def _text(self, item: Text) -> None:
        font = ImageFont.load_default(item.size * self.zoom * 0.94)
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[item.anchor]
        self.canvas.text(
            (item.x * self.zoom, item.y * self.zoom),
            item.text.translate(_PLAIN),
            font=font,
            fill=self._colour(item.fill),
            anchor=anchor,
            stroke_width=self.zoom * 0.22 if item.bold else 0,
        )

    def _group(self, item: Group) -> None:
        for part in item.items:
            self.draw(part)


def _bezier(points: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return (
        sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)),
        sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)),
    )


def _dashes(points: list[Point], length: float) -> list[tuple[Point, Point]]:
    dashes = []
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        distance = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        count = max(1, round(distance / (2 * length)))
        for index in range(count):
            a, b = index / count, (index + 0.5) / count
            dashes.append(((x1 + a * (x2 - x1), y1 + a * (y2 - y1)), (x1 + b * (x2 - x1), y1 + b * (y2 - y1))))
    return dashes
