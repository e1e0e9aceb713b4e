"""Charts as dictionaries: the same that Altair would say, quicker, and whatever Streamlit does to Altair meanwhile."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas
import pytest

from effnet_viz.draw import class_charts, comparison_charts, gate_charts, training_charts, trust_charts, value_charts
from effnet_viz.draw.vega import specification
from effnet_viz.explain.gate_statistics import agreement, group_contrast, group_profiles, summarise_gates
from effnet_viz.explain.pointing_game import PointingGame
from effnet_viz.explain.surgery import KnockOut

RNG = np.random.default_rng(0)
PHOTOS = {name: {block: RNG.random(24) for block in ("2.1", "3.1")} for name in ("coffee", "cat")}
GATES = PHOTOS["coffee"]
GROUPS = {name: [gates, gates] for name, gates in PHOTOS.items()}
SHARES = np.linspace(0, 1, 5)
REPORT = {"seconds": 60.0, "loss": 1.0, "accuracy": 0.5, "held_out_accuracy": 0.4}
GROWING = {
    "step": 100,
    "block": "2.1",
    "q05": 0.1,
    "q25": 0.2,
    "q50": 0.3,
    "q75": 0.4,
    "q95": 0.5,
    "between_class_share": 0.5,
}
CHARTS = {
    "gates_along_depth": lambda: gate_charts.gates_along_depth(GATES, summarise_gates(GATES), "3.1"),
    "saturated_shares": lambda: gate_charts.saturated_shares(summarise_gates(GATES)),
    "sorted_gates": lambda: gate_charts.sorted_gates(GATES["2.1"], 3),
    "gates_against_evidence": lambda: gate_charts.gates_against_evidence(GATES["2.1"], RNG.normal(size=24), 3),
    "mean_gate_profiles": lambda: comparison_charts.mean_gate_profiles(PHOTOS),
    "agreement_along_depth": lambda: comparison_charts.agreement_along_depth(agreement(list(PHOTOS.values()))),
    "channel_profiles": lambda: comparison_charts.channel_profiles(
        {name: gates["2.1"] for name, gates in PHOTOS.items()}
    ),
    "contrast_along_depth": lambda: comparison_charts.contrast_along_depth(group_contrast(GROUPS)),
    "group_channels": lambda: comparison_charts.group_channels(*group_profiles(GROUPS, "2.1")),
    "answers": lambda: comparison_charts.answers([("cat", 0.2, 0.4), ("dog", 0.3, 0.1)]),
    "knock_out_chart": lambda: comparison_charts.knock_out_chart(
        [KnockOut(block="2.1", logit_change=-1.0, probability_change=-0.1, winner=3)], ["2.1", "3.1"], "logit"
    ),
    "class_shares_along_depth": lambda: class_charts.class_shares_along_depth({"2.1": 0.1, "3.1": 0.8}),
    "accuracy_lost": lambda: class_charts.accuracy_lost({"2.1": 0.1, "3.1": -0.01}),
    "truth_chart": lambda: trust_charts.truth_chart(
        {"Grad-CAM": PointingGame(pointing=0.7, energy=0.4, chance=0.2, pictures=9)}
    ),
    "curve_chart": lambda: trust_charts.curve_chart(
        {"by the map": (SHARES, 1 - SHARES)}, (SHARES, SHARES, SHARES), x_title="hidden", y_title="cat"
    ),
    "randomisation_chart": lambda: trust_charts.randomisation_chart(["head", "8"], [0.9, 0.1]),
    "agreement_chart": lambda: trust_charts.agreement_chart(["a", "b"], np.eye(2)),
    "learning_curves": lambda: training_charts.learning_curves([REPORT], 5.0),
    "gates_growing": lambda: training_charts.gates_growing([GROWING]),
    "value_histogram": lambda: value_charts.value_histogram(RNG.normal(size=(7, 7))),
}


def rows_of(node: object, datasets: dict) -> object:
    """A specification with its data in place, so that two ways to keep it apart can be compared."""
    if isinstance(node, dict):
        if set(node) == {"name"} and node["name"] in datasets:
            return {"values": datasets[node["name"]]}
        return {key: rows_of(value, datasets) for key, value in node.items() if key not in ("datasets", "config")}
    return [rows_of(value, datasets) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize("name", CHARTS)
def test_it_says_what_altair_says_and_the_schema_allows(name):
    chart = CHARTS[name]()
    ours, theirs = specification(chart), chart.to_dict()  # Altair checks its own
    assert rows_of(ours, ours["datasets"]) == rows_of(theirs, theirs.get("datasets", {}))


def test_a_table_that_layers_share_stands_there_once():
    frame = pandas.DataFrame({"x": [1, 2]})
    chart = alt.layer(alt.Chart(frame).mark_bar().encode(x="x:Q"), alt.Chart(frame).mark_point().encode(x="x:Q"))
    assert list(specification(chart)["datasets"].values()) == [[{"x": 1}, {"x": 2}]]


def test_it_does_not_depend_on_the_converter_of_the_moment():
    chart = alt.Chart(pandas.DataFrame({"x": [1, 2]})).mark_bar().encode(x="x:Q")
    alt.data_transformers.register("elsewhere", lambda data: {"name": "elsewhere"})
    with alt.data_transformers.enable("elsewhere"):
        found = specification(chart)
    assert found["datasets"][found["data"]["name"]] == [{"x": 1}, {"x": 2}]
