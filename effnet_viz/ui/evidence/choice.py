"""The question that all parts of the evidence page share: which class, against which, seen from which layer."""

from __future__ import annotations

import streamlit as st

from effnet_viz.explain import Capture, Model, predictions_of
from effnet_viz.images import Photo
from effnet_viz.ui.evidence.computed import Asked
from effnet_viz.ui.widgets.address import from_address, to_address

AUTO, NONE = "auto", "none"
TOP = 5


def choose(model: Model, photo: Photo, run: Capture) -> Asked:
    """Pickers of class, second class and layer."""
    top = predictions_of(model, run, TOP)
    names = model.class_names
    classes = [str(index) for index in range(len(names))]
    blocks = list(model.network.blocks())
    from_address("target", [AUTO, *classes], AUTO)
    from_address("against", [NONE, *classes], NONE)
    from_address("layer", blocks, blocks[-1])
    chosen = st.session_state["target"]
    target = top[0].index if chosen == AUTO else int(chosen)
    labels = {one.index: f"{one.label} {one.probability:.0%}" for one in top}
    # The row shows which of its classes is asked about, whatever picker that was chosen with.
    st.session_state["top_class"] = target if target in labels else None

    def pick() -> None:
        picked = st.session_state["top_class"]
        st.session_state["target"] = AUTO if picked in (None, top[0].index) else str(picked)

    st.pills("Why …", list(labels), format_func=labels.get, key="top_class", on_change=pick)
    searched, second, block = st.columns([3, 3, 2])
    with searched:
        st.selectbox(
            "Any class",
            [AUTO, *classes],
            key="target",
            persist_state="session",
            format_func=lambda one: f"Most probable: {top[0].label}" if one == AUTO else named(names, one),
        )
    with second:
        st.selectbox(
            "Rather than",
            [NONE, *classes],
            key="against",
            persist_state="session",
            format_func=lambda one: "– nothing to compare with –" if one == NONE else named(names, one),
        )
    with block:
        st.selectbox(
            "Seen from layer",
            blocks,
            key="layer",
            persist_state="session",
            format_func=lambda one: layer_title(one, blocks),
        )
    for key, default in (("target", AUTO), ("against", NONE), ("layer", blocks[-1])):
        to_address(key, default)
    against = None if st.session_state["against"] == NONE else int(st.session_state["against"])
    if against == target:
        st.info(
            f"{names[target]} cannot be compared with itself; the map below is for {names[target]} alone.",
            icon=":material/info:",
        )
        against = None
    return Asked(model=model, photo=photo, run=run, target=target, against=against, layer=st.session_state["layer"])


def named(names: tuple[str, ...], index: str) -> str:
    """A class with its number: some names occur twice."""
    return f"{names[int(index)]} · {index}"


def layer_title(block: str, blocks: list[str]) -> str:
    """A block in words."""
    if block == blocks[0]:
        return f"{block} · stem"
    return f"{block} · last convolution" if block == blocks[-1] else block
