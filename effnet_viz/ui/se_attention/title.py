"""The SE page's title: whose gates are shown and why, with the way to trained gates beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.draw.maps import jpeg
from effnet_viz.explain import Model
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import choose_variant, nearest_with_se, small_photo
from effnet_viz.ui.session import trained_gates
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.example_network import EXAMPLE
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

TITLE = "SE attention"
GATES = (
    "Squeeze and excitation gives every channel a gate between 0 (closed) and 1 (open), computed from the whole photo."
)
HIGH, WIDEST = 60, 150  # CSS pixels of the photo beside the title


def title(own: Model, model: Model, photo: Photo) -> None:
    """Title, sentence and offers; low, so that the first gates stand on the first screen.

    Args:
        own: the network that the visitor chose.
        model: the network whose gates are shown: another one where the chosen has none, or has learned none.
        photo: the photo.
    """
    head = st.container(key="page_head")
    row = head.container(horizontal=True, vertical_alignment="center", width="content" if on_stage() else "stretch")
    row.title(TITLE, anchor=False, width="content")
    show_picture(_beside(photo.digest, photo), alt=f"The photo: {photo.name}", width=_width(photo), place=row)
    # In the projector view the teacher says what gates are; the room is for the gates.
    what = "" if on_stage() else f"{GATES} "
    head.markdown(what + _whose(own, model, photo))
    below = st.container()
    with row:
        if model.spec.name == trained_gates.VARIANT and model.key != own.key:
            trained_gates.choose_or_leave(own, below)
        elif model.key != own.key or not model.provenance.trained:
            _offers(own, below)


@kept
def _beside(photo_digest: str, _photo: Photo) -> bytes:
    return jpeg(small_photo(_photo).image)


def _width(photo: Photo) -> int:
    return min(WIDEST, max(1, round(HIGH * photo.width / photo.height)))


def _whose(own: Model, model: Model, photo: Photo) -> str:
    """Whose gates these are, and why it is not the chosen network where it is not."""
    name = as_markdown(photo.name)
    if model.key == own.key:
        return f"These are all gates of {model.spec.title} on “{name}”, block by block."
    blocks = own.spec.block_specs()
    if any(block.squeeze_channels for block in blocks):
        lacks = f"{own.spec.title} has learned nothing yet"
    else:
        lacks = f"None of the {len(blocks)} blocks of {own.spec.title} has it"
    if model.spec.name == trained_gates.VARIANT:
        return f"**{lacks}, so this page shows {model.spec.title} with ImageNet weights** on “{name}”."
    return (
        f"**{lacks}, so these are all gates of this project's own small network**, trained to name shapes and "
        f"textures, on a picture new to it, “{name}”."
    )


def _offers(own: Model, below: DeltaGenerator) -> None:
    """Gates that have learned something: B0's first, then those of this project's small network."""
    trained_gates.offer("download_b0", below)
    st.button(
        "Choose the shapes network",
        on_click=choose_variant,
        args=(EXAMPLE,),
        key="choose_shapes",
        icon=":material/category:",
    )
    near = nearest_with_se(own.spec)
    if near != trained_gates.VARIANT and not any(block.squeeze_channels for block in own.spec.block_specs()):
        st.button(
            f"Choose EfficientNet-{near.upper()}, the nearest with SE",
            on_click=choose_variant,
            args=(near,),
            key="choose_nearest",
            icon=":material/tune:",
        )
