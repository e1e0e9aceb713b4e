"""What a training has learned so far; before it has reported, how the packaged network learned the same task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import streamlit as st

from effnet_viz.architecture import ModelSpec
from effnet_viz.draw.class_charts import class_shares_along_depth
from effnet_viz.draw.training_charts import PICTURES, Row, gates_over_training, learning_curves
from effnet_viz.training.background import BackgroundTraining
from effnet_viz.training.csv_log import read_csv_log
from effnet_viz.training.settings import TrainingSettings
from effnet_viz.training.tasks import task_named
from effnet_viz.ui.train.training import LOOK_AGAIN
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.colour_legend import colour_names
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.weights.catalogue import path_on_this_machine, weight_set


def curves_of(training: BackgroundTraining) -> None:
    """What a training has learned so far, looked at again every two seconds as long as it runs."""
    st.fragment(_curves, run_every=LOOK_AGAIN if training.view().active else None)(training)


def packaged_curves(network: str, task: str) -> None:
    """How the packaged network learned a task, where the visitor's own curves will be.

    Args:
        network: name of the packaged network.
        task: name of the task.
    """
    reports, gates = _packaged_log(network, task)
    st.markdown(f"**{task_named(task).question}**")
    if not reports:
        note("Here its curves appear as it learns.")
        return
    minutes = reports[-1]["seconds"] / 60
    note(f"The packaged network's training: {minutes:.0f} minutes. Yours comes after 50 steps.")
    _charts(reports, gates, minutes=0)


def _curves(training: BackgroundTraining) -> None:
    view, settings = training.view(), training.settings
    if not view.reports:
        packaged_curves(training.spec.name, settings.task)
        return
    st.markdown(f"**{task_named(settings.task).question}**")
    note(trained_words(training.spec, settings))
    _charts(view.reports, view.gates, settings.minutes)


def _charts(reports: Sequence[Row], gates: Sequence[Row], minutes: float) -> None:
    curves = learning_curves(reports, minutes)
    for column, curve, alt in zip(st.columns(2), curves, ("Loss", "Accuracy"), strict=True):
        show_chart(column, spec=curve, alt=f"{alt} over the minutes trained")
    colour_names(PICTURES)
    if not gates:
        return
    st.markdown("**The gates of every SE block while it learns**")
    show_chart(st, spec=gates_over_training(gates), alt="Quantiles of the gates of every block over the training steps")
    note(
        "Line: median over pictures and channels; bands: the middle half and nine tenths. Before anything is "
        "learned, every line is near 0.5, the sigmoid of 0."
    )
    st.markdown("**Which gates know the class**")
    last = gates[-1]["step"]
    shares = {row["block"]: row["between_class_share"] for row in gates if row["step"] == last}
    show_chart(
        st, spec=class_shares_along_depth(shares), width="stretch", alt="Between-class share of every block's gates"
    )
    note(
        "Share of the gates' variance that lies between classes. At 0% a gate's mean is the same for all classes; "
        "at 100% it depends on the class alone."
    )


def trained_words(network: ModelSpec, settings: TrainingSettings) -> str:
    """Of which network and settings the curves are, whatever the controls have by now.

    Args:
        network: what is trained.
        settings: how it is trained.
    """
    minutes = "1 minute" if settings.minutes == 1 else f"{settings.minutes:g} minutes"
    return (
        f"{minutes} {'with' if network.has_se else 'without'} squeeze and excitation, width {network.width:g}, "
        f"depth {network.depth:g}, seed {settings.seed}."
    )


@cache
def _packaged_log(network: str, task: str) -> tuple[list[dict[str, float | str]], list[dict[str, float | str]]]:
    """Reports and gates of a packaged network's training, which lie beside its file; none without it."""
    path = path_on_this_machine(weight_set(network, task))
    if path is None:
        return [], []
    reports, gates = (read_csv_log(path.with_name(f"{path.stem}-{part}.csv")) for part in ("log", "gates"))
    return reports, gates
