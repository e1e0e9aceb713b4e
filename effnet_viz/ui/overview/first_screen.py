"""The first screen: a photo, the most probable classes, the evidence, the network drawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan, StagePlan, plan
from effnet_viz.draw.diagram import WIDTHS, network_diagram
from effnet_viz.draw.evidence_words import framed_words
from effnet_viz.draw.feature_pictures import pictures_sheet, summary_image
from effnet_viz.draw.maps import Scale, jpeg, overlay, png
from effnet_viz.images import Photo
from effnet_viz.ui.navigation import page_path
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.diagram import layouts, show_diagram
from effnet_viz.ui.widgets.page_parts import millions
from effnet_viz.ui.widgets.plain_text import as_markdown

if TYPE_CHECKING:  # that room imports torch, for which the photo need not wait on a fresh server
    from effnet_viz.explain import Capture, ClassEvidence, Model, Prediction

PICTURE = 420  # pixels, longer side of the two photos
MOMENT = 84  # pixels, side of a picture in the journey
OPACITY = 0.55


def best_classes(model: Model, run: Capture, count: int) -> list[Prediction]:
    """The most probable classes, best first.

    Args:
        model: the network.
        run: the network's run on the photo.
        count: how many.
    """
    from effnet_viz.explain import predictions_of

    return predictions_of(model, run, count)


def predictions_bars(predictions: Sequence[Prediction]) -> None:
    """The most probable classes, each with a bar as long as it is probable; readable in the narrowest column."""
    with st.container(key="predictions", gap="xsmall"):
        for prediction in predictions:
            label = as_markdown(prediction.label)
            st.progress(prediction.probability, text=f"{label} **{prediction.probability:.1%}**")


@kept
def evidence_picture(model_key: str, photo_digest: str, target: int, _evidence: ClassEvidence, _photo: Photo) -> bytes:
    """The evidence over the whole photo, as JPEG.

    Args:
        model_key: stands for the network.
        photo_digest: stands for the photo.
        target: index of the class.
        _evidence: the map of this class.
        _photo: the photo.
    """
    colour_map, scale = "magma", Scale(low=0.0, high=float(_evidence.values.max()))
    if scale.high <= 0:
        colour_map, scale = "diverging", None
    return jpeg(
        overlay(
            _photo.image,
            _evidence.values,
            _evidence.view,
            colour_map=colour_map,
            opacity=OPACITY,
            scale=scale,
            longest=2 * PICTURE,
        )
    )


def evidence_says(evidence: ClassEvidence) -> str:
    """What the colours of the evidence picture mean."""
    if evidence.values.max() <= 0:
        return (
            "Everything speaks against this class: the signed map is shown, blue against it, white at zero "
            "(Grad-CAM at the last convolution)."
        )
    words = (
        "The brighter, the more a place speaks for the class (Grad-CAM at the last convolution, from zero to the "
        "map's maximum)."
    )
    return f"{words} {framed_words(evidence.view)}".strip()


@kept
def photo_picture(photo_digest: str, _photo: Photo) -> bytes:
    """The photo itself, reduced to the size it is shown at; small ones enlarged in crisp squares.

    Args:
        photo_digest: stands for the photo.
        _photo: the photo.
    """
    from PIL import Image

    image = _photo.image
    factor = 2 * PICTURE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    if factor > 2:
        return png(image.resize(size, Image.Resampling.NEAREST))
    return jpeg(image.resize(size, Image.Resampling.LANCZOS))


def journey_strip(model: Model, photo: Photo, run: Capture) -> None:
    """One picture for every stage, from the input to the head.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    drawn = _plan_of(model, run)
    sheet, tiles = _journey(model.key, photo.digest, run, drawn)
    picked = pick_tile(
        "overview_journey",
        sheet,
        tiles,
        "What each stage made of the photo, from left to right; a click opens it in Feature maps",
        side=MOMENT,
        on_pick=lambda index: None,
    )
    if picked is not None:
        st.switch_page(page_path("feature_maps"), query_params={"block": _last_block(drawn.stages[picked]).id})


def _last_block(stage: StagePlan) -> BlockPlan:
    """The block whose picture stands for a stage: the last one, and of the head the convolution."""
    return stage.blocks[0] if stage.kind == "head" else stage.blocks[-1]


@kept
def _journey(model_key: str, photo_digest: str, _run: Capture, _plan: Plan) -> tuple[bytes, list[Tile]]:
    lasts = [(stage, _last_block(stage)) for stage in _plan.stages]
    pictures = [summary_image(_run.activations[block.id], "mean") for _, block in lasts]
    sheet = pictures_sheet(pictures)
    tiles = [
        Tile(
            place=place,
            label=_stage_name(stage.kind, stage.id),
            note=f"{block.out_shape[1]}² × {block.out_shape[0]:,}",
            title=f"mean absolute activation of {block.out_shape[0]:,} channels",
        )
        for place, (stage, block) in zip(sheet.places, lasts, strict=True)
    ]
    return sheet.png, tiles


def _stage_name(kind: str, stage_id: str) -> str:
    return {"stem": "stem", "head": "head"}.get(kind, f"stage {stage_id}")


@lru_cache(maxsize=32)
def _layouts(drawn: Plan) -> list[dict[str, object]]:
    return layouts([network_diagram(drawn, width=width) for width in WIDTHS])


def network_card(model: Model, run: Capture) -> None:
    """What the network is, in one drawing and one line.

    Args:
        model: the network.
        run: the network's run on the photo.
    """
    network_plan = _plan_of(model, run)
    show_diagram("overview_diagram", _layouts(network_plan))
    st.caption(
        f"{millions(network_plan.params)} parameters · {millions(network_plan.macs)} multiply-adds (MACs) for "
        f"one photo at {network_plan.resolution}×{network_plan.resolution}"
    )


def _plan_of(model: Model, run: Capture) -> Plan:
    """The plan at the resolution that the photo went in with."""
    return plan(model.spec, run.input.shape[-1])


def travelled_block(model: Model) -> str:
    """Id of a block with every step that the network has, for the film of a photo's way through it."""
    from effnet_viz.lessons.bottleneck import opening_block  # imports torch

    return opening_block(plan(model.spec)).id
