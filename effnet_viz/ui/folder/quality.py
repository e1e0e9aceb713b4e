"""How good the answers are, where photos have labels: what is confused with what, the worst photos, calibration."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.folder_charts import accuracy_bars, calibration_chart
from effnet_viz.folder.statistics import accuracy_by_class, calibration, confusion, least_sure, worst
from effnet_viz.ui.folder.answers import mosaic
from effnet_viz.ui.folder.collections import SERVER, UPLOADS
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose

WORST, CONFUSED = 12, 24  # photos
MISTAKES = 50
FIRST = 5  # classes of the answer among which the label is looked for
CLASSES = 40  # bars: the worst classes, where there are more


def quality(seen: Seen) -> None:
    """What is right and what is wrong, by class, by pair of classes and by photo.

    Args:
        seen: the photos.
    """
    entries = accuracy_by_class(seen.rows)
    if not entries:
        _how_to_label(seen)
        return
    known, labelled = calibration(seen.rows), seen.label >= 0
    right, in_top = labelled & ~seen.wrong, sum(round(entry.in_top * entry.photos) for entry in entries)
    with st.container(horizontal=True):
        st.metric("Right", f"{right.sum() / labelled.sum():.1%}", help=f"{right.sum():,} of {labelled.sum():,} photos")
        if seen.model.spec.num_classes > FIRST:
            st.metric("Label among the first five", f"{in_top / labelled.sum():.1%}")
        st.metric(
            "Calibration error",
            f"{known.error:.1%}",
            help="How far the stated probabilities are from the share of right answers, on average",
        )
    _mistakes(seen)
    st.markdown("**Worst photos: wrong, and sure of it**")
    positions = worst(seen.rows, WORST)
    if positions:
        mosaic(seen, positions, "many_worst")
        note("A click shows what spoke for the answer, and what for the label.")
    else:
        note("No photo with a label has a wrong answer.")
    left, right_side = st.columns(2, gap="medium")
    with left:
        shown = sorted(entries, key=lambda entry: (entry.right, -entry.photos))[:CLASSES]
        more = f", the worst {CLASSES} of {len(entries):,}" if len(entries) > CLASSES else ""
        st.markdown(f"**Right answers by class{more}**")
        bars = [
            {"class": seen.class_name(entry.index), "right": entry.right, "photos": entry.photos} for entry in shown
        ]
        show_chart(st, accuracy_bars(bars), key="many_accuracy", width="stretch", alt="Share of right answers by class")
    with right_side:
        st.markdown("**Do probabilities mean what they say?**")
        show_chart(
            st,
            calibration_chart(known.probability, known.right, known.photos),
            key="many_calibration",
            width="stretch",
            alt=f"Share of right answers for each tenth of probability; {known.error:.1%} off on average",
        )
        note("On the line, 70% means that 7 of 10 such answers are right. A larger dot stands for more photos.")


def _mistakes(seen: Seen) -> None:
    """Pairs of classes that are confused, and the photos of the chosen pair."""
    pairs = [(pair, count) for pair, count in confusion(seen.rows).items() if pair[0] != pair[1]][:MISTAKES]
    if not pairs:
        return
    titles = {
        f"{label}-{answer}": f"{seen.class_name(label)} is taken for {seen.class_name(answer)} ({count:,})"
        for (label, answer), count in pairs
    }
    st.markdown("**What is confused with what**")
    chosen = choose(
        st.selectbox, "Mistake", titles, key="many_mistake", default=next(iter(titles)), label_visibility="collapsed"
    )
    label, answer = (int(index) for index in chosen.split("-"))
    positions = np.flatnonzero((seen.label == label) & (seen.answer == answer))[:CONFUSED]
    mosaic(seen, [int(at) for at in positions], "many_confused")


def _how_to_label(seen: Seen) -> None:
    words = {
        UPLOADS: "Bring a folder that holds a folder for each class",
        SERVER: "Put the photos of each class into a folder with its name",
    }.get(seen.collection.kind, "Bring photos of your own in a folder that holds a folder for each class")
    st.info(
        f"These photos have no labels, so nobody can say which answers are right. {words}. Or open photos one by one "
        "and say what each shows.",
        icon=":material/label:",
    )
    st.markdown("**The photos that the network is least sure about**")
    mosaic(seen, least_sure(seen.rows, WORST), "many_worst")
