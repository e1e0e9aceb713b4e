"""Rows of the cost charts by hand: what a bar is put together from, and where the roofs meet."""

from __future__ import annotations

import itertools
import math

import pytest

from effnet_viz.architecture import plan
from effnet_viz.draw.cost_charts import REST, block_bars, counted_rows, error_by_depth, roofline, timed_rows

STEP = {"id": "2.1.depthwise", "kind": "depthwise", "milliseconds": 2.0, "macs_per_byte": 1.5, "macs_per_second": 3e9}


def test_counted_bars_sum_to_the_whole_network():
    b0 = plan("b0")
    rows = counted_rows(b0, "macs", 4)
    assert sum(row["value"] for row in rows) == 4 * 385_814_752
    assert {row["block"] for row in rows} == {block.id for block in b0.blocks}
    stem = next(row for row in counted_rows(b0, "bytes", 2) if row["block"] == "1")
    assert stem["value"] == 4 * (2 * (3 * 224 * 224 + 32 * 112 * 112) + 27 * 32 + 2 * 32)


def test_what_no_step_took_stays_with_the_block():
    blocks = [{"id": "2.1", "milliseconds": 5.0}, {"id": "classifier", "milliseconds": 1.0}]
    steps = [STEP, {"id": "2.1.project", "kind": "pointwise", "milliseconds": 1.0}] + [
        {"id": name, "kind": "classifier", "milliseconds": 0.6} for name in ("pool", "classifier")
    ]
    rows = {(row["block"], row["step"], row["kind"]): row["value"] for row in timed_rows(blocks, steps)}
    assert rows["2.1", "2.1", REST] == pytest.approx(2.0)
    assert rows["classifier", "pool", "classifier"] == 0.6
    assert rows["classifier", "classifier", "classifier"] == pytest.approx(0.4)  # no bar is higher than its block
    assert sum(rows.values()) == pytest.approx(6.0)


def test_blocks_keep_their_order_and_kinds_their_colours():
    rows = [{"block": "2.1", "step": "2.1.se", "kind": "se", "value": 3.0}]
    chart = block_bars(rows, ["1", "2.1", "2.2"], "Milliseconds", legend=False)
    assert chart["encoding"]["x"]["scale"]["domain"] == ["1", "2.1", "2.2"]
    assert chart["encoding"]["color"]["scale"] == {"domain": ["Squeeze and excitation"], "range": ["#D55E00"]}
    assert chart["data"]["values"][0]["share"] == 1.0


def test_the_roofs_meet_at_the_balance():
    roofs, *_, points = roofline({"B0": [STEP]}, 40e9, 10e9)["layer"]
    low, corner, high = roofs["data"]["values"]
    assert (corner["intensity"], corner["speed"], high["speed"]) == (4.0, 40e9, 40e9)
    assert low["speed"] == pytest.approx(10e9 * low["intensity"])
    assert points["data"]["values"][0]["speed"] == 3e9


@pytest.mark.parametrize(
    ("speeds", "names"),
    [
        ([("classifier", 8e9), ("classifier", 7.9e9), ("pool", 1e9)], ["classifier", "pool"]),  # one name for both
        ([("classifier", 8e9), ("classifier", 1e9)], ["classifier"]),  # and where one is far above the other
        ([("pool", 5e9), ("classifier", 4.9e9), ("pool", 4.8e9), ("classifier", 4.7e9)], ["pool", "classifier"]),
    ],
)
def test_no_name_of_a_dot_lies_over_another(speeds, names):
    steps = [
        {"id": name, "kind": "classifier", "milliseconds": 0.1, "macs_per_byte": 0.25, "macs_per_second": speed}
        for name, speed in speeds
    ]
    chart = roofline({"B0": steps[::2], "B7": steps[1::2]}, 40e9, 10e9)
    words = next(layer for layer in chart["layer"] if layer["encoding"].get("text", {}).get("field") == "step")
    assert [name["step"] for name in words["data"]["values"]] == names
    bottom, top = chart["layer"][-1]["encoding"]["y"]["scale"]["domain"]
    at = [math.log(name["speed"] / bottom) / math.log(top / bottom) for name in words["data"]["values"]]
    plot = chart["height"] - 300  # axis, and the legends on a phone
    assert all((upper - lower) * plot > 12 for upper, lower in itertools.pairwise(at))


def test_no_name_of_a_dot_touches_another_dot_on_a_phone():
    measured = {
        "B0": [(0.25, 8e9), (0.1, 1.6e9), (1.1, 2e10), (10, 8e10)],
        "B7": [(0.00001, 8e4), (0.45, 3.6e9), (3, 8e9)],
    }
    steps = {
        network: [
            {**STEP, "id": f"step {number}", "macs_per_byte": intensity, "macs_per_second": speed}
            for number, (intensity, speed) in enumerate(dots)
        ]
        for network, dots in measured.items()
    }
    steps["B0"][0] |= {"id": "classifier", "kind": "classifier"}
    layers = roofline(steps, 155e9, 35e9)["layer"]
    words = next(layer for layer in layers if layer["encoding"].get("text", {}).get("field") == "step")
    scales = [layers[-1]["encoding"][axis]["scale"]["domain"] for axis in "xy"]
    across, down = 260, 215  # pixels of the plot, as photographed

    def place(point) -> tuple[float, float]:
        shares = [
            math.log(point[field] / low) / math.log(high / low)
            for field, (low, high) in zip(("intensity", "speed"), scales, strict=True)
        ]
        return across * shares[0], down * (1 - shares[1])

    (name,) = words["data"]["values"]
    left, middle = place(name)[0] + words["mark"]["dx"], place(name)[1] + words["mark"]["dy"]
    assert middle + 7 < down  # above the axis
    for dot in layers[-1]["data"]["values"]:
        x, y = place(dot)
        beside = x + 10 < left or x - 10 > left + 58  # pixels of the word
        assert beside or abs(y - middle) > 10 + 7
    assert name["dot"] == 8e9 and name["speed"] < 8e9  # a line leads from the dot down to it


def test_errors_of_several_networks_stand_over_the_same_blocks():
    chart = error_by_depth({"one": {"1": 30.0, "10.2": 5.0}, "other": {"2.1": 20.0}})
    assert chart["encoding"]["x"]["scale"]["domain"] == ["1", "2.1", "10.2"]
    assert len(chart["data"]["values"]) == 3
