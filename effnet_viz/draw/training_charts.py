"""A training as it goes: loss, accuracy, and how the gates spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effnet_viz.draw.palette import BLUE, KIND_COLOURS, ORANGE
from effnet_viz.draw.vega import ABOVE, Chart, nominal, quantitative

Row = Mapping[str, float | str]


def learning_curves(reports: Sequence[Row], minutes: float) -> Chart:
    """Loss, and accuracy on new and on held-out pictures, over the minutes trained.

    Args:
        reports: rows of the training's log.
        minutes: length of the training; the axis keeps its scale while the curves grow.
    """
    end = max([minutes, *(float(row["seconds"]) / 60 for row in reports)])
    x = quantitative("minutes", title="Minutes trained", scale={"domain": [0, end]})
    loss = [{"minutes": float(row["seconds"]) / 60, "loss": row["loss"]} for row in reports]
    accuracy = [
        {"minutes": float(row["seconds"]) / 60, "accuracy": row[field], "pictures": words}
        for row in reports
        for field, words in (("accuracy", "pictures it learns from"), ("held_out_accuracy", "held-out pictures"))
    ]
    left = {
        "data": {"values": loss},
        "mark": {"type": "line", "color": BLUE, "point": True},
        "encoding": {
            "x": x,
            "y": quantitative("loss", title="Loss (cross-entropy)", scale={"zero": True}),
            "tooltip": [quantitative("minutes", format=".2f"), quantitative("loss", format=".3f")],
        },
    }
    right = {
        "data": {"values": accuracy},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": x,
            "y": quantitative("accuracy", title="Accuracy", scale={"domain": [0, 1]}, axis={"format": "%"}),
            "color": nominal("pictures", title=None, scale={"range": [ORANGE, BLUE]}, legend=ABOVE),
            "tooltip": [
                quantitative("minutes", format=".2f"),
                quantitative("accuracy", format=".1%"),
                nominal("pictures"),
            ],
        },
    }
    return {"hconcat": [{**chart, "width": 360, "height": 220} for chart in (left, right)]}


def gates_over_training(gates: Sequence[Row]) -> Chart:
    """How the gates of every block spread while the network learns: median, middle half and middle nine tenths.

    Args:
        gates: rows of the training's gate table: step, block and quantiles.
    """
    rows = [{name: row[name] for name in ("step", "block", "q05", "q25", "q50", "q75", "q95")} for row in gates]
    colour, scale = KIND_COLOURS["se"], {"domain": [0, 1]}
    return {
        "data": {"values": rows},
        "facet": nominal("block", title="Block"),
        "columns": 6,
        "resolve": {"axis": {"x": "independent"}},  # else places without a block have an axis, too
        "spec": {
            "width": 120,
            "height": 120,
            "encoding": {"x": quantitative("step", title="Step", axis={"tickCount": 3})},
            "layer": [
                {
                    "mark": {"type": "area", "color": colour, "opacity": 0.2},
                    "encoding": {"y": quantitative("q05", title="Gate", scale=scale), "y2": {"field": "q95"}},
                },
                {
                    "mark": {"type": "area", "color": colour, "opacity": 0.35},
                    "encoding": {"y": quantitative("q25", scale=scale), "y2": {"field": "q75"}},
                },
                {"mark": {"type": "line", "color": colour}, "encoding": {"y": quantitative("q50", scale=scale)}},
            ],
        },
    }
