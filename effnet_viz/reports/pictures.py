"""Pictures and charts of a report as parts of its HTML: nothing is fetched when it is opened."""

from __future__ import annotations

import base64
import io
from html import escape

import vl_convert
from PIL import Image

from effnet_viz.draw.vega import Chart


def picture(image: Image.Image, words: str) -> str:
    """An `<img>` that holds its picture.

    Args:
        image: the picture.
        words: what it shows, for those who cannot see it.
    """
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=85, optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<img src="data:image/jpeg;base64,{data}" width="{image.width}" height="{image.height}" alt="{escape(words)}">'
    )


def chart(spec: Chart, words: str, width: int = 620, height: int = 240) -> str:
    """A chart as SVG.

    Args:
        spec: the chart.
        words: what it shows, for those who cannot see it.
        width: of the drawing, in pixels.
        height: of the drawing, in pixels.
    """
    sized = {**spec, "width": width, "height": height, "background": "white"}
    svg = vl_convert.vegalite_to_svg(sized)
    return f'<figure role="img" aria-label="{escape(words)}">{svg}</figure>'


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table; the first column is words, the others are numbers.

    Args:
        head: titles of the columns.
        rows: the cells, as text.
    """
    titles = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
