"""Why is this gate open? One gate large, the channels that pushed it, its maps, and the same gate on other photos."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, maps_over_photo, normalised, pairs_sheet
from effnet_viz.draw.gate_evidence_charts import pushing_channels
from effnet_viz.draw.gate_pictures import gate_picture, gate_scale, gate_tiles
from effnet_viz.draw.maps import png, scale_of
from effnet_viz.explain import Capture, GateEvidence, Model, SqueezeExcitationTrace, capture, evidence_of_gates
from effnet_viz.explain.gate_baseline import GateBaseline, alike_gates
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import own_photos, photos_of
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.models_and_runs import run_of, trace_of
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.slow_work import on_request, seconds_a_pass
from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.ui.widgets.value_readout import readout_image

PUSHING, SHOWN = 10, 3  # channels in the chart, and with a map, each way
ALIKE = 6
AT_ONCE = 256  # gates
MOST_KEPT = 160 * 2**20  # bytes that the runs of the photos beside the chosen one may take
WAYS = {"gate": "This gate", "mean": "Mean of the block", "difference": "Against another gate"}
SCALES = {"own": "This map", "block": "All gates of the block"}


@st.fragment
def one_gate(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str, channel: int) -> None:
    """The chosen gate: where, by which channels, and on which other photos.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        baseline: gates of the photos that it is compared with.
        block: the block's id.
        channel: number of the gate.
    """
    trace = trace_of(model, run, block)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = choose(
            st.segmented_control, "Explain", WAYS, key="gate_way", default="gate", required=True, width="content"
        )
        against = None
        if way == "difference":
            offered = [one for one in range(trace.gates.size) if one != channel]
            against = st.selectbox("The other gate", offered, key="gate_against", width=130)
        scale = choose(
            st.segmented_control,
            "Colours from",
            SCALES,
            key="gate_scale",
            default="own",
            required=True,
            width="content",
        )
    found = evidence_of_gates(model, run, block, [None if way == "mean" else channel], against, trace=trace)[0]
    usual = float(baseline.usual(block)[channel])
    left, right = st.columns([6, 5], gap="medium")
    with left:
        jpeg = _large(model.key, photo.digest, block, found.channel, against, scale, model, photo, run, found)
        readout_image(
            f"gate_map_{photo.digest[:8]}",
            jpeg,
            found.values,
            found.view,
            f"{photo.name} with the places that open (red) and close (blue) {_words(found)}",
            "Point at the photo, or use the arrow keys: what each place added to the logit.",
        )
        note(
            "Red opens, blue closes, white does neither. The places add up to all that moves the logit, "
            f"exactly: {found.resting_logit:+.2f} for an empty descriptor, {found.values.sum():+.2f} from the "
            f"places, {found.logit:+.2f} in all."
        )
    with right:
        _sentence(found, usual)
        st.vega_lite_chart(
            spec=pushing_channels(found.openers(PUSHING // 2), found.closers(PUSHING // 2)),
            key="pushes",
            alt=f"Channels that pushed {_words(found)}, both ways",
        )
    _pushing_maps(model, photo, trace, found)
    if found.channel is not None:
        _before_and_after(model, photo, trace, channel)
    _other_photos(model, photo, run, baseline, block, channel)
    _alike(model, photo, run, baseline, block, channel)
    download_row(
        [
            Download(
                label="This map (PNG)",
                name=f"{model.spec.name}_{block}_{'mean' if found.channel is None else channel}.png",
                mime="image/png",
                content=lambda: png(gate_picture(found, photo)),
            )
        ]
    )


def _words(found: GateEvidence) -> str:
    if found.channel is None:
        return f"the gates of block {found.block} on average"
    against = "" if found.against is None else f" rather than gate {found.against}"
    return f"gate {found.channel} of block {found.block}{against}"


def _sentence(found: GateEvidence, usual: float) -> None:
    """The gate's numbers, and who pushed it, as one reads them aloud."""
    if found.gate is None:
        st.markdown(f"**What moves {_words(found)}**")
    else:
        st.markdown(
            f"**Gate {found.channel} of block {found.block}: {found.gate:.2f} here, usually {usual:.2f}.**  \n"
            f"An empty descriptor would leave it at {found.resting_gate:.2f}."
        )
    parts = [
        f"{verb} by channels {', '.join(str(channel) for channel, _ in pushes)}"
        for verb, pushes in (("opened", found.openers(SHOWN)), ("closed", found.closers(SHOWN)))
        if pushes
    ]
    st.markdown(f"It is {'; '.join(parts)}." if parts else "No channel pushes it either way.")


@kept
def _large(
    model_key: str,
    photo_digest: str,
    block: str,
    channel: int | None,
    against: int | None,
    scale: str,
    _model: Model,
    _photo: Photo,
    _run: Capture,
    _found: GateEvidence,
) -> bytes:
    common = gate_scale([_found])
    if scale == "block":  # some gates at a time: all pushes of a wide block would take 100 MB
        gates = range(_run.gates[block].size)
        parts = [gates[start : start + AT_ONCE] for start in gates[::AT_ONCE]]
        trace = trace_of(_model, _run, block)
        scales = [gate_scale(evidence_of_gates(_model, _run, block, part, trace=trace)) for part in parts]
        common = max([common, *scales], key=lambda one: one.high)
    buffer = io.BytesIO()
    gate_picture(_found, _photo, scale=common).save(buffer, format="JPEG", quality=88)
    return buffer.getvalue()


