"""A network of one's own on its way between pages: kept in the session, spelled out in the address."""

from __future__ import annotations

import re

import streamlit as st

from effnet_viz.architecture import ModelSpec, custom_spec
from effnet_viz.architecture.scaling import ROUNDING_RULES

_FORM = re.compile(r"w([\d.]+)-d([\d.]+)-r(\d+)-([a-z0-9]+)(?:-c(\d+))?")

_PICKERS = ("variant", "left", "right")


def code_of(network: ModelSpec) -> str:
    """A custom network as a word for the address: `w1.3-d1.5-r260-ceil4`."""
    classes = f"-c{network.num_classes}" if network.num_classes != 1000 else ""
    return f"w{network.width:.6g}-d{network.depth:.6g}-r{network.resolution}-{network.rounding}{classes}"


def from_code(code: str) -> ModelSpec:
    """The network that `code_of` spelled out.

    Raises:
        ValueError: no such form, or numbers that cannot be built.
    """
    match = _FORM.fullmatch(code)
    if match is None or match[4] not in ROUNDING_RULES:
        raise ValueError(f"custom is {code!r}; it looks like w1.3-d1.5-r260-official.")
    width, depth, resolution, rounding, classes = match.groups()
    return custom_spec(width=float(width), depth=float(depth), resolution=int(resolution), rounding=rounding,
                       num_classes=int(classes or 1000))


def hand_on(network: ModelSpec) -> None:
    """Make a network the chosen one on every page; to be called before the sidebar is drawn."""
    st.session_state["custom_spec"] = network
    st.session_state["variant"] = "custom"


def sync_address() -> None:
    """Take a custom network from the address, or write the chosen one into it; called before the sidebar is drawn."""
    code = st.query_params.get("custom")
    if "custom_spec" not in st.session_state and code:
        try:
            st.session_state["custom_spec"] = from_code(code)
        except ValueError as error:
            st.toast(str(error))
            st.query_params.pop("custom")
    wanted = any("custom" in (st.session_state.get(key), st.query_params.get(key)) for key in _PICKERS)
    if wanted and "custom_spec" in st.session_state:
        st.query_params["custom"] = code_of(st.session_state["custom_spec"])
    else:
        st.query_params.pop("custom", None)
