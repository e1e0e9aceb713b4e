"""What a class answered: bars of choices, a histogram of numbers, taps over the picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy
from PIL import Image, ImageDraw

from effnet_viz.draw.colour_maps import colour
from effnet_viz.draw.maps import jpeg
from effnet_viz.draw.palette import BLUE, GREEN, GREY, LABEL
from effnet_viz.draw.vega import Chart, either, line_at, nominal, quantitative, rows_of

BAR, BINS = 44, 12  # pixels of a row; most columns of a histogram
SPREAD = 0.06  # of the shorter side: how far a tap's warmth reaches
WARMTH = 0.75  # opacity where most people tapped


def choice_bars(options: Sequence[str], counts: Sequence[int], right: int | None = None) -> Chart:
    """How many chose each option; the right one is green once it is known, and has a mark that needs no bar.

    Args:
        options: in their order on the screen.
        counts: people for each.
        right: index of the right option.
    """
    rows = [
        {
            "option": f"{'✓ ' if number - 1 == right else ''}{number}. {option}",
            "people": count,
            "right": number - 1 == right,
        }
        for number, (option, count) in enumerate(zip(options, counts, strict=True), start=1)
    ]
    y = nominal(
        "option", sort=None, title=None, axis={"labelLimit": 220, "labelFontSize": 14, "domain": False, "ticks": False}
    )
    x = quantitative(
        "people",
        title="People",
        scale={"domain": [0, max(1, *counts)]},
        axis={"tickMinStep": 1, "format": "d", "grid": False},
    )
    colours = either("datum.right", GREEN, BLUE if right is None else GREY)
    return {
        "data": {"values": rows},
        "height": {"step": BAR},
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": {"y": y, "x": x, "color": colours}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 15, "color": LABEL},
                "encoding": {"y": y, "x": x, "text": quantitative("people")},
            },
        ],
    }


def number_histogram(numbers: Sequence[float], unit: str = "", right: float | None = None) -> Chart:
    """How the numbers of a class are spread; a green line stands at the right one once it is known.

    Args:
        numbers: what people answered.
        unit: of the numbers.
        right: the right number.
    """
    everything = [*numbers, *([] if right is None else [right])]
    low, high = min(everything, default=0.0), max(everything, default=1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = numpy.histogram(numbers, BINS, (low, high))
    x = quantitative("low", title=unit or "Answer", scale={"domain": [low, high]})
    bars = {
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": x,
            "x2": {"field": "high"},
            "y": quantitative("people", title="People", axis={"tickMinStep": 1, "format": "d"}),
        },
    }
    lines = [] if right is None else [line_at("x", right, color=GREEN, strokeWidth=3)]
    return {
        "data": {"values": rows_of(low=edges[:-1].tolist(), high=edges[1:].tolist(), people=counts.tolist())},
        "height": 220,
        "layer": [bars, *lines],
    }


def taps_picture(
    picture: bytes, taps: Sequence[tuple[float, float]], right: tuple[float, float] | None = None
) -> bytes:
    """Where a class tapped: warmer where more people did, a white dot for each tap; as JPEG.

    Args:
        picture: what was tapped on, encoded.
        taps: places as shares of width and height.
        right: the right place, marked by a green ring once it is known.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    width, height = image.size
    radius = max(4, min(image.size) // 60)
    if taps:
        spread = SPREAD * min(image.size)
        rows, columns = numpy.mgrid[0:height, 0:width]
        warmth = sum(
            numpy.exp(-((columns - x * width) ** 2 + (rows - y * height) ** 2) / (2 * spread**2)) for x, y in taps
        )
        share = warmth / warmth.max()
        mask = Image.fromarray((255 * WARMTH * numpy.minimum(1, 2 * share)).astype(numpy.uint8))
        image.paste(Image.fromarray(colour(share, "magma")), (0, 0), mask)
    drawing = ImageDraw.Draw(image)
    for x, y in taps:
        _ring(drawing, x * width, y * height, radius, fill=(255, 255, 255), outline=(0, 0, 0), width=1)
    if right is not None:
        _ring(drawing, right[0] * width, right[1] * height, 3 * radius, outline=(255, 255, 255), width=radius)
        _ring(drawing, right[0] * width, right[1] * height, 3 * radius, outline=GREEN, width=max(2, radius // 2))
    return jpeg(image)


def _ring(drawing: ImageDraw.ImageDraw, x: float, y: float, radius: float, **how: object) -> None:
    drawing.ellipse((x - radius, y - radius, x + radius, y + radius), **how)
