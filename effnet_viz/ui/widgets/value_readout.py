"""A picture whose numbers can be read: the value under the pointer stands below it, without a run of the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from numpy import ndarray

from effnet_viz.images import View
from effnet_viz.ui.widgets.pictures import picture_address

_PARTS = Path(__file__).parent / "frontend"
_readout = st.components.v2.component(
    "effnet_viz_readout",
    **{kind: (_PARTS / f"readout.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")},
)


def readout_image(key: str, jpeg: bytes, values: ndarray, view: View, alt: str, hint: str) -> None:
    """A picture of a whole photo with a map's values under the pointer, or under the arrow keys.

    Args:
        key: the widget's key.
        jpeg: the picture, encoded as JPEG.
        values: the map, `(H, W)`.
        view: where on the photo the map lies.
        alt: what is to be seen.
        hint: what stands below while nothing is pointed at.
    """
    width, height = view.photo_size
    left, top, right, bottom = view.box
    _readout(
        key=key,
        data={
            "picture": picture_address(jpeg, key),
            "alt": alt,
            "hint": hint,
            "rows": values.shape[0],
            "columns": values.shape[1],
            "values": [float(f"{value:.4g}") for value in values.reshape(-1)],
            "seen": {"left": left / width, "top": top / height, "right": right / width, "bottom": bottom / height},
        },
    )
