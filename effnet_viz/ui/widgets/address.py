"""Choices in the address by their identifiers.

Streamlit's own binding writes what the widget displays (`?variant=EfficientNet-B0`); where ids and labels differ, these
two calls around the widget write the id (`?variant=b0`), and follow a link that names another.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st


def from_address(key: str, options: Sequence[str], default: str) -> None:
    """Before a widget: take its value from the address where that names a new one, else keep it valid.

    Args:
        key: the widget's key, and the parameter's name in the address.
        options: what the widget offers.
        default: its value when neither address nor session has one.
    """
    asked = st.query_params.get(key)
    if asked in options and asked != st.session_state.get(f"address_{key}"):
        st.session_state[key] = asked
    elif st.session_state.get(key) not in options:
        st.session_state[key] = default
    else:
        # A widget finds its kept value by the words it showed; another page words the same id differently.
        st.session_state[key] = st.session_state[key]


def to_address(key: str, default: str) -> None:
    """After the widget: write its value into the address, or leave it out where it is the default."""
    value = st.session_state[key]
    st.session_state[f"address_{key}"] = value
    if value != default:
        st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]
