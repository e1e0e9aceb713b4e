"""The question that all parts of the evidence page share: which class, against which, seen from which layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.draw.numbers import percent
from effnet_viz.explain import Capture, Model, predictions_of
from effnet_viz.explain.methods import METHODS
from effnet_viz.images import Photo
from effnet_viz.ui.evidence.computed import EvidenceRequest, block_name
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.url_pickers import choose as choose_one
from effnet_viz.ui.widgets.url_pickers import take_choice

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

AUTO, NONE = "auto", "none"
TOP = 5


def choose_request(model: Model, photo: Photo, run: Capture, head: DeltaGenerator) -> EvidenceRequest:
    """Pickers of class, second class and layer; in the projector view without what stands above them.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        head: place of the most probable classes.
    """
    words = {"label_visibility": "collapsed"} if on_stage() else {}
    top = predictions_of(model, run, TOP)
    names = model.class_names
    classes = {str(index): named(names, str(index)) for index in range(len(names))}
    targets = {AUTO: f"Most probable: {top[0].label}", **classes}
    blocks = list(model.network.blocks())
    chosen = take_choice(targets, key="target", default=AUTO)
    target = top[0].index if chosen == AUTO else int(chosen)
    labels = {prediction.index: f"{prediction.label} {percent(prediction.probability)}" for prediction in top}
    # The row shows which of its classes is asked about, whatever picker that was chosen with.
    st.session_state["top_class"] = target if target in labels else None

    def pick() -> None:
        picked = st.session_state["top_class"]
        st.session_state["target"] = AUTO if picked in (None, top[0].index) else str(picked)

    head.pills(
        "Why …",
        list(labels),
        format_func=lambda index: as_markdown(labels[index]),
        key="top_class",
        on_change=pick,
        **words,
    )
    searched, second, block = st.columns([3, 3, 2])
    choose_one(searched.selectbox, "Any class", targets, key="target", default=AUTO, **words)
    second_class = choose_one(
        second.selectbox,
        "Rather than",
        {NONE: "– no other class –", **classes},
        key="rather_than",
        default=NONE,
        **words,
    )
    layer = choose_one(
        block.selectbox,
        "Layer",
        {name: layer_title(name, blocks) for name in blocks},
        key="layer",
        default=blocks[-1],
        **words,
    )
    against = None if second_class == NONE else int(second_class)
    if against == target:
        st.info(
            f"{as_markdown(names[target])} cannot be compared with itself; the map below is for this class alone.",
            icon=":material/info:",
        )
        against = None
    return EvidenceRequest(model=model, photo=photo, run=run, target=target, against=against, layer=layer)


def chosen_method(asked: EvidenceRequest) -> str:
    """The method that was picked in one of the tabs, where it can be had at this layer; Grad-CAM otherwise."""
    method = st.session_state.get("method")
    fits = method in METHODS and not METHODS[method].missing(asked.model, block_name(asked))
    return method if fits else "grad_cam"


def named(names: tuple[str, ...], index: str) -> str:
    """A class with its number: some names occur twice.

    Args:
        names: of all classes.
        index: the class's number, written out.
    """
    return f"{names[int(index)]} · {index}"


def layer_title(block: str, blocks: list[str]) -> str:
    """A block in words.

    Args:
        block: the block's id.
        blocks: ids of all blocks, from the stem to the final convolution.
    """
    if block == blocks[0]:
        return f"{block} · stem"
    return f"{block} · last convolution" if block == blocks[-1] else block
