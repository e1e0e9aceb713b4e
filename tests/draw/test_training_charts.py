"""The gates of a training: all blocks beside each other in one chart, each with its own stretch of time."""

from __future__ import annotations

import pytest

from effnet_viz.draw.training_charts import gates_over_training, learning_curves

QUANTILES = {"q05": 0.1, "q25": 0.3, "q50": 0.5, "q75": 0.7, "q95": 0.9}


def test_every_block_has_its_place_and_time_goes_from_left_to_right_in_it():
    gates = [{"block": block, "step": step, **QUANTILES} for step in (50, 100, 150) for block in ("2.1", "3.1")]
    rows = gates_over_training(gates)["data"]["values"]
    for index, block in enumerate(("2.1", "3.1")):
        places = [row["at"] for row in rows if row["block"] == block]
        assert index < places[0] < places[1] < places[2] < index + 1
        assert places[1] == pytest.approx(index + 0.5)


def test_the_first_look_at_a_training_is_a_chart_too():
    assert len(gates_over_training([{"block": "2.1", "step": 50, **QUANTILES}])["data"]["values"]) == 1


def test_charts_of_a_training_take_the_width_of_their_place():
    report = {"seconds": 30.0, "loss": 2.0, "accuracy": 0.1, "held_out_accuracy": 0.2}
    charts = [*learning_curves([report], 5.0), gates_over_training([{"block": "2.1", "step": 50, **QUANTILES}])]
    assert not any({"width", "hconcat", "facet"} & set(chart) for chart in charts)
