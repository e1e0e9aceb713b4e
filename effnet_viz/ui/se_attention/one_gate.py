"""Why is this gate open? One gate large, the channels that pushed it, and what it does to its own channel."""

from __future__ import annotations

import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet, maps_over_photo, normalised, pairs_sheet
from effnet_viz.draw.gate_evidence_charts import pushing_channels
from effnet_viz.draw.gate_pictures import gate_picture, gate_scale
from effnet_viz.draw.maps import Scale, jpeg, png, scale_of
from effnet_viz.draw.numbers import counted
from effnet_viz.explain import Capture, GateEvidence, Model, SqueezeExcitationSteps
from effnet_viz.explain.gate_baseline import GateBaseline
from effnet_viz.explain.gate_evidence import evidence_from
from effnet_viz.explain.reduced_maps import ReducedMaps
from effnet_viz.images import Photo
from effnet_viz.images.view import large_part
from effnet_viz.ui.se_attention.gate_elsewhere import alike, look_at_photos, on_photos
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import reduced_of, se_steps_of
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.ui.widgets.value_readout import readout_image

PUSHING, SHOWN = 10, 3  # channels in the chart, and with a map, each way
AT_ONCE = 256  # gates
WAYS = {"gate": "This gate", "mean": "Mean of the block", "difference": "Against another gate"}
SCALES = {"own": "This map", "block": "All gates of the block", "photos": "All photos below"}


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
    se = se_steps_of(model, run, block)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = choose(
            st.segmented_control, "Explain", WAYS, key="gate_way", default="gate", required=True, width="content"
        )
        against = None
        if way == "difference":
            offered = [other for other in range(se.gates.size) if other != channel]
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
    reduced = reduced_of(model, photo, run, block)
    evidence = evidence_from(model, reduced, [None if way == "mean" else channel], against)[0]
    top = st.container()
    elsewhere = None
    if scale == "photos":  # the large map is then drawn as strong as they are
        elsewhere = look_at_photos(model, photo, run, evidence)
    common = _common_scale(model, reduced, evidence, scale, elsewhere)
    with top:
        _large_beside_pushes(model, photo, evidence, float(baseline.usual(block)[channel]), common)
        _pushing_maps(model, photo, se, evidence)
        if evidence.channel is not None:
            _before_and_after(model, photo, se, channel)
    if scale != "photos":
        elsewhere = look_at_photos(model, photo, run, evidence)
    on_photos(model, photo, evidence, elsewhere, common if scale == "block" else None)
    alike(model, photo, run, baseline, block, channel)
    download_row(
        [
            Download(
                label="This map (PNG)",
                name=f"{model.spec.name}_{block}_{'mean' if evidence.channel is None else channel}.png",
                mime="image/png",
                content=lambda: png(gate_picture(evidence, photo, scale=common)),
            )
        ]
    )


def _large_beside_pushes(model: Model, photo: Photo, evidence: GateEvidence, usual: float, scale: Scale) -> None:
    block = evidence.block
    left, right = st.columns([6, 5], gap="medium")
    with left:
        readout_image(
            f"gate_map_{photo.digest[:8]}",
            _large(model.key, photo.digest, block, evidence.channel, evidence.against, scale, evidence, photo),
            evidence.values,
            large_part(photo.image, evidence.view)[1],
            f"{photo.name} with the places that open (red) and close (blue) {_words(evidence)}",
            "Point at the photo, or use the arrow keys: what each place added to the logit.",
        )
        note(
            "Red opens, blue closes, white does neither. The gate's logit (before the sigmoid) is exactly the sum: "
            f"{evidence.resting_logit:+.2f} if the mean of every map were 0, {evidence.values.sum():+.2f} from all "
            f"places, {evidence.logit:+.2f} in total. {scale.says.capitalize()}."
        )
    with right:
        _sentence(evidence, usual)
        show_chart(
            st,
            spec=pushing_channels(evidence.openers(PUSHING), evidence.closers(PUSHING)),
            key="pushes",
            alt=f"Channels that pushed {_words(evidence)}, both ways",
        )


def _words(evidence: GateEvidence) -> str:
    if evidence.channel is None:
        return f"the gates of block {evidence.block} on average"
    against = "" if evidence.against is None else f" rather than gate {evidence.against}"
    return f"gate {evidence.channel} of block {evidence.block}{against}"


