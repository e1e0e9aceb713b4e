"""Grad-CAM from several blocks of one network, each gradient taken from the one behind it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch
from torch import Tensor

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture, to_tensor
from effnet_viz.explain.class_evidence import ClassEvidence, evidence_from, weighted_maps
from effnet_viz.explain.evidence_question import question_of, slopes_of
from effnet_viz.explain.model import Model


def grad_cams_of(
    model: Model,
    run: Capture,
    blocks: Collection[str],
    target: int | None = None,
    against: int | None = None,
    progress: Progress = quiet,
) -> dict[str, ClassEvidence]:
    """Grad-CAM at several blocks of a finished run, for about the price of the earliest alone.

    By the chain rule the gradient at a block is the gradient at a later one, taken back through what lies between. So
    each part of the network is differentiated once, and where all outputs were kept only one block's values are in
    memory at a time.

    Args:
        model: the model that made the capture.
        run: the capture; the outputs of these blocks were kept.
        blocks: ids of blocks.
        target: index of the class; None takes the most probable.
        against: index of a second class; the maps then explain the difference of the two logits.
        progress: told after every block on the way back which share of them is done.

    Returns:
        Block id to its map, in the order in which the blocks run.

    Raises:
        ValueError: no such class or block, no block at all, or a network whose logits are not numbers.

    Source: Grad-CAM (arXiv 1610.02391), equations 1 and 2, without its ReLU.
    """
    for block in blocks:
        run.output(block)  # says which blocks there are
    if not blocks:
        raise ValueError("blocks is empty; at least 1 block is needed.")
    first, *_, last = sorted([*blocks, *blocks], key=run.blocks.index)
    between = run.blocks[run.blocks.index(first) : run.blocks.index(last)]
    steps = [block for block in reversed(between) if block in run.activations]
    question = question_of(model, run, target, against, last)
    with model.lock:  # one turn for all: a page that asked anew for each stage would wait as often
        maps, gradient = question.activation_and_gradient()
        weighted = {last: weighted_maps(maps, slopes_of(gradient))}
        for done, (block, later) in enumerate(zip(steps, [last, *steps], strict=False), start=1):
            progress(done / (len(steps) + 1))
            model.lock.let_others()
            maps, gradient = further_back(model, run, block, later, gradient)
            if block in blocks:
                weighted[block] = weighted_maps(maps, slopes_of(gradient))
    return {
        block: evidence_from(replace(question, layer=block, block=block), lambda asked: weighted[asked.block])
        for block in reversed(weighted)
    }


def further_back(model: Model, run: Capture, block: str, later: str, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """A block's output and the gradient there, from the gradient at the output of a later block.

    Args:
        model: the model that made the capture.
        run: the capture; this block's output was kept.
        block: id of the block.
        later: id of a block behind it.
        gradient: `(1, C, H, W)`, of a score with respect to the later block's output.
    """
    between = run.blocks[run.blocks.index(block) + 1 : run.blocks.index(later) + 1]
    with torch.enable_grad():
        output = to_tensor(model, run.output(block)).requires_grad_()
        given = output
        for part in between:
            given = model.network.layer(part)(given)
        (gradient,) = torch.autograd.grad((given * gradient).sum(), output)  # which leaves PyTorch's compiler alone
    return output.detach(), gradient