def _pushing_maps(model: Model, photo: Photo, trace: SqueezeExcitationTrace, found: GateEvidence) -> None:
    pushes = [*found.openers(SHOWN), *found.closers(SHOWN)]
    if not pushes:
        return
    st.markdown("**Where the channels fire that pushed it most**")
    sheet = _channel_sheet(
        model.key, photo.digest, trace.block, tuple(channel for channel, _ in pushes), trace, model, photo
    )
    pick_tile(
        "pushing",
        sheet.png,
        [
            Tile(
                x=place.x,
                y=place.y,
                width=place.width,
                height=place.height,
                label=f"channel {channel}",
                note=f"{push:+.2f}, {'opens' if push > 0 else 'closes'}",
            )
            for place, (channel, push) in zip(sheet.places, pushes, strict=True)
        ],
        f"Maps of the channels that pushed {_words(found)} most",
        side=112,
        smooth=True,
    )
    note(f"Activations before the gates, over what the network saw: dark is low, yellow is high. {sheet.says}")


@kept
def _channel_sheet(
    model_key: str,
    photo_digest: str,
    block: str,
    channels: tuple[int, ...],
    _trace: SqueezeExcitationTrace,
    _model: Model,
    _photo: Photo,
) -> Sheet:
    values = _trace.before[list(channels)]
    shares, says = normalised(values, by="map", layer=scale_of(values), fixed=scale_of(values))
    return maps_over_photo(_model.preprocessing.input_image(_photo), shares, "viridis", 0.6, says)


def _before_and_after(model: Model, photo: Photo, trace: SqueezeExcitationTrace, channel: int) -> None:
    sheet = _pair(model.key, photo.digest, trace.block, channel, trace)
    left, right = st.columns([2, 3], vertical_alignment="center", gap="medium")
    with left:
        place = sheet.places[0]
        pick_tile(
            "gate_pair",
            sheet.png,
            [Tile(x=place.x, y=place.y, width=place.width, height=place.height, label="before | after")],
            f"Map of channel {channel} before and after its gate",
            side=240,
        )
    with right:
        st.markdown(
            f"**What the gate does to its channel:** every value of map {channel} (left) is multiplied by "
            f"{trace.gates[channel]:.3f} (right). The mean of the map is {trace.descriptor[channel]:.3f}; all "
            f"{trace.descriptor.size:,} means go through {trace.reduced.size} numbers and come back as "
            f"{trace.expanded[channel]:+.3f} for this gate, of which the sigmoid makes {trace.gates[channel]:.3f}."
        )


@kept
def _pair(model_key: str, photo_digest: str, block: str, channel: int, _trace: SqueezeExcitationTrace) -> Sheet:
    return pairs_sheet(_trace.before[[channel]], _trace.after[[channel]])


def _other_photos(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str, channel: int) -> None:
    """The same gate on every other photo, from the most closed to the most open."""
    photos = photos_of(model) | {f"own-{one.digest}": one for one in own_photos()} | {"": photo}
    shown = {one.digest: one for one in photos.values()}  # the chosen photo may be one of the bundled
    st.markdown("**The same gate on the other photos, from most closed to most open**")

    # Where the runs of all photos are small they are kept for the next gate; large ones would drive out all else.
    kept_all = len(shown) * run.nbytes < MOST_KEPT

    def look(progress) -> list[GateEvidence]:
        found = []
        for done, one in enumerate(shown.values(), start=1):
            there = run if one.digest == photo.digest else (run_of if kept_all else capture)(model, one)
            found += evidence_of_gates(model, there, block, [channel])
            progress(done / len(shown))
        return found

    key = ("gate on photos", model.key, block, channel, tuple(shown))
    found = on_request(
        key, len(shown) * seconds_a_pass(model, run), look, label="Look at all photos", place="gate_photos"
    )
    if found is None:
        return
    order = np.argsort([one.logit for one in found], kind="stable").tolist()
    ranked = [found[index] for index in order]
    pictures = [list(shown.values())[index] for index in order]
    sheet = _photo_sheet(model.key, block, channel, tuple(one.digest for one in pictures), ranked, pictures)
    pick_tile(
        "gate_photos",
        sheet.png,
        [
            Tile(
                x=place.x,
                y=place.y,
                width=place.width,
                height=place.height,
                label=f"{one.gate:.2f}",
                note=picture.name if picture.digest != photo.digest else f"{picture.name} (chosen)",
                title=f"{picture.name}: gate {one.gate:.3f}",
            )
            for place, one, picture in zip(sheet.places, ranked, pictures, strict=True)
        ],
        f"Gate {channel} of block {block} on {len(shown)} photos, most closed first",
        side=104,
        smooth=True,
    )
    note(sheet.says)


@kept
def _photo_sheet(
    model_key: str, block: str, channel: int, digests: tuple[str, ...], _found: list[GateEvidence], _photos: list[Photo]
) -> Sheet:
    return gate_tiles(_found, _photos)


def _alike(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str, channel: int) -> None:
    """Other gates that open and close on the same photos."""
    alike = alike_gates(baseline, block, channel, ALIKE)
    st.markdown("**Another gate like this**")
    if not alike:
        note("This gate hardly moves over the photos, so no other can be said to be like it.")
        return
    found = [evidence_of_gates(model, run, one, [other])[0] for one, other, _ in alike]
    sheet = _alike_sheet(model.key, photo.digest, tuple(entry[:2] for entry in alike), found, photo)

    def pick(index: int) -> None:
        st.session_state["block"], st.session_state["channel"] = alike[index][:2]

    picked = pick_tile(
        "alike",
        sheet.png,
        [
            Tile(
                x=place.x,
                y=place.y,
                width=place.width,
                height=place.height,
                label=f"{one} · {other}",
                note=f"correlation {likeness:.2f}",
            )
            for place, (one, other, likeness) in zip(sheet.places, alike, strict=True)
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
    return gate_tiles(_found, [_photo] * len(_found))
