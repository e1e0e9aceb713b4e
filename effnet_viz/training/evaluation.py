"""What a trained network can do, and what its SE gates have to do with it, measured on the held-out pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch

from effnet_viz.engine import runner_of
from effnet_viz.engine.progress import Progress
from effnet_viz.network import EfficientNet
from effnet_viz.training.loop import to_input
from effnet_viz.training.shape_formulas import Array
from effnet_viz.training.tasks import HELD_OUT_PICTURES, held_out

AT_ONCE = 32  # pictures; more take no less time for each, but memory, and whoever waits for the lock waits longer
NO_LOCK = nullcontext()  # for a network that nobody else runs


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What a network said about the held-out pictures.

    Attributes:
        logits: ``(N, classes)``.
        labels: ``(N,)``, the truth.
        gates: block id to its SE gates, ``(N, C)``; empty for a network without SE.
    """

    logits: Array
    labels: Array
    gates: Mapping[str, Array]

    @property
    def accuracy(self) -> float:
        """Share of the pictures whose class was the first guess."""
        return float((self.logits.argmax(axis=1) == self.labels).mean())


def evaluate(
    network: EfficientNet,
    task: str,
    count: int = HELD_OUT_PICTURES,
    *,
    change: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] | None = None,
    lock: AbstractContextManager = NO_LOCK,
    progress: Progress | None = None,
) -> Evaluation:
    """Show a network the held-out pictures of a task.

    Args:
        network: in evaluation mode, best a copy made by ``for_inference``.
        task: whose pictures.
        count: how many of them.
        change: layers whose output is replaced on the way, as ``watch`` takes it.
        lock: held for a few pictures at a time, where others run the same network.
        progress: told after every batch which share is done.
    """
    blocks = se_blocks(network)
    device = next(network.parameters()).device
    runner = runner_of(network)
    logits, labels, gates = [], [], {block: [] for block in blocks}
    wanted = [*(f"{block}.se.gate" for block in blocks), "classifier"]
    for batch in held_out(task, count):
        for start in range(0, len(batch.labels), AT_ONCE):
            with lock:
                x = to_input(batch.pixels[start : start + AT_ONCE], device)
                seen = runner.run(x, wanted, change=change)
            logits.append(seen["classifier"].float().cpu().numpy())
            for block in blocks:
                gates[block].append(seen[f"{block}.se.gate"].flatten(1).float().cpu().numpy())
        labels.append(batch.labels)
        if progress is not None:
            progress(sum(map(len, labels)) / count)
    return Evaluation(
        logits=np.concatenate(logits),
        labels=np.concatenate(labels),
        gates={block: np.concatenate(batches) for block, batches in gates.items()},
    )


def se_blocks(network: EfficientNet) -> list[str]:
    """Ids of the blocks that have SE, in the order they run."""
    return [block.id for block in network.spec.block_specs() if block.squeeze_channels]


def between_class_share(gates: Array, labels: Array) -> float:
    """How much of what gates do depends on the class: the mean of `between_class_shares` over the gates that move.

    Args:
        gates: ``(N, C)``.
        labels: ``(N,)``.

    Source: Squeeze-and-Excitation Networks (arXiv 1709.01507), section 7.2, shows the same by eye.
    """
    shares = between_class_shares(gates, labels)
    return float(shares[~np.isnan(shares)].mean()) if not np.isnan(shares).all() else 0.0


def between_class_shares(gates: Array, labels: Array) -> Array:
    """For every gate, its variance between classes as a share of all of it, ``(C,)``; NaN for a gate that never moves.

    By the law of total variance the variance of a gate over pictures is the mean variance within a class plus the
    variance of the class means. 0: a gate's value says nothing about the class; 1: pictures of one class all get the
    same value.

    Args:
        gates: ``(N, C)``.
        labels: ``(N,)``.
    """
    gates = gates.astype(np.float64)
    total = gates.var(axis=0)
    mean = gates.mean(axis=0)
    between = sum(
        (labels == label).mean() * (gates[labels == label].mean(axis=0) - mean) ** 2 for label in np.unique(labels)
    )
    return np.where(total > 1e-12, between / np.where(total > 1e-12, total, 1), np.nan)


def knock_out(
    network: EfficientNet,
    task: str,
    count: int = HELD_OUT_PICTURES,
    *,
    lock: AbstractContextManager = NO_LOCK,
    progress: Progress | None = None,
) -> dict[str, float]:
    """How much accuracy each SE block is worth to a trained network: what is lost when its gates stop looking.

    The gates of one block at a time are held at their mean over the held-out pictures, so they still scale the
    channels as on average, but no longer answer to the picture.

    Args:
        network: in evaluation mode.
        task: whose held-out pictures.
        count: how many of them.
        lock: held for a few pictures at a time, where others run the same network.
        progress: told which share is done.

    Returns:
        Block id to accuracy lost, in shares of all pictures; negative where the network got better.
    """
    blocks = se_blocks(network)
    runner = runner_of(network)  # held here, so that all the runs below share its sessions

    def part(number: int) -> Progress | None:
        return None if progress is None else lambda share: progress((number + share) / (len(blocks) + 1))

    whole = evaluate(runner.network, task, count, lock=lock, progress=part(0))
    lost = {}
    for number, block in enumerate(blocks, start=1):
        mean = torch.from_numpy(whole.gates[block].mean(axis=0))[None, :, None, None]
        held = evaluate(
            runner.network,
            task,
            count,
            lock=lock,
            progress=part(number),
            change={f"{block}.se.gate": lambda gate, mean=mean: mean.to(gate).expand_as(gate)},
        )
        lost[block] = whole.accuracy - held.accuracy
    return lost
