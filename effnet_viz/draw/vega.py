"""Charts as Vega-Lite says it: dictionaries with their data in place, and the few words that most of them share.

A channel of a chart (`x`, `color`, `tooltip` ...) is one of `quantitative`, `nominal` and `ordinal`; what else it has
is said in Vega-Lite's own words. Fonts, grid lines and the ground are left to the theme of the page.

Source: https://vega.github.io/vega-lite/docs/; a test holds every chart against the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from effnet_viz.draw.palette import GREY

Chart = dict[str, Any]
"""A whole specification, with its data."""

Piece = dict[str, Any]
"""A piece of one: a layer, a mark, a channel, a legend."""

ABOVE = {"orient": "top"}
"""A legend above its chart."""

DASHES = [4, 4]

OWN_COLOUR: Piece = {"field": "colour", "type": "nominal", "scale": None}
"""A channel of colour where the rows name the colours themselves."""


def quantitative(field: str, **more: Any) -> Piece:
    """A channel on a continuous scale.

    Args:
        field: name of the number in each row.
        **more: what else Vega-Lite knows of a channel: title, axis, scale, format ...
    """
    return {"field": field, "type": "quantitative", **more}


def nominal(field: str, **more: Any) -> Piece:
    """A channel of names without an order of their own.

    Args:
        field: name of the text in each row.
        **more: what else Vega-Lite knows of a channel.
    """
    return {"field": field, "type": "nominal", **more}


def in_words(rows: Sequence[Mapping[str, Any]], words: Callable[[float], str], *fields: str) -> list[dict[str, Any]]:
    """Rows with some of their numbers as people read them, for `said`: Vega's formats would round to 0% and to 100%.

    Args:
        rows: of a chart.
        words: of `draw/numbers.py`, such as `percent`.
        *fields: names of the numbers.
    """
    return [{**row, **{f"{field} in words": words(row[field]) for field in fields}} for row in rows]


def said(field: str, **more: Any) -> Piece:
    """A channel of words, a tooltip or a label, that says the number of a field as `in_words` wrote it.

    Args:
        field: name of the number in each row.
        **more: what else Vega-Lite knows of a channel.
    """
    return nominal(f"{field} in words", **{"title": field, **more})


def ordinal(field: str, **more: Any) -> Piece:
    """A channel of names that have an order.

    Args:
        field: name of the text in each row.
        **more: what else Vega-Lite knows of a channel.
    """
    return {"field": field, "type": "ordinal", **more}


def coloured(field: str, colours: Mapping[str, str], *, legend: Piece | None = ABOVE, **more: Any) -> Piece:
    """A colour for each name.

    Args:
        field: name of the text in each row.
        colours: name to its colour, in the order of the legend.
        legend: where it stands; None where the page names the colours.
        **more: what else Vega-Lite knows of a channel.
    """
    scale = {"domain": list(colours), "range": list(colours.values())}
    return nominal(field, **{"title": None, **more}, scale=scale, legend=legend)


def either(test: str, then: Any, otherwise: Any) -> Piece:
    """A channel with one of two values.

    Args:
        test: a condition on the row, such as `datum.change < 0`.
        then: the value of rows that meet it.
        otherwise: the value of all others.
    """
    return {"condition": {"test": test, "value": then}, "value": otherwise}


def line_at(axis: str, value: float, **style: Any) -> Piece:
    """A layer with one straight line across the chart.

    Args:
        axis: `x` or `y`.
        value: where it crosses that axis.
        **style: of the line, in place of thin and grey.
    """
    return {
        "data": {"values": [{"at": value}]},
        "mark": {"type": "rule", "color": GREY, **style},
        "encoding": {axis: quantitative("at")},
    }


def ringed(colour: str, size: int) -> Piece:
    """A mark that stands out of the others: a full dot with a white ring.

    Args:
        colour: of the dot.
        size: its area in square pixels.
    """
    return {
        "type": "point",
        "color": colour,
        "filled": True,
        "size": size,
        "opacity": 1,
        "stroke": "white",
        "strokeWidth": 1.5,
    }


def rows_of(**columns: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows from columns of the same length.

    Args:
        **columns: name of a field to its values; arrays as lists of Python's numbers.
    """
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
