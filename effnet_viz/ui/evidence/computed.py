"""What the evidence page computes, once for everybody who asks the same."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import streamlit as st

from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture, over_input
from effnet_viz.draw.maps import jpeg, png
from effnet_viz.engine.progress import Progress
from effnet_viz.explain import Capture, ClassEvidence, Model
from effnet_viz.explain.evidence_question import EvidenceQuestion, question_of
from effnet_viz.explain.methods import METHODS
from effnet_viz.images import Photo
from effnet_viz.images.view import large_part
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.models_and_runs import evidence_key, evidence_of, explain
from effnet_viz.ui.widgets.page_parts import error_sentence
from effnet_viz.ui.widgets.pass_times import known_for_a_while, seconds_of
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.weights.memory import memory_to_explain

LONGEST, SMALL = 1000, 360  # pixels: longer side of the large picture, side of the small ones


@dataclass(frozen=True, kw_only=True, eq=False)
class EvidenceRequest:
    """What the visitor asks: of which network, about which photo, for which class, at which layer."""

    model: Model
    photo: Photo
    run: Capture
    target: int
    against: int | None
    layer: str

    def key(self, method: str) -> tuple[Hashable, ...]:
        """Stands for a method's map in the cache."""
        return evidence_key(self.model, self.run, self.target, self.layer, self.against, method)

    @property
    def label(self) -> str:
        """The class's name."""
        return self.model.class_names[self.target]

    @property
    def why(self) -> str:
        """What the map is to explain."""
        if self.against is None:
            return self.label
        return f"{self.label} rather than {self.model.class_names[self.against]}"

    @property
    def probability(self) -> float:
        """Of the class, on the whole photo."""
        return float(self.run.probabilities[self.target])

    @property
    def question(self) -> EvidenceQuestion:
        """The same as methods take it."""
        return question_of(self.model, self.run, self.target, self.against, self.layer)

    @property
    def prefix(self) -> str:
        """Beginning of the names of downloaded files."""
        return f"{self.model.spec.name}_{self.target}_{self.layer}"


def mistakes_as_sentences(view: Callable[[EvidenceRequest], None]) -> Callable[[EvidenceRequest], None]:
    """A part of the page that says what is wrong and lets the rest go on; a fragment's errors reach nobody else."""

    @functools.wraps(view)
    def shown(asked: EvidenceRequest) -> None:
        try:
            view(asked)
        except (ValueError, RuntimeError) as error:
            error_sentence(error)

    return shown


def quick_evidence(asked: EvidenceRequest, method: str = "grad_cam") -> ClassEvidence:
    """The map of a method that takes about one run of the network.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.

    Raises:
        ValueError: the method cannot be had here, or the weights are not numbers.
    """
    return evidence_of(asked.model, asked.run, asked.target, asked.layer, asked.against, method)


def evidence_of_stages(
    asked: EvidenceRequest, blocks: Sequence[str], progress: Progress = lambda share: None
) -> list[ClassEvidence]:
    """Grad-CAM at several blocks, such as each stage's last, for about the price of the first alone.

    Args:
        asked: network, photo and class.
        blocks: ids of the blocks, in the order in which they run.
        progress: told which share of the work is done, from 0 to 1.
    """
    from effnet_viz.explain.stage_evidence import grad_cams_of

    with _room_for_a_block(asked, blocks[0]):
        maps = grad_cams_of(asked.model, asked.run, blocks, asked.target, asked.against, progress)
    return [maps[block] for block in blocks]


def seconds_of_stages(asked: EvidenceRequest, blocks: Sequence[str]) -> float:
    """How long `evidence_of_stages` will take: one gradient serves all blocks, as far back as the earliest of them.

    Args:
        asked: network, photo and class.
        blocks: ids of the blocks, in the order in which they run.
    """
    from effnet_viz.explain.pass_time import seconds_back_to

    def measure() -> float:
        with _room_for_a_block(asked, blocks[0]):
            return seconds_back_to(asked.model, asked.run, blocks[0])

    return known_for_a_while(("back", asked.model.key, blocks[0]), measure)


def _room_for_a_block(asked: EvidenceRequest, first: str) -> AbstractContextManager[None]:
    """Memory for a gradient that goes back to a block, a block at a time."""
    spec, side = asked.model.spec, asked.run.input.shape[-1]
    back_to = asked.run.blocks[asked.run.blocks.index(first) :]
    behind = [memory_to_explain(spec, side, block) for block in back_to]
    needed = max(one - other for one, other in pairwise([*behind, 0]))
    return BUDGET.room_for(needed, f"These maps of {spec.title}")


