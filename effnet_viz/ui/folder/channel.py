"""What excites a channel: the photos in which it is most active, and what closes or opens its gate on them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import streamlit as st
from numpy import ndarray
from PIL import Image

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.folder_pictures import piece, squares_sheet
from effnet_viz.draw.network_words import whole_picture_reaches
from effnet_viz.draw.numbers import counted
from effnet_viz.explain.channel_feeders import ChannelFeeders, channel_feeders
from effnet_viz.explain.gate_evidence import evidence_from
from effnet_viz.folder.exciters import Exciter, exciters
from effnet_viz.sharing.cores import cores
from effnet_viz.ui.folder.computed import seconds_a_file
from effnet_viz.ui.folder.seen import Seen
from effnet_viz.ui.folder.sheets import gate_sheet, thumbnail
from effnet_viz.ui.session.byte_cache import CACHE, kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose, choose_channel

FIRST_BLOCK, FIRST_CHANNEL = "6.2", 17
FEEDERS = 4  # inner channels that are offered
SIDE = 92  # CSS pixels: nine in a row on a laptop, so that both rows stand under each other
PATIENT = 60.0  # seconds: nine photos run as far as the block without a click


def channel(seen: Seen) -> None:
    """Choose a channel of any block; see what excites it, and the gates behind it.

    Args:
        seen: the photos.
    """
    model, shapes = seen.model, seen.rows.shapes
    titles = {block: f"Block {block}" for block in shapes} | {"1": "Stem", seen.rows.head: "Last convolution"}
    first = FIRST_BLOCK if FIRST_BLOCK in titles else [seen.rows.head, *seen.rows.gated_blocks][-1]
    left, right = st.columns(2)
    with left:
        block = choose(st.selectbox, "Block", titles, key="block", default=first)
    with right:
        count = shapes[block][0]
        number = choose_channel("Channel", count, min(FIRST_CHANNEL, count - 1))
    strongest = _exciters(seen.key, block, number, seen)
    where = {"1": "the stem", seen.rows.head: "the last convolution"}.get(block, f"block {block}")
    st.markdown(f"**What excites channel {number} of {where}** {_summary(seen, strongest)}")
    sheet = _pieces(seen.key, block, number, strongest, seen)
    pick_tile(
        "many_exciters",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"{exciter.value:.3g}",
                note=seen.class_name(int(seen.answer[exciter.position])),
                title=f"{seen.name(exciter.position)}: {exciter.value:.3f}",
            )
            for exciter, place in zip(strongest, sheet.places, strict=True)
        ],
        f"The photos in which channel {number} of {where} is most active, each cut to what excites it",
        side=SIDE,
        smooth=True,
    )
    note(
        "Each picture is what one cell of the channel's map can see of a photo through convolutions, cut to the photo: "
        "the cell with the largest value, which is written below it with the network's answer. The frame is the "
        "cell's own place."
        + (
            " Through squeeze and excitation the value also depends on the whole photo."
            if whole_picture_reaches(model.spec, block)
            else ""
        )
    )
    if block in seen.rows.gated_blocks:
        _gates(seen, block, number, strongest)
    elif seen.rows.gated_blocks:
        note("This part of the network has no squeeze and excitation, so there is no gate behind its channels.")


def _summary(seen: Seen, strongest: Sequence[Exciter]) -> str:
    """Whether its photos have one answer: then the channel speaks for it."""
    answers = [int(seen.answer[exciter.position]) for exciter in strongest]
    most = max(set(answers), key=answers.count)
    if answers.count(most) < 2 or len(answers) < 3:
        return "· its photos have many answers"
    return f"· {answers.count(most)} of its {len(answers)} photos are answered *{as_markdown(seen.class_name(most))}*"


@kept
def _exciters(key: str, block: str, channel: int, _seen: Seen) -> list[Exciter]:
    return exciters(_seen.model, _seen.rows, block, channel)


@kept
def _pieces(key: str, block: str, channel: int, _strongest: list[Exciter], _seen: Seen) -> Sheet:
    rows, columns = _seen.rows.shapes[block][1:]

    def cut(exciter: Exciter) -> Image.Image:
        photo = _seen.photo(exciter.position)
        image = thumbnail(_seen, exciter.position) if photo is None else photo.image
        width, height = (int(_seen.column(side)[exciter.position]) for side in ("width", "height"))
        cell = _seen.model.preprocessing.view(width, height).cell_box(exciter.row, exciter.column, rows, columns)
        across, down = image.width / width, image.height / height
        box, frame = (
            (left * across, top * down, right * across, bottom * down)
            for left, top, right, bottom in (exciter.box, cell)
        )
        return piece(image, box, frame)

    with ThreadPoolExecutor(cores()) as threads:
        return squares_sheet(list(threads.map(cut, _strongest)))


def _gates(seen: Seen, block: str, channel: int, strongest: Sequence[Exciter]) -> None:
    """The gated channels that make this one, and what of the same photos opens and closes their gates."""
    st.markdown("**What opens and closes its gate**")
    photos = {exciter.position: digest for exciter in strongest if (digest := seen.digest(exciter.position))}
    if not photos:
        note("The photos themselves are not here, so nothing can be said about what opens the gates on them.")
        return
    fed = _fed(seen, block, photos)
    if fed is None:
        return
    added = np.mean([feeders.of(channel) for feeders in fed], axis=0)
    best = [int(inner) for inner in np.argsort(-added, kind="stable")[:FEEDERS] if added[inner] > 0]
    if not best:
        note("No inner channel of the block adds to it at these places.")
        return
    shares = added / np.maximum(added, 0).sum()
    inner = _choose_inner(best, shares)
    maps = [evidence_from(seen.model, feeders.reduced, [inner])[0] for feeders in fed]
    sheet = gate_sheet(seen.model.key, block, inner, tuple(photos.values()), maps, seen, list(photos))
    pick_tile(
        "many_gates",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"{evidence.gate:.2f}",
                note=_rank(seen, block, inner, position),
                title=f"{seen.name(position)}: gate {evidence.gate:.3f}",
            )
            for position, evidence, place in zip(photos, maps, sheet.places, strict=True)
        ],
        f"Gate {inner} of block {block} on the same photos",
        side=SIDE,
        smooth=True,
    )
    note(
        f"Channel {channel} of the block's output is a weighted sum of {len(added):,} inner channels, each behind its "
        f"gate. At the framed places, inner channel {inner} makes {shares[inner]:.0%} of all that raises it. Below "
        f"each photo stands its gate, and the photo's place among all when the most open gate is no. 1. {sheet.says}"
    )


def _rank(seen: Seen, block: str, inner: int, position: int) -> str:
    gates = _one_gate(seen.key, block, inner, seen)
    return f"no. {1 + int((gates > gates[position]).sum()):,} of {len(gates):,}"


@kept
def _one_gate(key: str, block: str, inner: int, _seen: Seen) -> ndarray:
    column = f"gate.{block}"
    return _seen.rows.entries({column: [inner]})[column][:, 0]


def _choose_inner(best: Sequence[int], shares: ndarray) -> int:
    """One of the inner channels that add most."""
    titles = {inner: f"Gate {inner} · {shares[inner]:.0%}" for inner in best}
    if st.session_state.get("many_inner") not in titles:
        st.session_state["many_inner"] = best[0]
    return st.segmented_control(
        "Inner channels that raise it most", list(titles), format_func=titles.get, key="many_inner", required=True
    )


def _fed(seen: Seen, block: str, photos: dict[int, str]) -> list[ChannelFeeders] | None:
    """What feeds the channels of a block on some photos; one run as far as the block for each that is new."""
    model = seen.model
    keys = {position: ("channel feeders", model.key, digest, block) for position, digest in photos.items()}
    new = [position for position, key in keys.items() if CACHE.peek(key) is None]

    def work(progress) -> list[ChannelFeeders]:
        places = dict(zip(photos, _places(seen.key, block, tuple(photos), seen), strict=True)) if new else {}

        def feeders(position: int) -> ChannelFeeders:
            return channel_feeders(model, seen.opened(position), block, places[position])

        fed = []
        for done, position in enumerate(photos, start=1):
            fed.append(CACHE.get(keys[position], lambda position=position: feeders(position)))
            progress(done / len(photos))
        return fed

    if not new:
        return work(lambda share: None)
    return on_request(
        ("channels fed", model.key, block, tuple(photos.values())),
        lambda: len(new) * seconds_a_file(model, seen.key, lambda: seen.opened(new[0])),
        work,
        label=f"Block {block} on {counted(len(photos), 'photo')}",
        name="fed",
        patience=PATIENT,
    )


@kept
def _places(key: str, block: str, positions: tuple[int, ...], _seen: Seen) -> ndarray:
    return _seen.rows.numbers(f"place.{block}")[list(positions)]
