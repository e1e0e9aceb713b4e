"""Pickers whose choice stands in the address by its id, and outlasts a change of page or network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from effnet_viz.ui.widgets.address import from_address, to_address

SEPARATOR = ";"


def choose(
    widget: Callable[..., str], label: str, titles: Mapping[str, str], *, key: str, default: str, **options: Any
) -> str:
    """One of several.

    Args:
        widget: `st.selectbox` or `st.segmented_control`.
        label: what is chosen.
        titles: id to words.
        key: the widget's key, and the parameter's name in the address.
        default: what is chosen in the beginning.
        **options: further arguments of the widget.
    """
    ids = list(titles)
    from_address(key, ids, default)
    chosen = widget(label, ids, format_func=titles.get, key=key, persist_state="session", **options)
    to_address(key, default)
    return chosen


def choose_some(label: str, titles: Mapping[str, str], *, key: str, default: Sequence[str], limit: int) -> list[str]:
    """Several of many.

    Args:
        label: what is chosen.
        titles: id to words.
        key: the widget's key, and the parameter's name in the address.
        default: what is chosen in the beginning.
        limit: most that can be chosen.
    """
    asked, written = st.query_params.get(key), f"address_{key}"
    if asked is not None and asked != st.session_state.get(written):
        st.session_state[key] = [one for one in asked.split(SEPARATOR) if one in titles][:limit]
    elif any(one not in titles for one in st.session_state.get(key, [])) or key not in st.session_state:
        st.session_state[key] = list(default)
    chosen = st.multiselect(
        label, list(titles), format_func=titles.get, key=key, max_selections=limit, persist_state="session"
    )
    st.session_state[written] = SEPARATOR.join(chosen)
    if chosen != list(default):
        st.query_params[key] = SEPARATOR.join(chosen)
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def choose_channel(label: str, count: int, default: int, widget: Callable[..., int] = st.number_input) -> int:
    """One of `count` channels, by number; the choice is kept where the next layer has such a channel.

    Args:
        label: what is chosen.
        count: how many channels there are.
        default: what is chosen in the beginning.
        widget: `st.number_input`, or `st.slider` to walk through them.
    """
    asked = st.query_params.get("channel", "")
    if asked.isdigit() and asked != st.session_state.get("address_channel"):
        st.session_state["channel"] = int(asked)
    if not 0 <= st.session_state.get("channel", -1) < count:
        st.session_state["channel"] = default
    chosen = widget(f"{label} (0 to {count - 1:,})", 0, count - 1, key="channel", width=260, persist_state="session")
    st.session_state["address_channel"] = st.query_params["channel"] = str(chosen)
    return chosen
