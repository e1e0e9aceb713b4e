"""A question to try before a class is there: guess where the network looked, then see."""

from __future__ import annotations

import io

import numpy as np
import pyarrow.parquet
import streamlit as st
from PIL import Image

from effnet_viz.draw.evidence_pictures import evidence_scale
from effnet_viz.draw.evidence_words import framed_words
from effnet_viz.draw.maps import jpeg, overlay
from effnet_viz.draw.numbers import percent
from effnet_viz.images import View
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import click_image, picked_place
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.weights.caches import ASSETS
from effnet_viz.weights.catalogue import weight_sets
from effnet_viz.weights.class_names import imagenet_names

ROWS = ASSETS / "rows" / "lite0-packaged.parquet"  # where the network looked, without running it
PHOTO = "shepherd.jpg"
LONGEST = 720  # pixels of the picture's longer side
KEY = "classroom_try"


@st.fragment
def question_to_try() -> None:
    """A photo; a tap on it shows what the network looked at, as the solution of such a question does in class."""
    try:
        before, after, label, share, view = example()
    except (OSError, ValueError, StopIteration):  # pyarrow's are of these
        error_sentence(
            "The example's files in assets/ cannot be read: install the app anew. Your class needs none of it."
        )
        return
    tapped = picked_place(KEY) is not None
    st.markdown(f"**Try a question: where does EfficientNet-Lite0 see “{label}”?** First guess, then see.")
    click_image(
        KEY,
        after if tapped else before,
        f"A photo of a {label}" + (", bright where the network sees it" if tapped else ""),
        hint="Your guess is the ring. In class it is counted with all others." if tapped else "Tap the photo.",
    )
    if tapped:
        note(
            f"Grad-CAM: the brighter a place, the more it speaks for “{label}”, the answer with {percent(share)}. "
            f"{framed_words(view)}"
        )


@kept
def example() -> tuple[bytes, bytes, str, float, View]:
    """The photo without and with its evidence, both as JPEG, the answer, its probability, and what was seen."""
    columns = ["path", "cam", "chosen", "chosen_probability"]
    rows = pyarrow.parquet.read_table(ROWS, columns=columns).to_pylist()
    row = next(row for row in rows if row["path"] == PHOTO)
    cells = np.asarray(row["cam"], dtype=np.float32)
    side = round(cells.size**0.5)
    values = cells.reshape(side, side)
    photo = Image.open(io.BytesIO((ASSETS / "photos" / PHOTO).read_bytes())).convert("RGB")
    photo.thumbnail((LONGEST, LONGEST))
    packaged = next(weights for weights in weight_sets("lite0") if weights.kind == "packaged")
    view = packaged.preprocessing.view(photo.width, photo.height)
    shown = overlay(photo, values, view, scale=evidence_scale(values, signed=False), longest=LONGEST)
    return jpeg(photo), jpeg(shown), imagenet_names()[row["chosen"]], float(row["chosen_probability"]), view
