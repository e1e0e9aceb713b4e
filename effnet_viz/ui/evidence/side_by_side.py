"""Maps side by side on one photo: of methods, layers, or networks; and how far they agree."""

from __future__ import annotations

import streamlit as st

from effnet_viz.architecture import list_variants
from effnet_viz.draw.evidence_words import all_negative_words
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.trust_charts import agreement_chart
from effnet_viz.explain import ClassEvidence, Model
from effnet_viz.explain.methods import METHODS
from effnet_viz.explain.similarity import pairwise_similarity
from effnet_viz.ui.evidence.choice import layer_title
from effnet_viz.ui.evidence.computed import (
    EvidenceRequest,
    block_name,
    evidence_of_stages,
    evidence_or_offer,
    quick_evidence,
    seconds_of_stages,
    small_picture,
)
from effnet_viz.ui.session import chosen, models_and_runs
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose, choose_some, choose_toggle
from effnet_viz.weights.catalogue import best_on_this_machine

MOST = 4
KINDS = {"methods": "Methods", "layers": "Layers", "networks": "Networks"}
FIRST_METHODS = ["grad_cam", "layer_cam", "eigen_cam", "saliency"]


def side_by_side(asked: EvidenceRequest) -> None:
    """Two to four pictures in a row, of one photo and one class."""
    kind = choose(st.segmented_control, "Compare", KINDS, key="compared_kind", default="methods", required=True)
    signed = choose_toggle("Also show what speaks against the class, for methods that can tell", key="compared_signed")
    {"methods": _methods, "layers": _layers, "networks": _networks}[kind](asked, signed)


def _methods(asked: EvidenceRequest, signed: bool) -> None:
    there = [name for name, method in METHODS.items() if not method.missing(asked.model, block_name(asked))]
    picked = choose_some(
        "Methods",
        {name: METHODS[name].title for name in there},
        key="compared_methods",
        default=[name for name in FIRST_METHODS if name in there],
        limit=MOST,
    )
    maps: dict[str, ClassEvidence] = {}
    for name, column in zip(picked, st.columns(max(2, len(picked))), strict=False):
        with column:
            st.markdown(f"**{METHODS[name].title}**")
            evidence = evidence_or_offer(asked, name, f"compared_{name}")
            if evidence is not None:
                maps[name] = evidence
                _picture(asked, name, evidence, signed)
            note(METHODS[name].sentence)
    _missing(asked)
    if len(maps) >= 2:
        _agreement(maps)


def _agreement(maps: dict[str, ClassEvidence]) -> None:
    titles = [METHODS[name].title for name in maps]
    matrix = pairwise_similarity([evidence.values for evidence in maps.values()])
    left, right = st.columns([2, 1], gap="medium")
    with left:
        show_chart(
            st,
            spec=agreement_chart(titles, matrix),
            width="stretch",
            key="method_agreement",
            alt="How alike the maps are: rank correlation of each pair",
        )
    with right:
        pairs = [
            (matrix[row, column], titles[row], titles[column]) for row in range(len(titles)) for column in range(row)
        ]
        least, most = min(pairs), max(pairs)
        st.markdown(
            f"Most alike: **{most[1]}** and **{most[2]}** ({most[0]:.2f}). "
            + (f"Least: **{least[1]}** and **{least[2]}** ({least[0]:.2f})." if len(pairs) > 1 else "")
        )
        note(
            "Rank correlation of each pair of maps on the coarser grid: 1 means the same order of places, 0 none in "
            "common. Agreement is not truth: methods that are built alike agree even when they are wrong."
        )


def _missing(asked: EvidenceRequest) -> None:
    """Why some methods are not offered."""
    reasons = [(method.title, method.missing(asked.model, block_name(asked))) for method in METHODS.values()]
    reasons = [(title, reason) for title, reason in reasons if reason]
    if reasons:
        with st.expander("Methods that are not possible here"):
            for title, reason in reasons:
                st.markdown(f"**{title}.** {reason}")


