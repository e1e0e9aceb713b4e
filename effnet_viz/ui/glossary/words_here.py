"""The words of the field that a page uses, one click away on every page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from effnet_viz.ui.glossary.terms import TERMS
from effnet_viz.ui.navigation import page_link

WORDS_OF: Mapping[str, tuple[str, ...]] = {
    "overview": ("Class evidence", "Parameter", "MACs", "Stage", "Squeeze and excitation (SE)", "Logit", "Softmax"),
    "architecture": (
        "Stage",
        "Block",
        "MBConv",
        "Fused MBConv",
        "Stride",
        "Expansion ratio",
        "Skip connection",
        "Parameter",
        "MACs",
        "Receptive field",
    ),
    "compare": ("Compound scaling", "Width and depth multiplier", "Resolution", "Top-1 accuracy", "Parameter", "MACs"),
    "scaling": ("Compound scaling", "Phi", "Width and depth multiplier", "Resolution", "Parameter", "MACs"),
    "feature_maps": ("Feature map", "Activation (value)", "Channel", "Block", "Receptive field"),
    "se_attention": ("Squeeze and excitation (SE)", "Descriptor", "Gate", "Saturated", "Channel", "Block", "Logit"),
    "evidence": ("Class evidence", "Grad-CAM", "Faithfulness", "Rank correlation", "Logit", "Activation (value)"),
    "folder": ("Channel", "Receptive field", "Gate", "Class evidence"),
    "lessons": (
        "Kernel",
        "Stride",
        "Channel",
        "Depthwise convolution",
        "Pointwise convolution",
        "Batch normalisation",
        "Activation (function)",
        "Squeeze and excitation (SE)",
        "MBConv",
        "Compound scaling",
        "MACs",
    ),
    "train": ("Parameter", "MACs", "Gate", "Held-out picture"),
    "classroom": ("Class evidence", "Grad-CAM", "Gate", "Parameter"),
}
"""Words of the glossary that stand on a page, in the order in which a reader meets them; the glossary has them all."""


def words_here(page: str) -> None:
    """A button that opens the words of a page, a sentence each.

    Args:
        page: name of the page.
    """
    if page not in WORDS_OF:
        return
    meanings = {term.word: term.meaning for term in TERMS}
    with st.popover("Words on this page", icon=":material/menu_book:", type="tertiary"):
        st.markdown("\n\n".join(f"**{word}**: {meanings[word]}" for word in WORDS_OF[page]))
        page_link("glossary", "All words")
