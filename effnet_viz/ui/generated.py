"""The pictures that belong to the shapes networks: drawn on the spot, so there is always another one."""

from __future__ import annotations

import hashlib

import streamlit as st
from PIL import Image

from effnet_viz.images import Photo
from effnet_viz.training.pictures import pictures, task_named

VARIANTS = ("shapes", "shapes_no_se")
TASK = "shapes"
SEED = 2_000_000_000  # no training and no test draws from here
FIRST_SEED = 0
SHEET = 12  # pictures offered at once


@st.cache_resource(max_entries=256, show_spinner=False)
def picture(number: int) -> Photo:
    """One generated picture; its name is its true class."""
    drawn = pictures(TASK, SEED, number, 1)
    pixels = drawn.pixels[0].transpose(1, 2, 0)
    return Photo(image=Image.fromarray(pixels), name=task_named(TASK).class_names[int(drawn.labels[0])],
                 digest=hashlib.sha256(pixels.tobytes()).hexdigest())
