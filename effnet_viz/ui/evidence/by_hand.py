"""By hand: the student hides parts of the photo and sees what the network says then; the map and chance do the same."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from PIL import Image

from effnet_viz.draw.evidence_pictures import strongest_box
from effnet_viz.draw.maps import jpeg
from effnet_viz.draw.numbers import percent, whole_percent
from effnet_viz.explain import predictions_of
from effnet_viz.explain.manual_occlusion import HandTest, PixelBox, hand_test, hide
from effnet_viz.images import Photo
from effnet_viz.images.view import large_part
from effnet_viz.ui.evidence.computed import EvidenceRequest, mistakes_as_sentences, quick_evidence, small_picture
from effnet_viz.ui.evidence.trust import fill_picker
from effnet_viz.ui.session import models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Box, drag_boxes
from effnet_viz.ui.widgets.page_parts import error_sentence, note, small_columns
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

LONGEST = 800  # pixels of the photo that is drawn on
TOP = 3
NEARLY_ALL = 0.95  # of what the network sees
CLOSE = 0.05  # probabilities nearer than this count as equal
FOUND = 2.0  # times the odds of chance: with less, the network does not find a class


@st.fragment
@mistakes_as_sentences
def by_hand(asked: EvidenceRequest) -> None:
    """Drag boxes; prediction and map before and after, side by side."""
    evidence = quick_evidence(asked)
    # Boxes belong to a photo: another photo begins with its own.
    key = f"boxes_{asked.photo.digest[:12]}"
    part, view = large_part(asked.photo.image, evidence.view)
    first = strongest_box(evidence.values, view)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        fill = fill_picker(key="boxes_fill", default="blur")
        drawn = drag_boxes(
            key,
            _drawn_on(asked.photo.digest, evidence.view.box, part),
            f"{asked.photo.name}, to draw boxes on.",
            [_share(first, part.size)] if first else [],
        )
        note(
            "Drag over the photo to hide a part of it. The first box is the one around the strongest part of Grad-CAM."
        )
    corner = (evidence.view.box[0] - view.box[0], evidence.view.box[1] - view.box[1])
    boxes = tuple(_pixels(box, part.size, corner) for box in drawn)
    hidden = asked.photo
    if boxes:
        # What is kept may come from another visitor's file of the same content: the name is this visitor's.
        covered = _hide(asked.model.key, asked.photo.digest, boxes, fill, asked)
        hidden = replace(covered, name=f"{asked.photo.name}, partly hidden")
    after = EvidenceRequest(**{**asked.__dict__, "photo": hidden, "run": models_and_runs.run_of(asked.model, hidden)})
    with right:
        try:
            _sentence(asked, after, boxes, fill)
        except ValueError as error:
            error_sentence(error)
        _before_and_after(asked, after)


def _sentence(asked: EvidenceRequest, after: EvidenceRequest, boxes: tuple[PixelBox, ...], fill: str) -> None:
    evidence = quick_evidence(asked)
    test = hand_test(asked.model, asked.run, after.run, evidence, boxes, fill)
    if test.share == 0:
        st.header("Nothing is hidden yet", anchor=False)
        st.markdown(f"**{as_markdown(asked.label)}** has **{percent(test.before)}**.")
        return
    classes = len(asked.model.class_names) if asked.against is None else None
    among = "" if asked.against is None else f" (against {as_markdown(asked.model.class_names[asked.against])})"
    st.header(f"{as_markdown(asked.label)}: {percent(test.before)} → {percent(test.by_hand)}", anchor=False)
    st.markdown(
        f"Hidden: **{whole_percent(test.share)}** of what the network sees. **{as_markdown(asked.label)}**{among} goes "
        f"from **{percent(test.before)}** to **{percent(test.by_hand)}**. Hiding as much where Grad-CAM is strongest "
        f"gives **{percent(test.by_map)}**; at random, **{percent(test.at_random)}**. {story(test, classes)}"
    )


def story(test: HandTest, classes: int | None) -> str:
    """What the three numbers say together; `classes` are all that the answer is about, None where it is two."""
    if classes is not None and test.before * (max(classes, 2) - 1) < FOUND * (1 - test.before):
        return "The network gave the class hardly more than chance gives, so nothing follows from what is left of it."
    if test.share > NEARLY_ALL:
        return "Nearly everything is hidden, so nothing follows for one part or another."
    if min(test.by_hand, test.by_map) > 0.8 * test.before:
        return "The network still finds the class: it needs neither of the two hidden parts."
    if test.by_hand <= test.by_map + CLOSE:
        return "The boxes lower the probability at least as much as hiding what the map marks."
    if test.by_map < test.at_random:
        return "Hiding what the map marks lowers the probability more than the boxes do."
    return "Hiding what the map marks lowers the probability no more than hiding places at random."


def _before_and_after(asked: EvidenceRequest, after: EvidenceRequest) -> None:
    for column, side, title in zip(small_columns("before_after", 2), (asked, after), ("Before", "After"), strict=True):
        with column:
            evidence = quick_evidence(side)
            show_picture(
                small_picture(side, "grad_cam", evidence, evidence.nothing_positive),
                alt=f"{title}: Grad-CAM for {asked.why}",
            )
            lines = [
                f"{as_markdown(prediction.label)} **{percent(prediction.probability)}**"
                for prediction in predictions_of(side.model, side.run, TOP)
            ]
            st.markdown(f"**{title}**  \n" + "  \n".join(lines))
    signs = " If no place speaks for it, the signed map is shown." if quick_evidence(after).nothing_positive else ""
    note(f"Grad-CAM for {as_markdown(asked.why)}, each in its own range.{signs}")


@kept
def _drawn_on(photo_digest: str, box: PixelBox, _part: Image.Image) -> bytes:
    factor = LONGEST / max(_part.size)
    return jpeg(_part.resize((max(1, round(_part.width * factor)), max(1, round(_part.height * factor)))))


@kept
def _hide(model_key: str, photo_digest: str, boxes: tuple[PixelBox, ...], fill: str, _asked: EvidenceRequest) -> Photo:
    return hide(_asked.photo, boxes, _asked.model.preprocessing, fill)


def _share(box: PixelBox, size: tuple[int, int]) -> Box:
    (left, top, right, bottom), (width, height) = box, size
    return Box(left=left / width, top=top / height, right=right / width, bottom=bottom / height)


def _pixels(box: Box, size: tuple[int, int], corner: tuple[float, float]) -> PixelBox:
    """A box on what is shown of a photo, which has this size and begins at this place of it, in photo pixels."""
    (width, height), (x, y) = size, corner
    return (x + box.left * width, y + box.top * height, x + box.right * width, y + box.bottom * height)
