"""Hide a part of the photo with a box, and the gates of a block follow while it is drawn."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.gate_evidence_charts import gates_before_and_after
from effnet_viz.draw.numbers import percent
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.photo_changes import MOVED
from effnet_viz.images import Photo
from effnet_viz.ui.session.seen_part import Hidden, hide_with_boxes, run_without
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Box
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown

FIRST_BOX = Box(left=0.35, top=0.35, right=0.65, bottom=0.65)
BOXES = 4
SHOWN = 5  # gates that moved most


@st.fragment
def hide_a_part(model: Model, photo: Photo, run: Capture, block: str, channel: int) -> None:
    """Drag a box: the gates of the block before and after.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: id of the chosen block.
        channel: number of the chosen gate in it.
    """
    st.markdown(f"**Hide a part of the photo, and watch the gates of block {block}**")
    left, right = st.columns(2, gap="medium")
    with left:
        boxes = hide_with_boxes(
            f"gate_box_{photo.digest[:12]}",
            photo,
            run.view,
            boxes=[FIRST_BOX],
            limit=BOXES,
            hint="Tap or drag over the photo, or drag a box, and the gates follow.",
        )
    hidden = run_without(model.key, photo.digest, boxes, model, run)
    with right:
        _before_and_after(model, run, hidden, block, channel)
    note("What is hidden is blurred. On the dashed line a gate has not moved; above it a gate opens, below it closes.")


def _before_and_after(model: Model, run: Capture, hidden: Hidden, block: str, channel: int) -> None:
    before, now = run.gates[block], hidden.gates[block]
    moves = now - before
    show_chart(
        st,
        spec=gates_before_and_after(before, now, channel),
        key="gate_moves",
        alt=f"Gates of block {block} on the photo and with the box hidden; mean move {np.abs(moves).mean():.3f}",
    )
    order = np.argsort(-np.abs(moves), kind="stable")[:SHOWN]
    listed = ", ".join(f"{channel} ({before[channel]:.3f} → {now[channel]:.3f})" for channel in order)
    best = int(run.logits.argmax())
    st.markdown(
        f"**{(np.abs(moves) > MOVED).sum():,} of {moves.size:,} gates move by more than {MOVED}.** Most: {listed}.  \n"
        f"Gate {channel} (blue): {before[channel]:.3f} → {now[channel]:.3f}. {as_markdown(model.class_names[best])}: "
        f"{percent(run.probabilities[best])} → {percent(hidden.probabilities[best])}."
    )
