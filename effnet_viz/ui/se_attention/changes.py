"""What does a gate notice? Changed copies of the photo, and how far they move the gates along the depth."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from effnet_viz.draw.evidence_words import grey_words
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.gate_evidence_charts import noticed_along_depth
from effnet_viz.draw.numbers import percent, whole_percent
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.photo_changes import CHANGES, MOVED, Noticed, notice
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import seconds_a_photo
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request

WORDS = {change: words for change, (words, _) in CHANGES.items()}
THUMBNAIL = 224  # pixels


def what_gates_notice(model: Model, photo: Photo, run: Capture, block: str, channel: int) -> None:
    """Changed copies of the photo, on request where they take long.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: id of the chosen block.
        channel: number of the chosen gate in it.
    """
    st.markdown("**Which changes of the photo move the gates, and in which blocks?**")
    noticed = on_request(
        ("noticed", model.key, photo.digest),
        lambda: len(CHANGES) * seconds_a_photo(model, photo),
        lambda progress: _noticed(model, photo, run, progress),
        label="Show the network changed copies",
        name="notice",
    )
    if noticed is not None:
        _copies(model, photo, run, noticed, block, channel)


def _noticed(model: Model, photo: Photo, run: Capture, progress) -> list[Noticed]:
    noticed = []
    for change in notice(model, photo, run):
        # What is kept is as large as what is shown of it.
        small = change.photo.image.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        noticed.append(replace(change, photo=replace(change.photo, image=small)))
        progress(len(noticed) / len(CHANGES))
    return noticed


def _copies(model: Model, photo: Photo, run: Capture, noticed: list[Noticed], block: str, channel: int) -> None:
    best = int(run.logits.argmax())
    label, before = model.class_names[best], float(run.probabilities[best])
    answers = [
        f"{percent(before)} → {percent(change.probability)}"
        + ("" if change.winner == best else f", now {model.class_names[change.winner]}")
        for change in noticed
    ]
    show_chart(
        st,
        spec=noticed_along_depth(noticed, list(run.gates), WORDS, answers),
        key="noticed",
        width="stretch",
        alt=f"Mean move of the gates of each block for {len(noticed)} changes",
    )
    note(
        f"Under each change: the probability of “{as_markdown(label)}” before and after, and the answer where "
        "it is another."
    )
    most, least = (pick(noticed, key=lambda change: change.distance(block)) for pick in (max, min))
    st.markdown(
        f"The gates of block {block} notice most: **{WORDS[most.change]}**. They move by "
        f"{most.distance(block):.2g} on average, and {whole_percent(most.share_moved(block))} of them by more than "
        f"{MOVED}. They notice least: **{WORDS[least.change]}**, {least.distance(block):.2g} on average."
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
                place=place,
                label=WORDS[change.change],
                note=f"{change.gates[block][channel]:.2f} ({change.gates[block][channel] - here:+.2f})",
            )
            for place, change in zip(sheet.places, noticed, strict=True)
        ],
        f"Changed copies of {photo.name}, with gate {channel} of block {block} on each",
        side=120,
        smooth=True,
    )
    note(f"Hidden halves are filled with {grey_words(model.preprocessing)}.")


@kept
def _copies_sheet(model_key: str, photo_digest: str, _noticed: list[Noticed]) -> Sheet:
    return pictures_sheet([change.photo.image for change in _noticed])
