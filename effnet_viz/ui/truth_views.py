"""Where the true place is known, as on the generated pictures: does the map lie on it?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.evidence_pictures import Look, evidence_picture, outlined
from effnet_viz.explain import ClassEvidence
from effnet_viz.explain.truth import pointing
from effnet_viz.training.pictures import pictures
from effnet_viz.ui import generated, state
from effnet_viz.ui.evidence_data import Asked, encoded
from effnet_viz.ui.furniture import note


def truth(asked: Asked, found: ClassEvidence) -> None:
    """The map against the mask of the shape that the class is about; nothing for photos whose truth nobody knows."""
    mask = true_place(asked)
    if mask is None:
        return
    result = pointing(found, mask)
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        picture = evidence_picture(asked.photo.image, found.values, found.view, Look(), longest=320)
        st.image(encoded(outlined(picture, mask), "PNG"), alt="The map with the outline of the true shape",
                 width="stretch")
    with right:
        st.subheader("The truth is known here" + (", and the map hits it" if result.hit else ", and the map misses it"),
                     anchor=False)
        st.markdown("This picture was drawn, so the place of the shape is known (white outline): "
                    f"**{result.inside:.0%}** of the map's positive part lies on it, and it covers "
                    f"**{result.area:.0%}** of the picture. "
                    f"The map's strongest point lies **{'on' if result.hit else 'beside'}** it.")
        note("A map may rightly mark more than the shape, if the network uses more. The checks below ask the network.")


def true_place(asked: Asked) -> np.ndarray | None:
    """Truth values, `(H, W)` in pixels of the picture, or None."""
    number = st.session_state.get("picture_seed", generated.FIRST_SEED)
    if state.chosen_variant() not in generated.VARIANTS or generated.picture(number).digest != asked.photo.digest:
        return None
    return np.asarray(pictures(generated.TASK, generated.SEED, number, 1).masks[0]) > 0