def _sentence(evidence: GateEvidence, usual: float) -> None:
    """The gate's numbers, and which channels pushed it, in a sentence."""
    if evidence.gate is None:
        st.markdown(f"**What moves {_words(evidence)}**")
    else:
        st.markdown(
            f"**Gate {evidence.channel} of block {evidence.block}: {evidence.gate:.2f} here, usually {usual:.2f}.**  \n"
            f"If the mean of every map were 0, it would be {evidence.resting_gate:.2f}."
        )
    sentences = [
        f"{verb} by channel{'' if len(pushes) == 1 else 's'} {', '.join(str(channel) for channel, _ in pushes)}"
        for verb, pushes in (("opened", evidence.openers(SHOWN)), ("closed", evidence.closers(SHOWN)))
        if pushes
    ]
    one = evidence.channel is not None
    st.markdown(
        f"{'It is' if one else 'They are'} {'; '.join(sentences)}."
        if sentences
        else f"No channel opens or closes {'it' if one else 'them'}."
    )


def _common_scale(
    model: Model, reduced: ReducedMaps, evidence: GateEvidence, scale: str, elsewhere: list[GateEvidence] | None
) -> Scale:
    """What the ends of the colours stand for, for this map, all gates of the block, or the gate on all photos."""
    if scale == "photos" and elsewhere is not None:
        return gate_scale(elsewhere)
    if scale != "block":
        return gate_scale([evidence])
    gates = range(reduced.descriptor.size)  # some at a time: all pushes of a wide block would take 100 MB
    groups = [gates[start : start + AT_ONCE] for start in gates[::AT_ONCE]]
    scales = [gate_scale([evidence]), *(gate_scale(evidence_from(model, reduced, group)) for group in groups)]
    return max(scales, key=lambda scale: scale.high)


@kept
def _large(
    model_key: str,
    photo_digest: str,
    block: str,
    channel: int | None,
    against: int | None,
    scale: Scale,
    _found: GateEvidence,
    _photo: Photo,
) -> bytes:
    return jpeg(gate_picture(_found, _photo, scale=scale))


def _pushing_maps(model: Model, photo: Photo, se: SqueezeExcitationSteps, evidence: GateEvidence) -> None:
    pushes = [*evidence.openers(SHOWN), *evidence.closers(SHOWN)]
    if not pushes:
        return
    st.markdown("**Where the channels that pushed it most are active**")
    sheet = _channel_sheet(model.key, photo.digest, se.block, tuple(channel for channel, _ in pushes), se, model, photo)
    pick_tile(
        "pushing",
        sheet.png,
        [
            Tile(place=place, label=f"channel {channel}", note=f"{push:+.2f}, {'opens' if push > 0 else 'closes'}")
            for place, (channel, push) in zip(sheet.places, pushes, strict=True)
        ],
        f"Maps of the channels that pushed {_words(evidence)} most",
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
    _se: SqueezeExcitationSteps,
    _model: Model,
    _photo: Photo,
) -> Sheet:
    values = _se.before[list(channels)]
    shares, says = normalised(values, by="map", layer=scale_of(values), fixed=scale_of(values))
    return maps_over_photo(_model.preprocessing.input_image(_photo), shares, "viridis", 0.6, says)


def _before_and_after(model: Model, photo: Photo, se: SqueezeExcitationSteps, channel: int) -> None:
    sheet = _pair(model.key, photo.digest, se.block, channel, se)
    left, right = st.columns([2, 3], vertical_alignment="center", gap="medium")
    with left:
        place = sheet.places[0]
        pick_tile(
            "gate_pair",
            sheet.png,
            [Tile(place=place, label="before | after")],
            f"Map of channel {channel} before and after its gate",
            side=240,
        )
    with right:
        st.markdown(
            f"**What the gate does to its channel:** every value of map {channel} (left) is multiplied by "
            f"{se.gates[channel]:.3f} (right). The mean of the map is {se.descriptor[channel]:.3f}; all "
            f"{se.descriptor.size:,} means go through {counted(se.reduced.size, 'number')} and come back as "
            f"{se.expanded[channel]:+.3f} for this gate, of which the sigmoid makes {se.gates[channel]:.3f}."
        )


@kept
def _pair(model_key: str, photo_digest: str, block: str, channel: int, _se: SqueezeExcitationSteps) -> Sheet:
    return pairs_sheet(_se.before[[channel]], _se.after[[channel]])
