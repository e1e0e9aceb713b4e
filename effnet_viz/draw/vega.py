"""Charts as Vega-Lite says it: dictionaries, with their data in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas

Chart = dict[str, Any]
"""A Vega-Lite specification with its data."""


def specification(chart: alt.TopLevelMixin | Chart) -> Chart:
    """A chart as Vega-Lite, its data beside it under `datasets`.

    Altair hands tables to a converter that is common to all threads, and Streamlit exchanges that one now and then;
    data that stands apart it leaves alone. It would also look at every row, and check itself against the schema, which
    takes longer than all the rest: a test does that once for every chart.
    """
    if isinstance(chart, dict):
        return chart
    chart = chart.copy()  # type: ignore[attr-defined]  # every kind of chart has it, their common part has not
    names: dict[int, str] = {}  # a table that several layers share stands there once
    datasets = {}
    for part in _parts(chart):
        rows = part.data
        if isinstance(rows, pandas.DataFrame) or isinstance(getattr(rows, "values", None), list):
            if id(rows) not in names:
                names[id(rows)] = f"table{len(names)}"
                datasets[names[id(rows)]] = (
                    rows.to_dict("records") if isinstance(rows, pandas.DataFrame) else rows.values
                )
            part.data = alt.NamedData(name=names[id(rows)])
    spec = chart.to_dict(validate=False)
    spec.pop("config", None)  # sizes of Altair's own theme
    return {**spec, "datasets": datasets}


def _parts(chart: Any) -> Iterator[Any]:
    """A chart and what it is layered of, put together from, or repeats."""
    yield chart
    for name in ("layer", "hconcat", "vconcat"):
        for part in getattr(chart, name, ()):
            yield from _parts(part)
    if hasattr(chart, "spec"):
        yield from _parts(chart.spec)
