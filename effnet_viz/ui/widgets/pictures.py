"""A picture on a page."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def show_picture(
    picture: bytes,
    alt: str,
    *,
    width: int | Literal["stretch", "content"] = "stretch",
    place: DeltaGenerator | None = None,
) -> None:
    """Show a picture as it is.

    Left to itself, Streamlit opens every PNG at every rerun and makes a JPEG of it: 20 ms for a photo, and blurred
    edges in a map of 7×7 squares.

    Args:
        picture: PNG or JPEG, best kept from rerun to rerun.
        alt: what it shows, for those who cannot see it.
        width: in CSS pixels, or how it takes its place.
        place: where; the page's current place where it is left out.
    """
    form: Literal["PNG", "JPEG"] = "PNG" if picture.startswith(b"\x89PNG") else "JPEG"
    if isinstance(width, int):  # a place so wide: of a wider picture Streamlit would send a reduced one
        place, width = (st if place is None else place).container(width=width), "stretch"
    (st if place is None else place).image(picture, output_format=form, alt=alt, width=width)
