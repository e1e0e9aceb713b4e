"""The evidence itself: one map over the photo, large, with everything that can be done to it; and a strip of stages."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from effnet_viz.draw.evidence_pictures import READ_CELLS, EvidenceStyle, coarse, evidence_scale, over_input, scale_says
from effnet_viz.draw.evidence_words import all_negative_words, bright_words, framed_words, question_words
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.maps import map_image, png
from effnet_viz.draw.numbers import figures, percent
from effnet_viz.engine.progress import Progress
from effnet_viz.explain import ClassEvidence
from effnet_viz.explain.methods import METHODS
from effnet_viz.images.view import large_part
from effnet_viz.ui.evidence.computed import (
    EvidenceRequest,
    block_name,
    evidence_of_stages,
    evidence_or_offer,
    large_picture,
    large_png,
    mistakes_as_sentences,
    raw_map,
    seconds_of_stages,
    settings,
)
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.colour_legend import colour_legend
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_toggle
from effnet_viz.ui.widgets.value_readout import readout_image

SHOWN = {"for": "For it", "both": "For and against"}
EVIDENCE_COLOURS = ("magma", "viridis", "grey")
MOMENT = 92  # CSS pixels of a stage's picture


def evidence(asked: EvidenceRequest) -> None:
    """The large picture, its controls, and the strip of all stages."""
    _large(asked)
    if not on_stage():
        _strip(asked)


@st.fragment
@mistakes_as_sentences
def _large(asked: EvidenceRequest) -> None:
    picture, controls = st.columns([8, 9] if on_stage() else [3, 2], gap="medium")
    with controls:
        method = method_picker(asked)
        signed_asked, style = _look(method)
    with picture:
        evidence = evidence_or_offer(asked, method, "evidence")
        if evidence is not None:
            _picture(asked, method, evidence, signed_asked, style)
    with controls:
        chosen = METHODS[method]
        st.markdown(chosen.sentence)
        with st.expander("Formula and source"):
            st.latex(chosen.formula)
            st.caption(chosen.source)
        if on_stage():  # so that the picture stays beside it
            _strip(asked)


def method_picker(asked: EvidenceRequest) -> str:
    """One of the methods that this network can have at this layer."""
    names = [name for name, method in METHODS.items() if not method.missing(asked.model, block_name(asked))]
    titles = {name: METHODS[name].title + (" (slow)" if METHODS[name].slow else "") for name in names}
    return choose(st.selectbox, "Method", titles, key="method", default=names[0])


def _look(method: str) -> tuple[bool, EvidenceStyle]:
    """Controls of how the map is drawn; none of them asks the network again."""
    signed = False
    if METHODS[method].signed:
        signed = choose(st.segmented_control, "Show", SHOWN, key="shown", default="for", required=True) == "both"
    left, right = st.columns(2)
    opacity = choose_number(left.slider, "Opacity", 0, 100, key="opacity", default=55, step=5, format="%d%%")
    threshold = choose_number(
        right.slider, "Hide what is weaker than", 0, 95, key="threshold", default=0, step=5, format="%d%%"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colours = {name: name for name in EVIDENCE_COLOURS}
        colour_map = choose(
            st.selectbox, "Colours", colours, key="colours", default=EVIDENCE_COLOURS[0], disabled=signed, width=130
        )
        contour = choose_toggle("Contour", key="contour")
        box = choose_toggle("Box around the strongest part", key="box")
    return signed, EvidenceStyle(
        colour_map=colour_map, opacity=opacity / 100, signed=signed, threshold=threshold / 100, contour=contour, box=box
    )


def _picture(asked: EvidenceRequest, method: str, evidence: ClassEvidence, signed: bool, style: EvidenceStyle) -> None:
    if evidence.flat:
        st.info(
            "The map is the same everywhere: at this layer no part of the photo is stronger than another."
            if evidence.values.size > 1
            else "At this layer the map has a single cell, so it cannot point anywhere. Choose an earlier layer.",
            icon=":material/info:",
        )
    elif evidence.nothing_positive and not signed:
        st.info(all_negative_words(METHODS[method], as_markdown(asked.why)), icon=":material/info:")
        style = EvidenceStyle(**{**style.__dict__, "signed": True})
    st.markdown(
        f"**{question_words(METHODS[method], as_markdown(asked.why))}** "
        f":small[{as_markdown(asked.label)} has {percent(asked.probability)} on this photo]"
    )
    shown = coarse(evidence.values, READ_CELLS)
    with st.container(key="pinned"):
        readout_image(
            "evidence_picture",
            large_picture(asked, method, evidence, style),
            shown,
            large_part(asked.photo.image, evidence.view)[1],
            alt=f"{METHODS[method].title} for {asked.why} over {asked.photo.name}.",
            hint="Point at the picture, or focus it and use the arrow keys, to read the map's values.",
        )
    scale = evidence_scale(evidence.values, signed=style.signed)
    colour_legend(figures(scale.low), figures(scale.high), "diverging" if style.signed else style.colour_map)
    rows, columns = evidence.values.shape
    note(
        f"{scale_says(evidence.values, scale)} The map has {rows} × {columns} cells, enlarged smoothly. "
        f"{framed_words(evidence.view)} {bright_words(METHODS[method], signed=style.signed)}"
    )
    name = f"{asked.prefix}_{method}"
    download_row(
        [
            Download(
                label="Overlay (PNG)",
                content=lambda: large_png(asked, method, evidence, style),
                name=f"{name}.png",
                mime="image/png",
            ),
            Download(
                label="Map (NPZ)",
                content=lambda: raw_map(evidence),
                name=f"{name}.npz",
                mime="application/octet-stream",
            ),
            Download(
                label="Map (PNG)",
                name=f"{name}_map.png",
                mime="image/png",
                content=lambda: png(map_image(evidence.values, colour_map="diverging", side=max(480, rows))),
            ),
            Download(
                label="Settings", content=settings(asked, method, style), name=f"{name}.json", mime="application/json"
            ),
        ]
    )


def _strip(asked: EvidenceRequest) -> None:
    """Grad-CAM from every stage's last block; a click makes it the layer."""
    blocks = list(asked.model.network.blocks())
    stages = {block.split(".")[0]: block for block in blocks}
    lasts = list(stages.values())
    signed = st.session_state.get("shown") == "both"

    def pick(index: int) -> None:
        st.session_state["layer"] = lasts[index]

    st.markdown(f"**Grad-CAM from every stage: why {as_markdown(asked.why)}?**")
    sheet = _strip_sheet(asked, signed, lasts)
    if sheet is None:
        return
    tiles = [
        Tile(
            place=place,
            label={0: "stem", len(lasts) - 1: "head"}.get(index, f"stage {stage}"),
            note=f"{asked.run.activations[block].shape[1]}² cells",
            title=f"Grad-CAM at {block}",
        )
        for index, ((stage, block), place) in enumerate(zip(stages.items(), sheet.places, strict=True))
    ]
    picked = pick_tile(
        "stages",
        sheet.png,
        tiles,
        f"Grad-CAM for {asked.why} from each stage",
        side=MOMENT,
        chosen=lasts.index(asked.layer) if asked.layer in lasts else None,
        on_pick=pick,
    )
    if picked is not None and on_stage():  # there it is a part of what runs alone, and the layer is chosen outside
        st.rerun()
    note(
        "Maps of early stages have many small cells and say little about the class, because these stages find edges "
        "and colours everywhere; maps of the last stages have few large cells and are near the decision. Each picture "
        "has its own range. Click a stage to make it the layer."
    )


def _strip_sheet(asked: EvidenceRequest, signed: bool, blocks: Sequence[str]) -> Sheet | None:
    """The stages' pictures; for a large network, once they were asked for."""

    def draw(progress: Progress) -> Sheet:
        seen = asked.model.preprocessing.input_image(asked.photo)
        return pictures_sheet(
            [
                over_input(seen, evidence.values, signed=signed or evidence.nothing_positive, side=160)
                for evidence in evidence_of_stages(asked, blocks, progress)
            ]
        )

    key = ("stages", asked.model.key, asked.photo.digest, asked.target, asked.against, signed)
    return on_request(
        key, lambda: seconds_of_stages(asked, blocks), draw, label="Grad-CAM from every stage", name="stages"
    )
