"""Evidence by taking something away: pieces of the photo, or channels of squeeze-and-excitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from effnet_viz.engine.progress import Progress
from effnet_viz.explain.capture import has_se
from effnet_viz.explain.evidence_question import EvidenceQuestion
from effnet_viz.explain.methods.batches import batch_size, counted, in_batches
from effnet_viz.explain.model import Model

WINDOWS_ACROSS = 5


def occlusion(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Drop of the score when a sliding window shows the mean colour; each pixel gets the mean of its windows.

    The map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the windows that is done, 0 to 1.
    """
    images = question.images
    side = images.shape[2]
    window, stride = window_of(side)
    starts = range(0, side - window + stride, stride)  # the last window may end outside
    places = [(slice(top, top + window), slice(left, left + window)) for top in starts for left in starts]

    def scores_of(start: int, stop: int) -> Tensor:
        return question.score_of_images(greyed(images, places[start:stop]))

    total, times = images.new_zeros(2, side, side)
    with torch.no_grad():
        scores = in_batches(len(places), batch_size(question.model, side), scores_of, progress)
        for place, drop in zip(places, question.score_of_images(images) - scores, strict=True):
            total[place] += drop
            times[place] += 1
    return total / times


def greyed(images: Tensor, places: Sequence[tuple[slice, slice]]) -> Tensor:
    """Copies of an input, each with one rectangle in the colour that normalisation takes to zero; `(N, C, H, W)`.

    Args:
        images: the normalised input, `(1, C, H, W)`.
        places: rows and columns of each copy's rectangle, N in all.
    """
    copies = images.repeat(len(places), 1, 1, 1)
    for copy, (rows, columns) in zip(copies, places, strict=True):
        copy[:, rows, columns] = 0
    return copies


def window_of(side: int) -> tuple[int, int]:
    """Side and stride of the window in pixels: a fifth of the input, moved by half of itself."""
    window = max(2, side // WINDOWS_ACROSS)
    return window, max(1, window // 2)


def occlusion_passes(question: EvidenceQuestion) -> int:
    """One run for every place of the window, and one without."""
    side = question.images.shape[2]
    window, stride = window_of(side)
    return (-(-(side - window) // stride) + 1) ** 2 + 1


def se_ablation(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Drop of the score when a channel's gate is closed, laid where the channel is active; `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the gates that is done, 0 to 1.
    """
    maps, drops = se_channel_drops(question, progress)
    share = maps.abs()
    share = share / share.sum(dim=(1, 2), keepdim=True).clamp(min=1e-12)
    return (drops[:, None, None] * share).sum(dim=0)


def se_channel_drops(question: EvidenceQuestion, progress: Progress) -> tuple[Tensor, Tensor]:
    """What SE lets through, `(C, H, W)`, and the drop of the score for every gate that is closed, `(C,)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the gates that is done, 0 to 1.
    """
    from captum.attr import FeatureAblation

    se = f"{question.block}.se"
    with torch.no_grad():
        with question.model.lock:
            seen = question.model.runner.run(question.block_input, [f"{se}.gate", se], start=question.block)
        gates = seen[f"{se}.gate"].flatten(1)  # (1, C)
        size = batch_size(question.model, question.images.shape[2], question.block)
        score = counted(
            lambda open_gates: question.score_with(f"{se}.gate", open_gates[:, :, None, None]),
            gates.shape[1] + 1,
            progress,
        )
        drops = FeatureAblation(score).attribute(gates, perturbations_per_eval=size)
    return seen[se][0], drops[0]


def se_is_missing(model: Model, block: str) -> str:
    """Only blocks with squeeze-and-excitation have gates to close.

    Args:
        model: the network with its preprocessing.
        block: id of the block that the question is about.
    """
    if has_se(model, block):
        return ""
    if not model.spec.has_se:
        return f"{model.spec.title} has no squeeze-and-excitation, so there are no gates to close."
    return f"Layer {block} has no squeeze-and-excitation; choose one of the MBConv blocks as the layer."


def se_passes(question: EvidenceQuestion) -> int:
    """One run of what lies behind the gates for every gate, and one with all of them open."""
    expand: Any = question.model.network.layer(f"{question.block}.se.expand")
    return expand.out_channels + 1
