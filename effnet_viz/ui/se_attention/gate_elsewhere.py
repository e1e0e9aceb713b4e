"""The chosen gate elsewhere: on the other photos from most closed to most open, and gates that behave like it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.gate_pictures import gate_scale, gate_tiles
from effnet_viz.draw.maps import Scale
from effnet_viz.explain import Capture, GateEvidence, Model
from effnet_viz.explain.gate_baseline import GateBaseline, alike_gates
from effnet_viz.explain.gate_evidence import evidence_from
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import own_photos, photos_of, small_photo, upload_photos
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import reduced_is_here, reduced_of
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import seconds_a_photo
from effnet_viz.ui.widgets.slow_work import on_request

ALIKE = 6


def look_at_photos(model: Model, photo: Photo, run: Capture, evidence: GateEvidence) -> list[GateEvidence] | None:
    """The evidence of a gate on every photo, in the order of `_photos`; None until a slow network was asked to.

    Args:
        model: the network.
        photo: the chosen photo.
        run: the network's run on it.
        evidence: the evidence on it, which says the gate.
    """
    st.markdown("**The same gate on the other photos, from most closed to most open**")
    with st.popover("Add your photos, several at once", icon=":material/add_photo_alternate:"):
        upload_photos()
    photos = _photos(model, photo)

    def work(progress) -> list[GateEvidence]:
        maps = []
        for done, other in enumerate(photos, start=1):
            there = reduced_of(model, other, run if other.digest == photo.digest else None, evidence.block)
            maps += evidence_from(model, there, [evidence.channel], evidence.against)
            progress(done / len(photos))
        return maps

    new = sum(not reduced_is_here(model, other.digest, evidence.block) for other in photos)
    return on_request(
        (
            "gate on photos",
            model.key,
            evidence.block,
            evidence.channel,
            evidence.against,
            tuple(other.digest for other in photos),
        ),
        lambda: new * seconds_a_photo(model, photo) if new else 0.0,
        work,
        label="Look at all photos",
        name="gate_photos",
    )


def on_photos(
    model: Model, photo: Photo, evidence: GateEvidence, elsewhere: list[GateEvidence] | None, scale: Scale | None
) -> None:
    """Tiles of a gate on every photo, most closed first.

    Args:
        model: the network.
        photo: the chosen photo.
        evidence: the evidence on it, which says the gate.
        elsewhere: what `look_at_photos` gave.
        scale: what the ends of the colours stand for; the largest value of all photos by default.
    """
    if elsewhere is None:
        return
    photos = _photos(model, photo)
    order = np.argsort([evidence.logit for evidence in elsewhere], kind="stable").tolist()
    ranked, pictures = [elsewhere[index] for index in order], [photos[index] for index in order]
    scale = scale or gate_scale(ranked)
    digests = tuple(picture.digest for picture in pictures)
    sheet = _photo_sheet(
        model.key, evidence.block, evidence.channel, evidence.against, digests, scale, ranked, pictures
    )
    values = [f"{evidence.logit:+.2f}" if evidence.gate is None else f"{evidence.gate:.2f}" for evidence in ranked]
    pick_tile(
        "gate_photos",
        sheet.png,
        [
            Tile(
                place=place,
                label=value,
                note=picture.name if picture.digest != photo.digest else f"{picture.name} (chosen)",
                title=f"{picture.name}: {value}",
            )
            for place, value, picture in zip(sheet.places, values, pictures, strict=True)
        ],
        f"The same gate on {len(photos)} photos, most closed first",
        side=104,
        smooth=True,
    )
    what = "The gate on each photo." if evidence.gate is not None else "The logit on each photo, before any sigmoid."
    note(f"{what} {sheet.says}")


def _photos(model: Model, photo: Photo) -> list[Photo]:
    """The offered photos, the visitor's own and the chosen one, which may be among them, each once."""
    every = [*photos_of(model).values(), *own_photos(), photo]
    return list({photo.digest: photo for photo in every}.values())


@kept
def _photo_sheet(
    model_key: str,
    block: str,
    channel: int | None,
    against: int | None,
    digests: tuple[str, ...],
    scale: Scale,
    _found: list[GateEvidence],
    _photos: list[Photo],
) -> Sheet:
    return gate_tiles(_found, [small_photo(photo) for photo in _photos], scale)


def alike(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str, channel: int) -> None:
    """Other gates that open and close on the same photos; a click chooses one.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        baseline: gates of the photos over which gates are alike.
        block: the block's id.
        channel: number of the gate.
    """
    others = alike_gates(baseline, block, channel, ALIKE)
    st.markdown("**Another gate like this**")
    if not others:
        note("This gate hardly moves over the photos, so it cannot be compared with others.")
        return
    maps = [evidence_from(model, reduced_of(model, photo, run, block), [other])[0] for block, other, _ in others]
    sheet = _alike_sheet(model.key, photo.digest, tuple(entry[:2] for entry in others), maps, photo)

    def pick(index: int) -> None:
        st.session_state["block"], st.session_state["channel"] = others[index][:2]

    picked = pick_tile(
        "alike",
        sheet.png,
        [
            Tile(place=place, label=f"{block} · {other}", note=f"correlation {likeness:.2f}")
            for place, (block, other, likeness) in zip(sheet.places, others, strict=True)
        ],
        f"Gates that open on the same photos as gate {channel} of block {block}",
        side=104,
        smooth=True,
        on_pick=pick,
    )
    note(
        f"Correlation of the gates' values over {len(baseline.names)} photos; with so few, some gates seem alike by "
        f"chance. Click one to look at it. {sheet.says}"
    )
    if picked is not None:
        st.rerun()


@kept
def _alike_sheet(
    model_key: str, photo_digest: str, gates: tuple[tuple[str, int], ...], _found: list[GateEvidence], _photo: Photo
) -> Sheet:
    return gate_tiles(_found, [small_photo(_photo)] * len(_found))
