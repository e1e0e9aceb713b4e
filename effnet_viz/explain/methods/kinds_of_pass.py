"""What slow methods run again and again: a whole network on a picture, a gradient, or what lies behind a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from effnet_viz.explain.evidence_question import EvidenceQuestion


@dataclass(frozen=True)
class KindOfPass:
    """One kind.

    Attributes:
        name: tells it from the others.
        run: makes so many passes at once, as a method does. The second argument is a picture, `(1, in_channels, H, W)`,
            of any size.
        from_images: whether the whole network runs on the picture.
    """

    name: str
    run: Callable[[EvidenceQuestion, Tensor, int], object]
    from_images: bool


def _pictures(question: EvidenceQuestion, images: Tensor, count: int) -> None:
    question.score_of_images(images.repeat(count, 1, 1, 1))


def _gradients(question: EvidenceQuestion, images: Tensor, count: int) -> None:
    from captum.attr import Saliency

    with torch.enable_grad():
        Saliency(question.differentiable_score).attribute(images.repeat(count, 1, 1, 1).requires_grad_())


def _behind(question: EvidenceQuestion, images: Tensor, count: int) -> None:
    question.score_with(question.at, question.activation().repeat(count, 1, 1, 1))


def _gates(question: EvidenceQuestion, images: Tensor, count: int) -> None:
    expand: Any = question.model.network.layer(f"{question.block}.se.expand")
    question.score_with(f"{question.block}.se.gate", question.block_input.new_ones(count, expand.out_channels, 1, 1))


PICTURE = KindOfPass("picture", _pictures, from_images=True)
GRADIENT = KindOfPass("gradient", _gradients, from_images=True)
BEHIND_LAYER = KindOfPass("behind a layer", _behind, from_images=False)
BEHIND_GATES = KindOfPass("behind gates", _gates, from_images=False)