def _layers(asked: EvidenceRequest, signed: bool) -> None:
    blocks = list(asked.model.network.blocks())
    spread = [blocks[round(share * (len(blocks) - 1))] for share in (0.25, 0.5, 0.8, 1.0)]
    picked = choose_some(
        "Layers",
        {block: layer_title(block, blocks) for block in blocks},
        key="compared_layers",
        default=list(dict.fromkeys(spread)),
        limit=MOST,
    )
    ordered = sorted(picked, key=blocks.index)
    key = ("layers", asked.model.key, asked.photo.digest, asked.target, asked.against, *ordered)
    maps = on_request(
        key,
        lambda: seconds_of_stages(asked, ordered) if ordered else 0.0,
        lambda progress: evidence_of_stages(asked, ordered, progress) if ordered else [],
        label="Grad-CAM from these layers",
        name="layers",
        kind="stages",
    )
    if maps is None:
        return
    for layer, column in zip(picked, st.columns(max(2, len(picked))), strict=False):
        with column:
            st.markdown(f"**{layer_title(layer, blocks)}**")
            there = EvidenceRequest(**{**asked.__dict__, "layer": layer})
            evidence = maps[ordered.index(layer)]
            _picture(there, "grad_cam", evidence, signed)
            note(f"{evidence.values.shape[0]} × {evidence.values.shape[1]} cells")
    note(
        "Grad-CAM from each layer. The nearer a layer is to the decision, the larger its cells and the more they "
        "depend on the class."
    )


def _networks(asked: EvidenceRequest, signed: bool) -> None:
    here = [name for name in list_variants() if best_on_this_machine(name) is not None]
    own = chosen.chosen_variant()
    options = [own, *(name for name in here if name != own)]
    picked = choose_some(
        "The chosen network, and others with trained weights on this machine",
        {name: chosen.variant_title(name) for name in options},
        key="compared_networks",
        default=options[:3],
        limit=MOST,
    )
    bar = st.empty()
    for done, (name, column) in enumerate(zip(picked, st.columns(max(2, len(picked))), strict=False)):
        bar.progress(done / len(picked), text=f"Loading and running {chosen.variant_title(name)}")
        with column:
            st.markdown(f"**{chosen.variant_title(name)}**")
            try:
                there = asked if name == own else _same_question(asked, _network(name, asked.model.device))
                evidence = quick_evidence(there)
            except ValueError as error:
                error_sentence(error)
                continue
            _picture(there, "grad_cam", evidence, signed)
            note(
                f"Last convolution · {as_markdown(there.model.provenance.label)}"
                if there is not asked
                else f"Layer {asked.layer} · {as_markdown(there.model.provenance.label)}"
            )
    bar.empty()


def _network(name: str, device: str) -> Model:
    weights = best_on_this_machine(name)
    return models_and_runs.model_of(weights.spec, weights.name, device)


def _same_question(asked: EvidenceRequest, model: Model) -> EvidenceRequest:
    """The question put to another network, at its last convolution; the class is found by its name.

    Raises:
        ValueError: the other network does not know the class.
    """
    if asked.model.class_names == model.class_names:
        target, against = asked.target, asked.against
    elif asked.label in model.class_names:
        target, against = model.class_names.index(asked.label), None
    else:
        raise ValueError(f"{model.spec.title} does not know the class {asked.label}.")
    return EvidenceRequest(
        model=model,
        photo=asked.photo,
        run=models_and_runs.run_of(model, asked.photo),
        target=target,
        against=against,
        layer=str(model.spec.head_stage),
    )


def _picture(asked: EvidenceRequest, method: str, evidence: ClassEvidence, signed: bool) -> None:
    signed = signed and METHODS[method].signed
    turned = evidence.nothing_positive and not signed
    show_picture(
        small_picture(asked, method, evidence, signed or turned),
        alt=f"{METHODS[method].title} for {asked.why} at {evidence.layer}",
    )
    if turned:
        note(all_negative_words(METHODS[method], as_markdown(asked.why)))
    note(f"{as_markdown(asked.label)} {percent(asked.probability)}")
