"""What the network sees of the photo, a part of which can be hidden; its answer and the film; what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from effnet_viz.draw.evidence_pictures import over_input
from effnet_viz.draw.maps import jpeg, png
from effnet_viz.draw.numbers import percent
from effnet_viz.images import Photo, View
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.overview.first_screen import travelled_block
from effnet_viz.ui.session import chosen, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.seen_part import LONGEST, Hidden, hide_with_boxes, run_without, seen_image, seen_jpeg
from effnet_viz.ui.widgets.answer_bars import Bar, answer_bars
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

if TYPE_CHECKING:  # that room imports torch
    from effnet_viz.explain import Capture, ClassEvidence, Model

SIDE = 560  # pixels of the evidence picture
BARS = 6
WHOLE = (192, 128)  # pixels of the whole photo with its frame


def draw_photo_and_evidence(model: Model, photo: Photo, run: Capture) -> None:
    """Draw ahead the pictures that `photo_and_answer` begins with, so that nobody waits for them.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    best = int(run.logits.argmax())
    _whole(photo.digest, run.view, photo)
    _evidence(model.key, photo.digest, best, models_and_runs.evidence_of(model, run, best), photo)
    seen_jpeg(photo.digest, run.view.box, LONGEST, photo)


@st.fragment
def photo_and_answer(model: Model, photo: Photo, run: Capture) -> None:
    """Photo, answer and evidence beside each other; all keep their size whatever photo it is.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    best = int(run.logits.argmax())
    seen, answer, evidence = st.columns(3, gap="medium")
    with seen:
        st.markdown("**What the network sees**")
        boxes = hide_with_boxes(
            f"hide_{photo.digest[:12]}",
            photo,
            run.view,
            limit=1,
            hint="Tap or drag to hide a part of it, then drag the box.",
        )
    with answer:
        st.markdown("**What it answers**")
        _answer(model, run, run_without(model.key, photo.digest, boxes, model, run), bool(boxes), best)
        left, right = st.columns([1, 2], gap="small", vertical_alignment="center")
        show_picture(_whole(photo.digest, run.view, photo), chosen.photo_alt(), width=WHOLE[0] // 2, place=left)
        right.caption(f"The whole photo; the network sees {'all of it' if run.view.whole else 'what is framed'}.")
        page_link(
            "architecture",
            "Watch the photo travel",
            query_params={"block": travelled_block(model), "travel": "true"},
            width="content",
        )
    with evidence:
        st.markdown("**What speaks for it**")
        try:  # what a fragment raises reaches no page
            values = models_and_runs.evidence_of(model, run, best)
        except (ValueError, RuntimeError) as error:
            error_sentence(error)
            return
        show_picture(
            _evidence(model.key, photo.digest, best, values, photo),
            f"Grad-CAM for {model.class_names[best]} over the photo",
        )
        with st.container(key="evidence_class"):
            st.markdown(f"For “{as_markdown(model.class_names[best])}”")
        note(_evidence_says(values))


def _answer(model: Model, run: Capture, hidden: Hidden, changed: bool, best: int) -> None:
    """The class of the whole photo and the most probable others now, the most probable on top."""
    order = [int(index) for index in np.argsort(-hidden.logits, kind="stable")[:BARS]]
    if best not in order:
        order[-1] = best
    shown = [
        Bar(
            index=index,
            label=model.class_names[index],
            now=float(hidden.probabilities[index]),
            before=float(run.probabilities[index]),
        )
        for index in order
    ]
    now = model.class_names[order[0]]
    said = "Nothing is hidden."
    if changed:
        said = (
            f"{model.class_names[best]}: {percent(run.probabilities[best])} → {percent(hidden.probabilities[best])}. "
        )
        said += "The answer stays." if order[0] == best else f"Now it answers “{now}”."
    answer_bars("answer", shown, alt="The most probable classes", changed=changed, said=said)


def _evidence_says(evidence: ClassEvidence) -> str:
    """What the colours of the evidence picture mean, in as many words for every photo."""
    if evidence.values.max() <= 0:
        return "Nothing does: the signed map is shown, blue speaks against (Grad-CAM at the last convolution)."
    return "The brighter, the more a place speaks for it (Grad-CAM at the last convolution, from zero)."


@kept
def _evidence(model_key: str, photo_digest: str, target: int, _evidence: ClassEvidence, _photo: Photo) -> bytes:
    """The evidence over the seen part of the photo, as JPEG."""
    seen = seen_image(_photo, _evidence.view.box)
    return jpeg(over_input(seen, _evidence.values, signed=bool(_evidence.values.max() <= 0), side=SIDE))


@kept
def _whole(photo_digest: str, view: View, _photo: Photo) -> bytes:
    """The whole photo, small and always as large; where only a part is seen, it is framed and the rest paler."""
    canvas = Image.new("RGBA", WHOLE, (0, 0, 0, 0))
    small = _photo.image.copy()
    small.thumbnail(canvas.size)
    factor = small.width / _photo.width
    if view.whole:
        canvas.paste(small, (0, (canvas.height - small.height) // 2))
        return png(canvas)
    left, top, right, bottom = (round(edge * factor) for edge in view.box)
    pale = Image.blend(small, Image.new("RGB", small.size, (128, 128, 128)), 0.6)
    frame = (max(0, left), max(0, top), min(small.width, right), min(small.height, bottom))
    pale.paste(small.crop(frame), frame)
    drawing = ImageDraw.Draw(pale)
    for inset, colour in ((0, (0, 0, 0)), (1, (255, 255, 255)), (2, (255, 255, 255))):
        drawing.rectangle(
            (frame[0] + inset, frame[1] + inset, frame[2] - 1 - inset, frame[3] - 1 - inset), outline=colour
        )
    canvas.paste(pale, (0, (canvas.height - small.height) // 2))
    return png(canvas)
