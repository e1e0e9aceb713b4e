"""The network with squeeze and excitation that is shown where the chosen one has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import spec
from effnet_viz.images import Photo
from effnet_viz.ui.session import chosen, drawn_pictures, models_and_runs

if TYPE_CHECKING:
    from effnet_viz.explain import Capture, Model

EXAMPLE = "shapes"  # small, with SE, and trained by this project
EXAMPLE_PICTURE = 0


def example_run() -> tuple[Model, Photo, Capture]:
    """This project's own small network on one of its pictures: shown in place of a network without SE."""
    name = chosen.default_weights(EXAMPLE)
    weights = chosen.sets_of(EXAMPLE).get(name)
    model = models_and_runs.model_of(
        spec(EXAMPLE) if weights is None else weights.spec, name, st.session_state.get("device", "auto")
    )
    photo = drawn_pictures.picture(EXAMPLE_PICTURE)
    return model, photo, models_and_runs.run_of(model, photo)
