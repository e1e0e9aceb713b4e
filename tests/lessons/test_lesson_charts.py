"""Charts of the lessons hold the numbers of what they draw."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.architecture import plan, spec
from effnet_viz.draw import lesson_charts as charts
from effnet_viz.draw.gate_charts import STEPS, mechanism_strip
from effnet_viz.explain import capture, se_steps
from effnet_viz.lessons import convolution, decision, descent, scaling


def values(chart: dict) -> list[dict]:
    return chart["data"]["values"]


def test_the_histogram_counts_every_value():
    steps = convolution.by_hand(
        np.random.default_rng(0).random((1, 9, 9), dtype=np.float32),
        np.array(convolution.KERNELS["Sharpen"]),
        spec("b0"),
    )
    chart = charts.input_histogram(steps)
    assert sum(row["count"] for row in values(chart)) == steps.normalised.size


def test_totals_mark_what_is_reached():
    levels = descent.levels(plan("b0"))
    for chart in charts.running_totals(levels, 3):
        assert [row["reached"] for row in values(chart)] == [index <= 3 for index in range(len(levels))]
        assert values(chart)[-1]["params"] == levels[-1].params


def test_growth_and_contributions(b0, photo):
    networks = scaling.examples()
    for chart in charts.growth_bars(networks):
        assert [row["macs"] for row in values(chart)] == [network.plan.macs for network in networks]
    decided = decision.decide(b0, capture(b0, photo))
    chart = charts.contribution_bars(decided, [2, 0])
    assert [row["adds"] for row in values(chart)] == [
        pytest.approx(float(decided.contributions[2])),
        pytest.approx(float(decided.contributions[0])),
        decided.bias,
    ]


def test_a_strip_is_framed_where_the_chosen_channel_lies(b0, photo):
    se = se_steps(b0, capture(b0, photo), "4.2")
    order = np.argsort(-se.gates, kind="stable").tolist()
    for field, _, _ in STEPS:
        chart, numbers = mechanism_strip(se, field, 17), getattr(se, field)
        if numbers.size == len(order):
            numbers = numbers[order]
            (frame,) = values(chart["layer"][1])
            assert (frame["start"], frame["channel"]) == (order.index(17), 17)
        else:
            assert len(chart["layer"]) == 1  # the narrow middle has no stripe of its own for a channel
        np.testing.assert_array_equal([row["value"] for row in values(chart)], numbers)
