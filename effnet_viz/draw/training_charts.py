"""A training as it goes: loss, accuracy, and gates that come alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from effnet_viz.draw.palette import BLUE, KIND_COLOURS, ORANGE

Row = Mapping[str, float | str]


def learning_curves(reports: Sequence[Row], minutes: float) -> alt.HConcatChart:
    """Loss, and accuracy on new and on held-out pictures, over the minutes trained.

    Args:
        reports: rows of the training's log.
        minutes: length of the training; the axis keeps its scale while the curves grow.
    """
    end = max([minutes, *(float(row["seconds"]) / 60 for row in reports)])
    axis = alt.X("minutes:Q", title="Minutes trained", scale=alt.Scale(domain=[0, end]))
    loss = [{"minutes": float(row["seconds"]) / 60, "loss": row["loss"]} for row in reports]
    accuracy = [
        {"minutes": float(row["seconds"]) / 60, "accuracy": row[field], "pictures": words}
        for row in reports
        for field, words in (("accuracy", "pictures it learns from"), ("held_out_accuracy", "held-out pictures"))
    ]
    left = (
        alt.Chart(alt.Data(values=loss))
        .mark_line(color=BLUE, point=True)
        .encode(
            axis,
            alt.Y("loss:Q", title="Loss (cross-entropy)", scale=alt.Scale(zero=True)),
            [alt.Tooltip("minutes:Q", format=".2f"), alt.Tooltip("loss:Q", format=".3f")],
        )
    )
    right = (
        alt.Chart(alt.Data(values=accuracy))
        .mark_line(point=True)
        .encode(
            axis,
            alt.Y("accuracy:Q", title="Accuracy", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            alt.Color("pictures:N", title=None, scale=alt.Scale(range=[ORANGE, BLUE]), legend=alt.Legend(orient="top")),
            tooltip=[alt.Tooltip("minutes:Q", format=".2f"), alt.Tooltip("accuracy:Q", format=".1%"), "pictures:N"],
        )
    )
    return alt.hconcat(left.properties(width=360, height=220), right.properties(width=360, height=220))


def gates_growing(gates: Sequence[Row]) -> alt.FacetChart:
    """How the gates of every block spread while the network learns: median, middle half and middle nine tenths.

    Args:
        gates: rows of the training's gate table: step, block and quantiles.
    """
    rows = [{name: row[name] for name in ("step", "block", "q05", "q25", "q50", "q75", "q95")} for row in gates]
    colour = KIND_COLOURS["se"]
    base = alt.Chart(alt.Data(values=rows)).encode(alt.X("step:Q", title="Step", axis=alt.Axis(tickCount=3)))
    scale = alt.Scale(domain=[0, 1])
    outer = base.mark_area(color=colour, opacity=0.2).encode(alt.Y("q05:Q", title="Gate", scale=scale), alt.Y2("q95:Q"))
    inner = base.mark_area(color=colour, opacity=0.35).encode(alt.Y("q25:Q", scale=scale), alt.Y2("q75:Q"))
    middle = base.mark_line(color=colour).encode(alt.Y("q50:Q", scale=scale))
    return (
        alt.layer(outer, inner, middle)
        .properties(width=120, height=120)
        .facet(alt.Facet("block:N", title="Block"), columns=6)
    )
