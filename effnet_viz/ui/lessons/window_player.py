"""Lesson 1's window in motion: the browser slides it, with every number that it needs."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import streamlit as st
from numpy import ndarray

from effnet_viz.draw.lesson_pictures import input_picture, step_pictures
from effnet_viz.lessons.convolution import ConvolutionSteps
from effnet_viz.ui.widgets.pictures import picture_address

_PARTS = Path(__file__).parent / "frontend"
_player = st.components.v2.component(
    "effnet_viz_window_player",
    **{kind: (_PARTS / f"player.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")},
)


def playing_input(steps: ConvolutionSteps, start: int, film: str) -> None:
    """The input with the window that the film is at.

    Args:
        steps: the convolution.
        start: number of the window that it begins with.
        film: stands for one press of Play.
    """
    data = {
        "mode": "input",
        "picture": picture_address(input_picture(steps, None), "window_input"),
        "words": "The input, one window framed",
    }
    _player(key="window_input", data={**data, **_places(steps, start, film)})


def playing_sums(steps: ConvolutionSteps, start: int, film: str, names: tuple[str, str, str]) -> None:
    """The numbers of the window, and the three pictures that they become.

    Args:
        steps: the convolution.
        start: number of the window that it begins with.
        film: stands for one press of Play.
        names: of the three steps.
    """

    def moved() -> None:
        at = st.session_state["window_film"].get("window")
        if isinstance(at, int) and 0 <= at < steps.windows:
            st.session_state["lesson_window"] = at

    outputs = (steps.convolved, steps.normalised, steps.activated)
    _player(
        key="window_film",
        on_window_change=moved,
        data={
            "mode": "sums",
            "image": _numbers(steps.image),
            "kernel": _numbers(steps.kernel),
            "outputs": [_numbers(values) for values in outputs],
            "names": list(names),
            "pictures": [
                picture_address(picture, f"window_film {name}")
                for name, picture in zip(names, step_pictures(steps, None), strict=True)
            ],
            **_places(steps, start, film),
        },
    )


def _places(steps: ConvolutionSteps, start: int, film: str) -> dict[str, object]:
    """Where windows lie."""
    channels, height, width = steps.image.shape
    rows, columns = steps.convolved.shape
    return {
        "id": film,
        "start": start,
        "stride": steps.stride,
        "pads": list(steps.pads),
        "size": steps.kernel.shape[-1],
        "channels": channels,
        "width": width,
        "height": height,
        "rows": rows,
        "columns": columns,
    }


def _numbers(values: ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")
