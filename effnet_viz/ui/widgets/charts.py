"""Charts on the page: as they are drawn, and with large words in the projector view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from effnet_viz.draw.vega import Chart
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.table_data import table_of

LARGE = {"expr": "max(18, 0.0132 * windowSize()[0])"}  # of words in the projector view: they grow with the screen
HIGHER = 1.4  # times, of a chart in the projector view: large words leave less of its height
TITLES = ("labelFontSize", "titleFontSize")


def show_chart(place: Any, spec: Chart, **options: Any) -> Any:
    """A chart of the page.

    Args:
        place: where it goes: `st`, a column, a container.
        spec: the chart, as `draw` makes it.
        **options: further arguments of `st.vega_lite_chart`.
    """
    drawn = large(spec) if on_stage() else spec
    return place.vega_lite_chart(spec=_with_tables(drawn), **options)


def _with_tables(spec: Chart) -> Chart:
    """The chart with its rows as tables; Streamlit would make them by way of pandas, in seven times the time."""
    drawn = dict(spec)
    if "values" in (data := spec.get("data", {})):
        drawn["data"] = table_of(data["values"])
    if "datasets" in spec:
        drawn["datasets"] = {name: table_of(rows) for name, rows in spec["datasets"].items()}
    return drawn


def large(spec: Chart) -> Chart:
    """The same chart in words that can be read from the back row.

    Args:
        spec: the chart.
    """
    words = dict.fromkeys(TITLES, LARGE) | {"labelLimit": 400, "titleLimit": 600}
    config = {
        "axis": words,
        "legend": words,
        "header": words,
        "title": {"fontSize": LARGE},
        "text": {"fontSize": LARGE},
        "mark": {"fontSize": LARGE},
    }
    drawn = _without_sizes(spec)
    if isinstance(spec.get("height"), int | float):
        drawn["height"] = round(spec["height"] * HIGHER)
    return {**drawn, "config": {**spec.get("config", {}), **config}}


def _without_sizes(part: Any) -> Any:
    """A piece of a chart whose words have no size of their own."""
    if isinstance(part, Mapping):
        return {name: _without_sizes(value) for name, value in part.items() if not name.lower().endswith("fontsize")}
    if isinstance(part, list):
        return [_without_sizes(value) for value in part]
    return part
