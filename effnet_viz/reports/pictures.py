"""Pictures and charts of a report as parts of its HTML: nothing is fetched when it is opened."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree import ElementTree

import vl_convert
from PIL import Image

from effnet_viz.draw.maps import jpeg
from effnet_viz.draw.vega import Chart

SVG = "http://www.w3.org/2000/svg"
WIDE = 620  # pixels of a chart
WHOLE = ("line mark", "area mark")
UNSEEN = {"type": "point", "filled": True, "size": 150, "opacity": 0.001}
ElementTree.register_namespace("", SVG)


def picture(image: Image.Image, words: str) -> str:
    """An `<img>` that holds its picture.

    Args:
        image: the picture.
        words: what it shows, for those who cannot see it.
    """
    data = base64.b64encode(jpeg(image, quality=85)).decode()
    return (
        f'<img src="data:image/jpeg;base64,{data}" width="{image.width}" height="{image.height}" alt="{escape(words)}">'
    )


def chart(spec: Chart, words: str, height: int = 240) -> str:
    """A chart as SVG that shows its values under the pointer, without any script.

    Args:
        spec: the chart, of layers.
        words: what it shows, for those who cannot see it.
        height: of the drawing, in pixels.
    """
    layers = [layer for part in spec["layer"] for layer in (part, *_points_of(part))]
    sized = {**spec, "layer": layers, "width": WIDE, "height": height, "background": "white"}
    svg = _with_titles(vl_convert.vegalite_to_svg(sized), set(_tips(sized)))
    return f'<figure role="img" aria-label="{escape(words)}">{svg}</figure>'


def _points_of(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A line is one shape in SVG; unseen points along it carry the values."""
    encoding = part.get("encoding", {})
    mark = part.get("mark", {})
    if isinstance(mark, dict) and mark.get("type") == "line" and "tooltip" in encoding:
        kept = {name: value for name, value in encoding.items() if name in ("x", "y", "tooltip", "detail")}
        yield {**{name: value for name, value in part.items() if name == "data"}, "mark": UNSEEN, "encoding": kept}


def _tips(spec: Any) -> Iterator[str]:
    """The titles of everything that a chart shows under the pointer."""
    if isinstance(spec, dict):
        tips = spec.get("tooltip", [])
        for tip in tips if isinstance(tips, list) else [tips]:
            if isinstance(tip, dict) and "field" in tip:
                yield str(tip.get("title") or tip["field"])
        for value in spec.values():
            yield from _tips(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from _tips(value)


def _with_titles(svg: str, tips: set[str]) -> str:
    """The drawing with what the pointer shows as `<title>`; the long words for screen readers stand at the figure."""
    tree = ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    for mark in tree.iter():
        whole = mark.get("aria-roledescription", "") in WHOLE  # has its first point's values, which would mislead
        described = mark.get("aria-label", "") if mark.get("role") == "graphics-symbol" and not whole else ""
        for name in ("role", "aria-roledescription", "aria-label", "aria-hidden"):
            mark.attrib.pop(name, None)
        pairs = [pair.partition(": ") for pair in described.split("; ")]
        said = dict.fromkeys(f"{name}: {value}" for name, _, value in pairs if name in tips)
        if said:
            title = ElementTree.Element(f"{{{SVG}}}title")
            title.text = "\n".join(said)
            mark.insert(0, title)
    return ElementTree.tostring(tree, encoding="unicode")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; the first column is words, the others are numbers.

    Args:
        head: titles of the columns.
        rows: the cells, as text.
    """
    titles = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