def compute(asked: EvidenceRequest, method: str, progress: Progress = lambda share: None) -> ClassEvidence:
    """A method's map, computed now.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
        progress: told which share of the work is done, from 0 to 1.
    """
    return explain(
        asked.model, asked.run, method, target=asked.target, against=asked.against, layer=asked.layer, progress=progress
    )


def evidence_or_offer(asked: EvidenceRequest, method: str, name: str) -> ClassEvidence | None:
    """The map if it is quick or kept; else an offer to compute it, and the map once that is taken up.

    Args:
        asked: the question.
        method: name of the method.
        name: tells several offers on a page apart.
    """
    chosen = METHODS[method]
    if reason := chosen.missing(asked.model, block_name(asked)):
        st.info(reason, icon=":material/info:")
        return None
    if not chosen.slow:
        return quick_evidence(asked, method)
    return on_request(
        asked.key(method),
        lambda: seconds_of_method(asked, method),
        lambda progress: compute(asked, method, progress),
        label="Compute",
        name=name,
        kind=method,
    )


def block_name(asked: EvidenceRequest) -> str:
    """The block of the chosen layer."""
    from effnet_viz.explain.capture import block_of

    return block_of(asked.model, asked.layer)


def seconds_of_method(asked: EvidenceRequest, method: str) -> float:
    """How long a method will take: its passes, each as long as such a one takes now.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
    """
    question = asked.question
    return METHODS[method].passes(question) * seconds_of(question, METHODS[method].kind_of_pass)


def large_picture(asked: EvidenceRequest, method: str, evidence: ClassEvidence, style: EvidenceStyle) -> bytes:
    """The evidence over the whole photo, as JPEG.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
        evidence: the method's map.
        style: how the map is painted.
    """
    return _picture(asked.key(method), style, "JPEG", evidence, asked.photo)


def large_png(asked: EvidenceRequest, method: str, evidence: ClassEvidence, style: EvidenceStyle) -> bytes:
    """The same as PNG, for downloads.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
        evidence: the method's map.
        style: how the map is painted.
    """
    return _picture(asked.key(method), style, "PNG", evidence, asked.photo)


@kept
def _picture(
    key: tuple[Hashable, ...], style: EvidenceStyle, form: str, _evidence: ClassEvidence, _photo: Photo
) -> bytes:
    photo, view = large_part(_photo.image, _evidence.view)
    drawn = evidence_picture(photo, _evidence.values, view, style, longest=LONGEST)
    return png(drawn) if form == "PNG" else jpeg(drawn)


def small_picture(asked: EvidenceRequest, method: str, evidence: ClassEvidence, signed: bool) -> bytes:
    """The evidence over the square that the network saw, as JPEG.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
        evidence: the method's map.
        signed: whether what speaks against the class is shown too.
    """
    return _small_picture(asked.key(method), signed, evidence, asked)


@kept
def _small_picture(key: tuple[Hashable, ...], signed: bool, _evidence: ClassEvidence, _asked: EvidenceRequest) -> bytes:
    seen = _asked.model.preprocessing.input_image(_asked.photo)
    return jpeg(over_input(seen, _evidence.values, signed=signed, side=SMALL))


def raw_map(evidence: ClassEvidence) -> bytes:
    """The map and what belongs to it as an NPZ archive."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        values=evidence.values,
        target=evidence.target,
        layer=evidence.layer,
        method=evidence.method,
        against=-1 if evidence.against is None else evidence.against,
        box=np.array(evidence.view.box),
        photo_size=np.array(evidence.view.photo_size),
    )
    return buffer.getvalue()


def settings(asked: EvidenceRequest, method: str, style: EvidenceStyle) -> str:
    """Everything that is needed to make the picture again, as JSON.

    Args:
        asked: network, photo, class and layer.
        method: name of the method, such as `grad_cam`.
        style: how the map is painted.
    """
    return json.dumps(
        {
            "network": asked.model.spec.title,
            "weights": asked.model.provenance.label,
            "photo": asked.photo.name,
            "photo_sha256": asked.photo.digest,
            "class": asked.label,
            "target": asked.target,
            "against": asked.against,
            "layer": asked.layer,
            "method": method,
            "probability": asked.probability,
            "look": style.__dict__,
        },
        indent=2,
    )
