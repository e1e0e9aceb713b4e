"""What the colours of a map or of curves stand for, beside them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from effnet_viz.draw.colour_maps import css_gradient


def colour_legend(low: str, high: str, colour_map: str) -> None:
    """A colour map from left to right between the words or numbers for its ends.

    Args:
        low: words or number for the left end.
        high: words or number for the right end.
        colour_map: its name, such as `magma`.
    """
    st.html(
        f'<div style="display:flex;gap:10px;align-items:center;font-size:0.875rem"><span>{escape(low)}</span>'
        f'<div role="img" aria-label="Colour scale {colour_map}, from {escape(low)} to {escape(high)}" '
        f'style="flex:1;max-width:320px;height:12px;border-radius:3px;background:{css_gradient(colour_map)}"></div>'
        f"<span>{escape(high)}</span></div>"
    )


def colour_names(colours: Mapping[str, str]) -> None:
    """Dots with words, side by side where there is room.

    Args:
        colours: words to the colour that they are drawn in.
    """
    dot = '<span style="display:inline-block;width:0.75em;height:0.75em;border-radius:50%;background:{}"></span>'
    named = "".join(f"<span>{dot.format(colour)} {escape(words)}</span>" for words, colour in colours.items())
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:0 1.5em;font-size:0.875rem">{named}</div>')
