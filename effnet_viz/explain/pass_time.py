"""How long a network takes on this machine now, for estimates before slow work: each kind of pass is tried."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import groupby, pairwise

import torch

from effnet_viz.architecture import BlockPlan, plan
from effnet_viz.explain.capture import Capture, capture
from effnet_viz.explain.evidence_question import EvidenceQuestion
from effnet_viz.explain.methods.batches import batch_size
from effnet_viz.explain.methods.kinds_of_pass import GRADIENT, KindOfPass
from effnet_viz.explain.model import Model
from effnet_viz.explain.stage_evidence import further_back
from effnet_viz.images import Photo
from effnet_viz.sharing.turns import Turns

LONG = 0.25  # seconds; a pass that takes longer is tried once, and alone: many at once gain it little
TRIES, ENOUGH_S = 10, 0.1  # of a pass, at most: the first makes the engine ready and does not count
LARGE_MACS = 10e9  # of a network whose passes are tried on a picture of half the side, to answer within a second
FARTHER = 1.2  # times as long as its multiply-adds say the whole picture takes then, as its values come from memory
A_PART = 0.05  # seconds; a stage that takes longer is tried once, as there are many and all are tried
MACS_A_VALUE = 100  # multiply-adds that take a gradient as long as one value of a layer does, of six networks


def seconds_a_pass(model: Model, side: int, batch: int = 1) -> float:
    """Seconds that one photo takes, as the median of a few runs; a long one runs once.

    Args:
        model: the network.
        side: side of the square input, in pixels.
        batch: how many photos run at once; a small network takes less for each of many.
    """

    def run(count: int) -> None:
        with model.lock:
            model.runner.logits(_blank(model, count, side)).cpu()

    return _each(run, batch, model.lock)


def seconds_a_photo(model: Model, photo: Photo) -> float:
    """Seconds from a photo to its answer and its gates, as where many photos are run one after the other.

    Args:
        model: the network.
        photo: one of them.
    """
    return tried(lambda: capture(model, photo, keep=()), model.lock)


def seconds_of(question: EvidenceQuestion, kind: KindOfPass) -> float:
    """Seconds that one pass of a kind takes, of the many that a method of class evidence makes.

    Args:
        question: which network, and at which layer.
        kind: what runs.
    """
    model, whole = question.model, question.images.shape[-1]
    side = side_tried(question, kind)
    factor = plan(model.spec, whole).macs / plan(model.spec, side).macs
    if side < whole and kind is not GRADIENT:  # of a gradient's time, less grows with the picture
        factor *= FARTHER
    blank = _blank(model, 1, side) if side < whole else question.images
    # A gradient keeps what every layer gave, so several at once would take hundreds of megabytes for an estimate.
    size = 1 if kind is GRADIENT else batch_size(model, side, None if kind.from_images else question.block)
    return factor * _each(lambda count: kind.run(question, blank, count), max(1, size // 4), model.lock)


def seconds_back_to(model: Model, run: Capture, block: str) -> float:
    """Seconds that the gradient takes from the answer back to a block's output.

    Of every stage behind it one block is tried, the dearest, and stands for the others of its stage. A gradient writes
    and reads what every layer gave, so values count beside multiply-adds; but how long either takes is not the same
    where maps are large and where channels are many, and early blocks alone told up to twice too much.

    Args:
        model: the model that made the capture.
        run: the capture; the block's output was kept.
        block: id of the block.
    """
    planned = plan(model.spec, run.input.shape[-1])
    behind = [(before, planned.block(later)) for before, later in pairwise(run.blocks[run.blocks.index(block) :])]
    seconds, told, in_all = 0.0, 0.0, 0.0
    for _, stage in groupby(behind, key=lambda pair: pair[1].stage):
        pairs = list(stage)
        costs = sum(_cost_of_gradient(one) for _, one in pairs)
        in_all += costs
        possible = [pair for pair in pairs if pair[0] in run.activations]
        if possible:
            before, dearest = max(possible, key=lambda pair: _cost_of_gradient(pair[1]))
            back = partial(further_back, model, run, before, dearest.id, _blank_slopes(model, dearest))
            seconds += tried(back, model.lock, A_PART) * costs / _cost_of_gradient(dearest)
            told += costs
    return seconds * in_all / told if told else 0.0


def _cost_of_gradient(block: BlockPlan) -> float:
    return sum(math.prod(layer.out_shape) for layer in block.layers) + block.macs / MACS_A_VALUE


def _blank_slopes(model: Model, block: BlockPlan) -> torch.Tensor:
    return torch.ones(1, *block.out_shape, device=model.device)


def side_tried(question: EvidenceQuestion, kind: KindOfPass) -> int:
    """Side of the picture that `seconds_of` tries a pass on: half of the network's own where that is large.

    Args:
        question: which network.
        kind: what runs.
    """
    side = question.images.shape[-1]
    return side // 2 if kind.from_images and plan(question.model.spec, side).macs > LARGE_MACS else side


def _blank(model: Model, count: int, side: int) -> torch.Tensor:
    return torch.zeros(count, model.spec.in_channels, side, side, device=model.device)


def _each(run: Callable[[int], object], batch: int, lock: Turns) -> float:
    """Seconds of one of `batch` that run at once."""
    alone = tried(lambda: run(1), lock)
    return alone if alone > LONG or batch == 1 else tried(lambda: run(batch), lock) / batch


def tried(run: Callable[[], object], lock: Turns, most: float = 4 * LONG) -> float:
    """Seconds that something takes: the median of a few times, or the only time of something long.

    Args:
        run: does it once.
        lock: of the device. The wait for it is not counted, as whoever foretells knows how many share it.
        most: seconds after which it is not tried once more.
    """
    taken: list[float] = []
    with lock:  # once for all: every page shows an offer, and in a class would wait for others before each try
        while len(taken) < TRIES and sum(taken[1:]) < ENOUGH_S and sum(taken) < most:
            lock.let_others()
            began = time.perf_counter()
            run()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:] or taken)


def seconds_to_try(one: float) -> float:
    """Seconds that `tried` takes, where trying is part of slow work.

    Args:
        one: seconds of what is tried.
    """
    return one * min(TRIES, 1 + math.ceil(ENOUGH_S / one), math.ceil(4 * LONG / one))
