"""A picture on a page: Streamlit's own element, and the address of one that a component of ours shows."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime import get_instance


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


def picture_address(picture: bytes, place: str) -> str:
    """The address of a picture for one of our own components, to be asked for in every run that shows it.

    The server keeps the picture as it keeps one of `st.image`: until a run of this session no longer asks, or has
    another one at the same place. Inside the component's data it would be written out, hashed and sent as text twice a
    rerun. The address is relative, as Streamlit's own are, so that it holds behind a proxy.

    Args:
        picture: PNG or JPEG.
        place: stands for the place on the page, such as the component's key.
    """
    kind = "jpeg" if picture.startswith(b"\xff\xd8") else "png"
    return get_instance().media_file_mgr.add(picture, f"image/{kind}", f"component {place}").lstrip("/")
