"""B0 with ImageNet weights, the first network with gates that have learned something: one button away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.ui.session import chosen, drawn_pictures, models_and_runs
from effnet_viz.ui.widgets.page_parts import error_sentence, millions
from effnet_viz.weights.catalogue import WeightSet, best_on_this_machine, weight_sets

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from effnet_viz.explain import Capture, Model
    from effnet_viz.images import Photo

VARIANT = "b0"
WISH = "network_wanted"  # variant and weights that the next run chooses, before the picker is drawn
KEEP = "keep_own_network"  # key of the model that the visitor wants to stay with


def here() -> WeightSet | None:
    """B0's best weights on this machine, if there are any."""
    return best_on_this_machine(VARIANT)


def offered() -> WeightSet:
    """B0's weights here, or those that would be downloaded: torchvision's best, from a plain web server."""
    weights = here()
    if weights is not None:
        return weights
    published = [weights for weights in weight_sets(VARIANT) if weights.kind == "torchvision"]
    return max(published, key=lambda weights: weights.top1 or 0)


def offer(key: str, below: DeltaGenerator) -> None:
    """A button that brings B0 with ImageNet weights, with its size, and chooses it at once.

    Args:
        key: tells the buttons of two pages apart.
        below: where the download's progress is told, and its failure.
    """
    weights = offered()
    absent = here() is None
    label = f"Download EfficientNet-B0 ({millions(weights.size_bytes)}B), trained"
    if not st.button(
        label if absent else "Choose EfficientNet-B0, trained on ImageNet",
        key=key,
        icon=":material/download:" if absent else ":material/tune:",
        type="primary",
    ):
        return
    if absent:
        with below:
            if not _fetched(weights):
                return
    st.session_state[WISH] = (VARIANT, weights.name)
    st.rerun()


def _fetched(weights: WeightSet) -> bool:
    """Download with progress; a failure becomes a sentence, and everything stays as it is."""
    from effnet_viz.weights.download import DownloadError
    from effnet_viz.weights.sources import fetch

    bar = st.progress(0.0, text="Downloading EfficientNet-B0")

    def tell(arrived: int, total: int) -> None:
        of = f"{millions(arrived)}B of {millions(total)}B" if total else f"{millions(arrived)}B"
        bar.progress(min(1.0, arrived / max(total, 1)), text=f"Downloading EfficientNet-B0: {of}")

    try:
        fetch(weights, progress=tell)
    except DownloadError as error:
        bar.empty()
        error_sentence(error)
        return False
    return True


def run_of_b0(model: Model) -> tuple[Model, Photo, Capture] | None:
    """B0's run on the visitor's photo, where its weights are here and the visitor has not asked to stay.

    Args:
        model: the chosen network, which has no gates or has learned none.
    """
    weights = here()
    if weights is None or drawn_pictures.task_of(model) or st.session_state.get(KEEP) == model.key:
        return None
    b0 = models_and_runs.model_of(weights.spec, weights.name, st.session_state.get("device", "auto"))
    photo = chosen.chosen_photo()
    return b0, photo, models_and_runs.run_of(b0, photo)


def choose_or_leave(model: Model, below: DeltaGenerator) -> None:
    """Where B0 stands in for the chosen network: a way to choose it everywhere, and a way back.

    Args:
        model: the chosen network.
        below: as for `offer`.
    """
    offer("choose_b0", below)
    st.button(
        f"Back to {model.spec.title}",
        key="stay",
        icon=":material/undo:",
        on_click=lambda: st.session_state.update({KEEP: model.key}),
    )
