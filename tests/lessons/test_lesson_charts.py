"""Charts of the lessons are valid Vega-Lite and hold the numbers of what they draw."""

from __future__ import annotations

import altair as alt
import numpy as np
import pytest

from effnet_viz.architecture import plan, spec
from effnet_viz.draw import lesson_charts as charts
from effnet_viz.draw.gate_charts import STEPS, mechanism_strip, with_frame
from effnet_viz.draw.vega import specification
from effnet_viz.explain import capture, se_trace
from effnet_viz.lessons import convolution, decision, descent, scaling


def values(chart: dict) -> list[dict]:
    """The rows of a chart, wherever they stand."""
    return chart["data"]["values"] if "values" in chart["data"] else chart["datasets"][chart["data"]["name"]]


def check(chart: dict) -> None:
    (alt.LayerChart if "layer" in chart else alt.Chart).from_dict(chart)  # raises where the schema does not allow it


def test_the_histogram_counts_every_value():
    steps = convolution.by_hand(
        np.random.default_rng(0).random((1, 9, 9), dtype=np.float32),
        np.array(convolution.KERNELS["Sharpen"]),
        spec("b0"),
    )
    chart = charts.input_histogram(steps)
    check(chart)
    assert sum(row["count"] for row in values(chart)) == steps.normalised.size


def test_totals_mark_what_is_reached():
    levels = descent.levels(plan("b0"))
    for chart in charts.running_totals(levels, 3):
        check(chart)
        assert [row["reached"] for row in values(chart)] == [index <= 3 for index in range(len(levels))]
        assert values(chart)[-1]["params"] == levels[-1].params


def test_growth_and_contributions_are_valid(b0, photo):
    networks = scaling.examples()
    for chart in charts.growth_bars(networks):
        check(chart)
        assert [row["macs"] for row in values(chart)] == [one.plan.macs for one in networks]
    found = decision.decide(b0, capture(b0, photo))
    chart = charts.contribution_bars(found, [2, 0])
    check(chart)
    assert [row["adds"] for row in values(chart)] == [
        pytest.approx(float(found.contributions[2])),
        pytest.approx(float(found.contributions[0])),
        found.bias,
    ]


def test_a_kept_strip_is_framed_where_the_chosen_channel_lies(b0, photo):
    trace = se_trace(b0, capture(b0, photo), "4.2")
    order = np.argsort(-trace.gates, kind="stable").tolist()
    for field, _, _ in STEPS:
        kept = specification(mechanism_strip(trace, field, ["#000000", "#FFFFFF"]))
        framed = with_frame(kept, order.index(17))
        check(framed)
        assert len(kept["layer"]) == 1  # what is kept stays as it is
        if getattr(trace, field).size == trace.gates.size:
            start = framed["layer"][1]["data"]["values"][0]["start"]
            assert next(row for row in values(kept["layer"][0] | kept) if row["start"] == start)["channel"] == 17
