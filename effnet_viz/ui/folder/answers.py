"""The mosaic: all photos with their answers, right or wrong, and the files that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from effnet_viz.draw.numbers import counted, percent
from effnet_viz.draw.palette import GREEN, RED
from effnet_viz.folder.statistics import confusion
from effnet_viz.ui.folder.one_photo import show_photo
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.folder.sheets import sheet_of
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose, choose_page

SURE = 0.9995  # from here on a probability reads 100.0%
ON_A_PAGE, SIDE = 40, 112  # tiles, CSS pixels
GIVEN, UNSURE, WRONG = "given", "unsure", "wrong"


def answers(seen: Seen) -> None:
    """All photos with their answers; a click opens one.

    Args:
        seen: the photos.
    """
    st.markdown(_finding(seen))
    labelled = bool((seen.label >= 0).any())
    titles = {GIVEN: "As they came", UNSURE: "Least sure first"} | ({WRONG: "Wrong ones first"} if labelled else {})
    order = choose(st.segmented_control, "Order", titles, key="many_order", default=GIVEN, required=True)
    positions = _ordered(seen, order)
    pages = -(-len(positions) // ON_A_PAGE)
    first = (choose_page(pages, key="many_page") - 1) * ON_A_PAGE if pages > 1 else 0
    mosaic(seen, positions[first : first + ON_A_PAGE], "many_mosaic")
    note(
        "Each square is what the network sees of a photo. A click shows where it found its answer."
        + (" Green: the answer is the label. Red: it is another class." if labelled else "")
    )
    if seen.errors:
        st.markdown(f"**{len(seen.errors):,} file{'s' if len(seen.errors) > 1 else ''} cannot be read**")
        st.dataframe(
            table_of({"File": name, "What is wrong": error} for name, error in seen.errors.items()),
            hide_index=True,
            alt="Files that cannot be read",
        )


def mosaic(seen: Seen, positions: Sequence[int], key: str) -> None:
    """Tiles of photos with their answers, each of which opens its photo.

    Args:
        seen: the photos.
        positions: which of them, in this order.
        key: the widget's key.
    """
    if not len(positions):
        return
    sheet = sheet_of(seen, [int(position) for position in positions])
    picked = pick_tile(
        key,
        sheet.png,
        [_tile(seen, int(position), place) for position, place in zip(positions, sheet.places, strict=True)],
        f"{len(positions)} photos with the network's answers",
        side=SIDE,
        smooth=True,
        on_pick=lambda index: None,
    )
    if picked is not None and picked < len(positions):
        show_photo(seen, int(positions[picked]))


def _tile(seen: Seen, position: int, place) -> Tile:
    answer = seen.class_name(int(seen.answer[position]))
    label, wrong = int(seen.label[position]), bool(seen.wrong[position])
    words = f"{percent(seen.probability[position])} {answer}"  # the number first: long names are cut off
    shown = f"is {seen.class_name(label)}" if wrong else seen.name(position)
    return Tile(
        place=place,
        label=words,
        note=shown,
        title=f"{seen.name(position)}: {words}" + (f", in truth {seen.class_name(label)}" if wrong else ""),
        colour="" if label < 0 else RED if wrong else GREEN,
    )


def _ordered(seen: Seen, order: str) -> np.ndarray:
    if order == UNSURE:
        return np.argsort(seen.probability, kind="stable")
    if order == WRONG:  # the surest of the wrong ones first, then the others as they came
        return np.lexsort((np.where(seen.wrong, -seen.probability, 0), ~seen.wrong))
    return np.arange(len(seen.answer))


def _finding(seen: Seen) -> str:
    """The one sentence to begin with: what is confused most often, or what the network is least sure of."""
    labelled, wrong = int((seen.label >= 0).sum()), int(seen.wrong.sum())
    title = as_markdown(seen.model.spec.title)
    if labelled:
        right = f"{title} is right about **{labelled - wrong:,} of {labelled:,}** photos with a label."
        pair = next(((pair, count) for pair, count in confusion(seen.rows).items() if pair[0] != pair[1]), None)
        if pair is None:
            return right
        (label, answer), count = pair
        times = {1: "once", 2: "twice"}.get(count, f"{count:,} times")
        return (
            f"{right} It takes **{as_markdown(seen.class_name(label))}** for "
            f"**{as_markdown(seen.class_name(answer))}** most often: {times}."
        )
    at = int(seen.probability.argmin())
    top = seen.column("top_index")[at]
    if len(top) < 2:
        return f"{title} on {len(seen.answer):,} photos."
    if seen.probability[at] >= SURE:
        return f"{title} is as good as certain of its answer to each of the {counted(len(seen.answer), 'photo')}."
    first, second = (as_markdown(seen.class_name(int(index))) for index in top[:2])
    return (
        f"{title} is least sure about **{as_markdown(seen.name(at))}**: {percent(seen.probability[at])} "
        f"**{first}**, {percent(seen.column('top_probability')[at, 1])} **{second}**."
    )
