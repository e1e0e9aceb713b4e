"""A training as it goes: loss, accuracy, and how the gates spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from effnet_viz.draw.numbers import percent
from effnet_viz.draw.palette import BLUE, KIND_COLOURS, ORANGE
from effnet_viz.draw.vega import Chart, in_words, nominal, quantitative, said

Row = Mapping[str, float | str]

HEIGHT = 280  # pixels, axes included
PICTURES = {"pictures it learns from": BLUE, "held-out pictures": ORANGE}
"""Colours of the curves; named by the page, because in a narrow chart a legend is cut or lies over a curve."""
QUANTILES = {
    "q05": "5% lie under",
    "q25": "25% lie under",
    "q50": "half lie under",
    "q75": "75% lie under",
    "q95": "95% lie under",
}
ROOM = 0.88  # of a block's place, for its gates: the rest keeps it from its neighbours


def learning_curves(reports: Sequence[Row], minutes: float) -> list[Chart]:
    """Loss, and accuracy on new and on held-out pictures, over the minutes trained: two charts for two columns.

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
        for field, words in zip(("accuracy", "held_out_accuracy"), PICTURES, strict=True)
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
        "data": {"values": in_words(accuracy, percent, "accuracy")},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": x,
            "y": quantitative("accuracy", title="Accuracy", scale={"domain": [0, 1]}, axis={"format": "%"}),
            "color": nominal("pictures", scale={"domain": [*PICTURES], "range": [*PICTURES.values()]}, legend=None),
            "tooltip": [quantitative("minutes", format=".2f"), said("accuracy"), nominal("pictures")],
        },
    }
    return [{**left, "height": HEIGHT}, {**right, "height": HEIGHT}]


def gates_over_training(gates: Sequence[Row]) -> Chart:
    """How the gates of every block spread while the network learns: median, middle half and middle nine tenths.

    The blocks stand side by side; in each, time goes from left to right.

    Args:
        gates: rows of the training's gate table: step, block and quantiles.
    """
    blocks = list(dict.fromkeys(str(row["block"]) for row in gates))
    steps = [float(row["step"]) for row in gates]
    first, length = min(steps), max(steps) - min(steps) or 1.0
    rows = [
        {
            "at": blocks.index(str(row["block"])) + (1 - ROOM) / 2 + ROOM * (float(row["step"]) - first) / length,
            **{name: row[name] for name in ("step", "block", "q05", "q25", "q50", "q75", "q95")},
        }
        for row in gates
    ]
    colour, scale = KIND_COLOURS["se"], {"domain": [0, 1]}
    x = quantitative(
        "at",
        title="Block; in each, training steps from left to right",
        scale={"domain": [0, len(blocks)], "nice": False},
        axis={
            "values": [index + 0.5 for index in range(len(blocks))],
            "labelExpr": f"{blocks}[floor(datum.value)]",
            "grid": False,
            "ticks": False,
        },
    )
    block = nominal("block")
    tips = [
        block,
        quantitative("step", title="Step"),
        *(quantitative(name, title=words, format=".2f") for name, words in QUANTILES.items()),
    ]
    bands = [
        {
            "mark": {"type": "area", "color": colour, "opacity": opacity},
            "encoding": {
                "x": x,
                "y": quantitative(low, title="Gate", scale=scale),
                "y2": {"field": high},
                "detail": block,
                "tooltip": tips,
            },
        }
        for low, high, opacity in (("q05", "q95", 0.2), ("q25", "q75", 0.35))
    ]
    median = {
        "mark": {"type": "line", "color": colour, "point": {"size": 12, "color": colour}},
        "encoding": {"x": x, "y": quantitative("q50", scale=scale), "detail": block, "tooltip": tips},
    }
    return {"data": {"values": rows}, "height": HEIGHT, "layer": [*bands, median]}
