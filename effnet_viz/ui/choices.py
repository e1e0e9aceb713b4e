"""Choices that live in the address and outlast a change of page or network."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import streamlit as st


def prepare_choice(key: str, options: Sequence[Hashable], default: Hashable) -> None:
    """Make a bound widget start where the visitor left it, and on something that exists.

    Call it just before the widget of that key, and `remember_choice` after it.

    Args:
        key: the widget's key, which is also its parameter in the address.
        options: what the widget offers now.
        default: what it starts with when nothing else is known.
    """
    if key in st.session_state:
        if st.session_state[key] not in options:
            st.session_state[key] = default
    elif key not in st.query_params:
        kept = st.session_state.get(f"kept_{key}", default)
        st.session_state[key] = kept if kept in options else default


def remember_choice(key: str, value: Hashable) -> None:
    """Keep a choice for the next page that offers it."""
    st.session_state[f"kept_{key}"] = value
