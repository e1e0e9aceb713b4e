"""Lesson 3, the arithmetic: what each step of squeeze and excitation computes, with the numbers of one channel."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, pairs_sheet
from effnet_viz.draw.maps import map_image, png
from effnet_viz.draw.numbers import counted
from effnet_viz.explain import Model, SqueezeExcitationSteps
from effnet_viz.images import Photo
from effnet_viz.lessons import squeeze
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import show_picture

SHOWN = 3  # channels at each end of the gates

NAMES = {"silu": "SiLU", "relu6": "ReLU6", "relu": "ReLU"}


def arithmetic(model: Model, photo: Photo, se: SqueezeExcitationSteps, step: int, channel: int) -> None:
    """What the step computes, with its numbers.

    Args:
        model: the network.
        photo: the photo.
        se: every number of one SE module on it.
        step: which of the five, from 0.
        channel: number of the channel.
    """
    values = se.before[channel]
    unit = int(np.abs(se.reduced).argmax())
    if step == 0:
        picture, words = st.columns([1, 3], vertical_alignment="center")
        show_picture(
            _map(model.key, photo.digest, se.block, channel, se), alt=f"Map of channel {channel}", place=picture
        )
        with words:
            st.latex(
                rf"z_{{{channel}}} = \frac{{1}}{{{values.shape[0]} \cdot {values.shape[1]}}} \sum_{{i,j}} "
                rf"x_{{{channel},i,j}}"
                rf" = \frac{{{values.sum():.2f}}}{{{values.size:,}}} = {se.descriptor[channel]:.3f}"
            )
            st.markdown(
                "The mean does not say where in the map the values are large, only how large they are on average."
            )
    elif step == 1:
        terms, bias = squeeze.reduce_terms(model, se, unit)
        st.latex(rf"r_{{{unit}}} = \sum_c w_{{c}} z_c + b = {_sum(terms, bias)} = {se.reduced[unit]:.3f}")
        st.markdown(
            f"All {terms.size:,} means go into {_middle(se.reduced.size)}. Shown is number {unit}, with its {SHOWN} "
            "largest terms."
        )
    elif step == 2:
        name = NAMES[model.spec.activation]
        st.latex(rf"\mathrm{{{name}}}({se.reduced[unit]:.3f}) = {se.activated[unit]:.3f}")
        st.markdown("Without an activation between them, two linear layers would be one linear layer.")
    elif step == 3:
        terms, bias = squeeze.expand_terms(model, se, channel)
        st.latex(rf"e_{{{channel}}} = \sum_j v_j a_j + b = {_sum(terms, bias)} = {se.expanded[channel]:.3f}")
        st.markdown(
            f"Back to one number for each of {se.gates.size:,} channels, each mixed from the same "
            f"{counted(se.activated.size, 'number')}."
        )
    elif step == 4:
        st.latex(
            rf"s_{{{channel}}} = \frac{{1}}{{1 + e^{{{-se.expanded[channel]:.3f}}}}} = "
            rf"{se.gates[channel]:.3f}"
        )
        st.markdown(
            f"{int((se.gates < 0.1).sum()):,} of {se.gates.size:,} gates are nearly closed (under 0.1), "
            f"{int((se.gates > 0.9).sum()):,} nearly open (over 0.9)."
        )
    else:
        _before_and_after(model, photo, se, channel)


def _middle(numbers: int) -> str:
    return "the only number of the middle" if numbers == 1 else f"each of {numbers:,} numbers"


def _sum(terms: np.ndarray, bias: float) -> str:
    """The largest terms, the sum of the others where there are any, and the bias."""
    order = np.argsort(-np.abs(terms))[:SHOWN]
    rest = float(terms.sum() - terms[order].sum())
    others = [r"\;\ldots", f"{rest:+.2f}"] if terms.size > SHOWN else []
    return " ".join([*(f"{terms[index]:+.2f}" for index in order), *others, f"{bias:+.2f}"]).removeprefix("+")


@kept
def _map(model_key: str, photo_digest: str, block: str, channel: int, _se: SqueezeExcitationSteps) -> bytes:
    return png(map_image(_se.before[channel], side=240))


def _before_and_after(model: Model, photo: Photo, se: SqueezeExcitationSteps, channel: int) -> None:
    order = np.argsort(-se.gates, kind="stable")
    shown = list(dict.fromkeys(int(index) for index in (*order[:SHOWN], channel, *order[-SHOWN:])))
    sheet = _pairs(model.key, photo.digest, se.block, tuple(shown), se)
    tiles = [
        Tile(place=place, label=f"channel {index}", note=f"× {se.gates[index]:.3f}")
        for index, place in zip(shown, sheet.places, strict=True)
    ]
    pick_tile("lesson_pairs", sheet.png, tiles, "Maps before and after they are multiplied by their gates", side=150)
    note(f"Left before, right after: the {SHOWN} most open, the chosen channel, the {SHOWN} most closed. {sheet.says}")


@kept
def _pairs(
    model_key: str, photo_digest: str, block: str, channels: tuple[int, ...], _se: SqueezeExcitationSteps
) -> Sheet:
    return pairs_sheet(_se.before[list(channels)], _se.after[list(channels)])
