"""Charts of gates: what they draw are the numbers, on an axis that never moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from effnet_viz.draw import comparison_charts, gate_charts, side_by_side_charts
from effnet_viz.explain.gate_statistics import agreement, group_contrast, summarise_gates
from effnet_viz.explain.surgery import KnockOut

RNG = np.random.default_rng(0)
GATES = {"2.1": RNG.random(32), "3.1": RNG.random(96) ** 3, "3.2": RNG.random(144)}


def tables_of(chart: dict) -> list[pd.DataFrame]:
    """Every table of a chart, the one of all layers first."""
    tables = list(chart.get("datasets", {}).values())
    parts = [chart, *chart.get("layer", [])]
    tables += [part["data"]["values"] for part in parts if "values" in part.get("data", {})]
    return [pd.DataFrame(rows) for rows in tables]


def domains(spec: dict) -> list[list[float]]:
    """Domains of all gate axes in a chart."""
    domains = []

    def walk(node):
        if isinstance(node, dict):
            scale = node.get("scale")
            if isinstance(scale, dict) and "domain" in scale and node.get("type") == "quantitative":
                domains.append(scale["domain"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(spec.get("layer", spec))
    return domains


def test_the_overview_draws_histograms_and_quantiles_on_a_fixed_axis():
    spec = gate_charts.gates_along_depth(GATES, summarise_gates(GATES), "3.1")
    frames = tables_of(spec)
    cells = next(frame for frame in frames if "share" in frame)
    for block, values in GATES.items():
        counts, _ = np.histogram(values, np.linspace(0, 1, gate_charts.BINS + 1))
        drawn = cells[cells.block == block]
        assert len(drawn) == (counts > 0).sum()
        np.testing.assert_allclose(drawn["share"], counts[counts > 0] / counts.max())
    medians = next(frame for frame in frames if "median" in frame and len(frame) == 3).set_index("block")["median"]
    assert medians["3.1"] == pytest.approx(np.median(GATES["3.1"]))
    assert [0, 1] in domains(spec) and all(domain == [0, 1] for domain in domains(spec))
    assert any(param.get("name") == "picked" for param in spec["params"])


def test_the_curve_is_sorted_and_knows_its_channels():
    frame = max(tables_of(gate_charts.sorted_gates(GATES["3.1"], 5)), key=len)
    assert frame.gate.is_monotonic_decreasing
    np.testing.assert_allclose(frame.gate, GATES["3.1"][frame.channel])


def test_evidence_is_scaled_to_its_largest_weight():
    weights = np.linspace(-4, 2, 32)
    frame = max(tables_of(gate_charts.gates_against_evidence(GATES["2.1"], weights)), key=len)
    np.testing.assert_allclose(frame.weight, weights / 4)


def test_agreement_and_contrast_draw_one_point_a_block():
    photos = [GATES, {block: values[::-1] for block, values in GATES.items()}]
    assert len(tables_of(comparison_charts.agreement_along_depth(agreement(photos)))[0]) == 6
    groups = {"a": photos[:1], "b": photos[1:]}
    assert len(tables_of(comparison_charts.contrast_along_depth(group_contrast(groups)))[0]) == 6


def test_heat_maps_hold_every_photo_and_the_chosen_gates():
    photos = {"a.jpg": GATES["3.1"], "b [2].jpg": GATES["3.1"][::-1]}
    frame = tables_of(side_by_side_charts.gates_by_row(photos, [5, 0], "Photo"))[0]
    assert list(frame.channel) == ["5", "0", "5", "0"] and list(frame.row.unique()) == list(photos)
    np.testing.assert_allclose(frame.gate, [*GATES["3.1"][[5, 0]], *GATES["3.1"][::-1][[5, 0]]])


def test_distances_are_from_the_mean_over_the_photos():
    photos = {
        "a": {"2.1": np.array([0.0, 0.5])},
        "b": {"2.1": np.array([1.0, 0.5])},
        "c": {"2.1": np.array([0.5, 0.5])},
    }
    frame = tables_of(side_by_side_charts.distance_from_usual(photos))[0].set_index("row")["distance"]
    assert dict(frame) == {"a": 0.25, "b": 0.25, "c": 0.0}


def test_answers_have_two_bars_a_class():
    frame = tables_of(comparison_charts.answers_before_and_after([("cat", 0.9, 0.5), ("dog", 0.1, 0.5)]))[0]
    assert list(frame.text) == ["90.0%", "50.0%", "10.0%", "50.0%"]


def test_the_knock_out_axis_holds_all_blocks_from_the_start():
    results = [KnockOut(block="2.1", logit_change=-1.5, probability_change=-0.2, winner=0)]
    spec = comparison_charts.knock_out_chart(results, list(GATES), "logit")
    text = str(spec)
    assert all(block in text for block in GATES)
    assert [-1.5, 1.5] in domains(spec)
