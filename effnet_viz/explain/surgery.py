"""SE surgery: overrule the gates, and see how the answer changes. The network itself is never altered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy
import torch
from numpy import ndarray
from torch import Tensor

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.hooks import Change
from effnet_viz.explain.capture import Capture, probabilities_of, to_batch
from effnet_viz.explain.checks import check_target
from effnet_viz.explain.model import Model

MODES = ("unchanged", "ones", "photo_mean", "shuffled", "given")


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """What is done to the gates of one block.

    Attributes:
        mode: `unchanged` leaves them; `ones` opens all, as if the block had no SE; `photo_mean` gives every
            channel the mean gate of this photo, so that none is preferred; `shuffled` hands them to other channels;
            `given` puts `gates` in their place.
        gates: `(C,)` for the mode `given`: the mean of reference photos, or another photo's.
        channels: channel to the gate that it gets, whatever the mode.
        seed: of the shuffling.
    """

    mode: str = "unchanged"
    gates: ndarray | None = None
    channels: Mapping[int, float] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode!r}; it can be {', '.join(MODES)}.")
        if (self.mode == "given") != (self.gates is not None):
            raise ValueError(f"mode is {self.mode!r}; gates belong to the mode 'given', and only to it.")

    @property
    def changes_something(self) -> bool:
        return self.mode != "unchanged" or bool(self.channels)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What the network says after surgery.

    Attributes:
        logits: `(num_classes,)`.
        gates: block id to the gates as they acted, `(C,)`, from the first operated block on; before it nothing
            changed.
    """

    logits: ndarray
    gates: Mapping[str, ndarray]

    @property
    def probabilities(self) -> ndarray:
        """Softmax of the logits, or the sigmoid where there is one class; `(num_classes,)`."""
        return probabilities_of(self.logits)


def operate(model: Model, run: Capture, operations: Mapping[str, Operation]) -> Outcome:
    """Run the network with overruled gates, from the first operated block on.

    Blocks behind an operated one compute their gates anew from what they get.

    Args:
        model: the model that made the capture.
        run: the capture.
        operations: block id to what is done to its gates.

    Raises:
        ValueError: a block without SE, a channel that it does not have, a gate outside 0 to 1, or gates of another
            length.
    """
    wanted = {block: operation for block, operation in operations.items() if operation.changes_something}
    for block, operation in wanted.items():
        _check(model, run, block, operation)
    if not wanted:
        return Outcome(logits=run.logits, gates=run.gates)
    blocks = run.blocks
    first = min(wanted, key=blocks.index)
    behind = [block for block in run.gates if blocks.index(block) >= blocks.index(first)]
    x = to_batch(run.block_input(first), model.device)
    change = {f"{block}.se.gate": _surgeon(operation) for block, operation in wanted.items()}
    with model.lock:
        wanted_ids = [*(f"{block}.se.gate" for block in behind), CLASSIFIER]
        seen = model.runner.run(x, wanted_ids, start=first, change=change)
        logits = to_array(seen[CLASSIFIER])
        gates = {block: to_array(seen[f"{block}.se.gate"]).reshape(-1) for block in behind}
    return Outcome(logits=logits, gates=MappingProxyType(gates))


@dataclass(frozen=True, kw_only=True)
class KnockOut:
    """What happens to one class when one block's SE is disabled.

    Attributes:
        block: the block's id.
        logit_change: of the class's logit.
        probability_change: of its probability, -1 to 1.
        winner: index of the class that is most probable then.
    """

    block: str
    logit_change: float
    probability_change: float
    winner: int


def knock_outs(model: Model, run: Capture, target: int | None = None) -> Iterator[KnockOut]:
    """Disable the SE of each block in turn (all its gates at 1), one result a block as it is found.

    Each run begins at the block in question: what comes before is taken from the capture. The model's lock is free
    between two results.

    Args:
        model: the model that made the capture.
        run: the capture.
        target: index of the class; None takes the most probable.

    Raises:
        ValueError: no such class.
    """
    check_target(model, target)
    target = int(run.logits.argmax()) if target is None else target
    before = float(run.probabilities[target])
    for block in run.gates:
        outcome = operate(model, run, {block: Operation(mode="ones")})
        yield KnockOut(
            block=block,
            logit_change=float(outcome.logits[target] - run.logits[target]),
            probability_change=float(outcome.probabilities[target]) - before,
            winner=int(outcome.logits.argmax()),
        )


def _check(model: Model, run: Capture, block: str, operation: Operation) -> None:
    if block not in run.gates:
        raise ValueError(
            f"Block {block!r} of {model.spec.title} has no squeeze-and-excitation; blocks that have "
            f"it: {', '.join(run.gates) or 'none'}."
        )
    channels = run.gates[block].size
    if operation.gates is not None and operation.gates.shape != (channels,):
        raise ValueError(f"gates for block {block} have the shape {operation.gates.shape}; it takes ({channels},).")
    for channel, gate in operation.channels.items():
        if not 0 <= channel < channels:
            raise ValueError(f"channel is {channel}; block {block} has gates 0 to {channels - 1}.")
        if not 0.0 <= gate <= 1.0:
            raise ValueError(f"the gate of channel {channel} is {gate}; a gate lies between 0 and 1.")


def _surgeon(operation: Operation) -> Change:
    """The function from a block's gates, `(1, C, 1, 1)`, to those that act in their place."""

    def change(gates: Tensor) -> Tensor:
        if operation.mode == "ones":
            gates = torch.ones_like(gates)
        elif operation.mode == "photo_mean":
            gates = gates.mean(dim=1, keepdim=True).expand_as(gates)
        elif operation.mode == "shuffled":
            order = numpy.random.default_rng(operation.seed).permutation(gates.shape[1])
            gates = gates[:, torch.from_numpy(order).to(gates.device)]
        elif operation.mode == "given":
            given = numpy.array(operation.gates, dtype=numpy.float32)
            gates = torch.from_numpy(given).to(gates).reshape(gates.shape)
        gates = gates.clone()
        for channel, gate in operation.channels.items():
            gates[:, channel] = gate
        return gates

    return change
