"""What does a gate notice? Changed copies of the photo, and a box that the visitor drags over it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.gate_evidence_charts import gates_before_and_after, noticed_along_depth
from effnet_viz.draw.vega import specification
from effnet_viz.explain import Capture, Model, capture
from effnet_viz.explain.manual_occlusion import PixelBox, hide
from effnet_viz.explain.photo_changes import CHANGES, MOVED, Noticed, notice
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import charts
from effnet_viz.ui.widgets.clickable_images import Box, Tile, drag_boxes, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.slow_work import on_request, seconds_a_pass

WORDS = {change: words for change, (words, _) in CHANGES.items()}
LONGEST = 640  # pixels of the photo that boxes are drawn on
FIRST_BOX = Box(left=0.35, top=0.35, right=0.65, bottom=0.65)
THUMBNAIL = 224  # pixels
SHOWN = 5  # gates that moved most


def what_gates_notice(model: Model, photo: Photo, run: Capture, block: str, channel: int) -> None:
    """Changed copies first, then the visitor's own box.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: id of the chosen block.
        channel: number of the chosen gate in it.
    """
    st.markdown("**Which changes of the photo do gates notice, and where along the depth?**")
    noticed = on_request(
        ("noticed", model.key, photo.digest),
        len(CHANGES) * seconds_a_pass(model, run),
        lambda progress: _noticed(model, photo, run, progress),
        label="Show the network changed copies",
        place="notice",
    )
    if noticed is not None:
        _copies(model, photo, run, noticed, block, channel)
    _box(model, photo, run, block, channel)


def _noticed(model: Model, photo: Photo, run: Capture, progress) -> list[Noticed]:
    found = []
    for one in notice(model, photo, run):
        # What is kept is as large as what is shown of it.
        small = one.photo.image.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        found.append(replace(one, photo=replace(one.photo, image=small)))
        progress(len(found) / len(CHANGES))
    return found


def _copies(model: Model, photo: Photo, run: Capture, noticed: list[Noticed], block: str, channel: int) -> None:
    best = int(run.logits.argmax())
    label, before = model.class_names[best], float(run.probabilities[best])
    answers = [
        f"{label} {before:.2f} → {one.probability:.2f}"
        + ("" if one.winner == best else f", now {model.class_names[one.winner]}")
        for one in noticed
    ]
    (chart,) = charts(
        ("noticed", model.key, photo.digest), lambda: [noticed_along_depth(noticed, list(run.gates), WORDS, answers)]
    )
    st.vega_lite_chart(
        spec=chart,
        key="noticed",
        width="stretch",
        alt=f"Mean move of the gates of each block for {len(noticed)} changes",
    )
    most, least = (pick(noticed, key=lambda one: one.distance(block)) for pick in (max, min))
    st.markdown(
        f"The gates of block {block} notice most that the photo is **{WORDS[most.change]}** "
        f"({most.share_moved(block):.0%} of them move by more than {MOVED}), and least that it is "
        f"**{WORDS[least.change]}** ({least.share_moved(block):.0%})."
    )
    st.markdown(
        f"**Gate {channel} of block {block} on each copy** (on the photo itself: {run.gates[block][channel]:.2f})"
    )
    sheet = _copies_sheet(model.key, photo.digest, noticed)
    here = float(run.gates[block][channel])
    pick_tile(
        "changed_copies",
        sheet.png,
        [
            Tile(
                x=place.x,
                y=place.y,
                width=place.width,
                height=place.height,
                label=WORDS[one.change],
                note=f"{one.gates[block][channel]:.2f} ({one.gates[block][channel] - here:+.2f})",
            )
            for place, one in zip(sheet.places, noticed, strict=True)
        ],
        f"Changed copies of {photo.name}, with gate {channel} of block {block} on each",
        side=120,
        smooth=True,
    )
    note("Hidden halves are filled with the mean colour of the training images.")


@kept
def _copies_sheet(model_key: str, photo_digest: str, _noticed: list[Noticed]) -> Sheet:
    return pictures_sheet([one.photo.image for one in _noticed])


@st.fragment
def _box(model: Model, photo: Photo, run: Capture, block: str, channel: int) -> None:
    """Drag a box: the gates of the block before and after."""
    st.markdown(f"**Hide a part of the photo, and watch the gates of block {block}**")
    left, right = st.columns(2, gap="medium")
    with left:
        drawn = drag_boxes(
            f"gate_box_{photo.digest[:12]}",
            _photo(photo.digest, photo),
            f"{photo.name}, to hide a part of.",
            [FIRST_BOX],
            limit=4,
        )
    boxes = tuple(
        (box.left * photo.width, box.top * photo.height, box.right * photo.width, box.bottom * photo.height)
        for box in drawn
    )
    after = _hidden(model.key, photo.digest, boxes, model, photo, run)
    before, now = run.gates[block], after.gates[block]
    moves = now - before
    with right:
        st.vega_lite_chart(
            spec=specification(gates_before_and_after(before, now, channel)),
            key="gate_moves",
            alt=f"Gates of block {block} on the photo and with the box hidden; mean move {np.abs(moves).mean():.3f}",
        )
        order = np.argsort(-np.abs(moves), kind="stable")[:SHOWN]
        listed = ", ".join(f"{one} ({before[one]:.2f} → {now[one]:.2f})" for one in order)
        best = int(run.logits.argmax())
        st.markdown(
            f"**{(np.abs(moves) > MOVED).sum()} of {moves.size} gates move by more than {MOVED}.** Most: {listed}.  \n"
            f"Gate {channel} (blue): {before[channel]:.2f} → {now[channel]:.2f}. {model.class_names[best]}: "
            f"{run.probabilities[best]:.2f} → {after.probabilities[best]:.2f}."
        )
    note("Hidden means blurred. On the dashed line nothing has moved; above it a gate opens, below it closes.")


@kept
def _hidden(
    model_key: str, photo_digest: str, boxes: tuple[PixelBox, ...], _model: Model, _photo: Photo, _run: Capture
) -> Capture:
    return capture(_model, hide(_photo, boxes, _model.preprocessing)) if boxes else _run


@kept
def _photo(photo_digest: str, _photo: Photo) -> bytes:
    factor = LONGEST / max(_photo.image.size)
    buffer = io.BytesIO()
    size = (max(1, round(_photo.width * factor)), max(1, round(_photo.height * factor)))
    _photo.image.resize(size).save(buffer, format="JPEG", quality=88)
    return buffer.getvalue()
