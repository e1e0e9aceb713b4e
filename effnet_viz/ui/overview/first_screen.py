"""The first screen around photo and answer: its title, the journey through the network, the network drawn."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan, StagePlan, plan
from effnet_viz.draw.diagram import STAGES, WIDTHS, network_diagram
from effnet_viz.draw.feature_pictures import pictures_sheet, summary_image
from effnet_viz.images import Photo
from effnet_viz.ui.navigation import page_path
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.diagram import layouts, show_diagram
from effnet_viz.ui.widgets.page_parts import millions
from effnet_viz.ui.widgets.plain_text import as_markdown

if TYPE_CHECKING:  # that room imports torch, for which the photo need not wait on a fresh server
    from effnet_viz.explain import Capture, Model

TILE = 82  # CSS pixels, least width of a picture in the journey where they do not stand in one row
_STYLE = f"<style>{(Path(__file__).parent / 'frontend' / 'overview.css').read_text(encoding='utf-8')}</style>"


def steady_title(words: str) -> None:
    """The title, as high for a long name of a photo as for a short one.

    Args:
        words: in Markdown.
    """
    st.html(_STYLE)
    with st.container(key="overview_title"):
        st.title(words, anchor=False)


def draw_journey_and_network(model: Model, photo: Photo, run: Capture) -> None:
    """Draw ahead what `journey_strip` and `network_card` show, so that nobody waits for it.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    network_plan = _plan_of(model, run)
    _journey(model.key, photo.digest, run, network_plan)
    _layouts(network_plan)


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
        side=TILE,
        filled=True,
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
            note=f"{block.out_shape[1]}² ×\u202f{block.out_shape[0]:,}",  # stays together where the line is broken
            title=f"mean absolute activation of {block.out_shape[0]:,} channels",
        )
        for place, (stage, block) in zip(sheet.places, lasts, strict=True)
    ]
    return sheet.png, tiles


def _stage_name(kind: str, stage_id: str) -> str:
    return {"stem": "stem", "head": "head"}.get(kind, f"stage {stage_id}")


@lru_cache(maxsize=32)
def _layouts(drawn: Plan) -> list[dict[str, object]]:
    draw = partial(network_diagram, drawn)
    return layouts([draw(width=width) for width in WIDTHS], [draw(width=width, stage=True) for width in STAGES])


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
        f"one photo at {network_plan.resolution}×{network_plan.resolution} · "
        + as_markdown(f"Weights: {model.provenance.label}. {model.provenance.detail}".rstrip())
        + ("" if model.runner.refused else f" {model.runner.engine} answered.")
    )


def _plan_of(model: Model, run: Capture) -> Plan:
    """The plan at the resolution that the photo went in with."""
    return plan(model.spec, run.input.shape[-1])


def travelled_block(model: Model) -> str:
    """Id of a block with every step that the network has, for the film of a photo's way through it."""
    from effnet_viz.lessons.bottleneck import opening_block  # imports torch

    return opening_block(plan(model.spec)).id
