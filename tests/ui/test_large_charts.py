"""Charts of the projector view: still Vega-Lite, with large words everywhere."""

from __future__ import annotations

import altair
import numpy as np

from effnet_viz.draw.class_charts import accuracy_lost
from effnet_viz.draw.gate_charts import sorted_gates
from effnet_viz.ui.widgets.charts import LARGE, large


def sizes_in(part: object) -> list[object]:
    if isinstance(part, dict):
        own = [value for name, value in part.items() if name.lower().endswith("fontsize")]
        return own + [size for value in part.values() for size in sizes_in(value)]
    return [size for value in part for size in sizes_in(value)] if isinstance(part, list) else []


def test_words_of_a_chart_grow_and_nothing_else_changes():
    for chart in (accuracy_lost({"2.1": 0.2, "3.1": -0.01}), sorted_gates(np.array([0.1, 0.7, 0.4]), 1)):
        grown = large(chart)
        altair.Chart.from_dict(grown)  # raises where it is no Vega-Lite any more
        assert set(map(str, sizes_in(grown))) == {str(LARGE)}
        assert grown["height"] > chart["height"] and grown.get("data") == chart.get("data")
