"""What every block and every step costs on this machine: measured time beside counted work and moved bytes."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from effnet_viz.architecture import BlockPlan, LayerPlan, Plan, plan
from effnet_viz.displayed import Displayed
from effnet_viz.engine.machine import Machine, machine, reaches
from effnet_viz.engine.runner import runner_of
from effnet_viz.engine.stopwatch import time_in_onnx_runtime, time_in_pytorch
from effnet_viz.network import EfficientNet

ROUNDS, MOST_ROUNDS = 11, 1000  # the median of a thousand is that of a million
LARGEST_BATCH = 256  # photos at once: what a batch changes shows long before, and B0's take 6 GB then
LONG_ENOUGH = 50e-6  # seconds of a step whose speed may lift the roof of the machine
WORTH_A_SENTENCE = 0.05  # of the time: a kind of step that takes less is not what to learn from
DEAR = 1.5  # times its share of the multiply-adds: a kind of step that takes so much time is worth a word

KINDS = {  # words for the kinds of steps, for sentences
    "stem_head": "the first and the last convolution",
    "fused_mbconv": "fused convolutions",
    "depthwise": "depthwise convolutions",
    "pointwise": "1×1 convolutions",
    "se": "squeeze-and-excitation",
    "classifier": "pooling and classifier",
}
BETWEEN = "adding skips and moving data"  # what is in no step, in the same sentences


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a step, a block or all steps of a kind cost for a whole batch.

    Attributes:
        id: of step or block, or the kind.
        kind: one of `LAYER_KINDS` for a step, the block's kind for a block.
        macs: multiply-adds.
        bytes: read and written at least: the input and the parameters once, the output once; SE reads its maps twice.
        seconds: measured, the median of several runs.
        share: of the time of the whole network, 0 to 1.
        macs_share: of its multiply-adds, 0 to 1.
    """

    id: str
    kind: str
    macs: int
    bytes: int
    seconds: float
    share: float
    macs_share: float

    @property
    def macs_per_byte(self) -> float:
        """Arithmetic intensity: what is computed with each byte that is moved."""
        return self.macs / self.bytes

    @property
    def macs_per_second(self) -> float:
        """How fast it computes here."""
        return self.macs / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Profile(Displayed):
    """A network's costs on this machine.

    Attributes:
        plan: the network at its resolution.
        batch: photos that ran at once.
        engine: which engine ran, for people.
        machine: the two roofs.
        rounds: runs that the medians are over.
        blocks: what each block cost, in order; the residual sums and what the engine rearranges in memory are in them.
        steps: what each step cost, in order.
    """

    plan: Plan
    batch: int
    engine: str
    machine: Machine
    rounds: int
    blocks: tuple[Cost, ...]
    steps: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """Of the whole network for the batch."""
        return sum(block.seconds for block in self.blocks)

    @property
    def seconds_outside_steps(self) -> float:
        """In no step: residual sums, and what the engine rearranges in memory."""
        return max(0.0, self.seconds - sum(step.seconds for step in self.steps))

    @cached_property
    def kinds(self) -> tuple[Cost, ...]:
        """All steps of each kind together, most time first."""
        kinds = dict.fromkeys(step.kind for step in self.steps)
        sums = [_sum(kind, [step for step in self.steps if step.kind == kind]) for kind in kinds]
        return tuple(sorted(sums, key=lambda cost: -cost.seconds))

    def bound(self, cost: Cost) -> str:
        """Which roof a step lies under: `memory` where moving its bytes takes longer than its arithmetic."""
        return "memory" if cost.macs_per_byte < self.machine.balance else "compute"

    def rows(self, level: str = "blocks") -> list[dict[str, Any]]:
        """A table, one row a block, step or kind of step.

        Raises:
            ValueError: no such level.
        """
        levels = {"blocks": self.blocks, "steps": self.steps, "kinds": self.kinds}
        if level not in levels:
            raise ValueError(f"level is {level!r}; it can be {', '.join(levels)}.")
        return [
            {
                "id": cost.id,
                "kind": cost.kind,
                "macs": cost.macs,
                "macs_share": cost.macs_share,
                "bytes": cost.bytes,
                "milliseconds": 1000 * cost.seconds,
                "share": cost.share,
                "macs_per_byte": cost.macs_per_byte,
                "macs_per_second": cost.macs_per_second,
                "bound": self.bound(cost),
            }
            for cost in levels[level]
        ]

    def sentence(self) -> str:
        """What is to be learned from the numbers, computed from them."""
        dear = [kind for kind in self.kinds if kind.share >= max(WORTH_A_SENTENCE, DEAR * kind.macs_share)]
        between = self.seconds_outside_steps / self.seconds
        dearest = max(self.blocks, key=lambda block: block.share)
        where = (
            f"Most time goes into block {dearest.id}: {dearest.share:.0%} of it, for {_percent(dearest.macs_share)} of "
            "the multiply-adds."
        )
        if not dear and between < WORTH_A_SENTENCE:
            return f"Time follows the multiply-adds here: no kind of step takes much more than its share. {where}"
        clauses = [
            f"{KINDS[kind.kind]}, {_percent(kind.macs_share)} of the multiply-adds and {kind.share:.0%} of the time"
            for kind in dear
        ]
        if between >= WORTH_A_SENTENCE:
            clauses.append(f"{BETWEEN}, none of the multiply-adds and {between:.0%} of the time")
        starved = [kind for kind in dear if self.bound(kind) == "memory"]
        why = ""
        if starved:
            done = " and ".join(f"{kind.macs_per_byte:.2g}" for kind in starved)
            why = (
                f" Of {_listed([KINDS[kind.kind] for kind in starved])} every byte that is moved serves only {done} "
                f"multiply-adds, and this machine could do {self.machine.balance:.2g} meanwhile: they wait for memory."
            )
        return f"What costs more than its arithmetic: {'; '.join(clauses)}.{why} {where}"


def beside(left: Profile, right: Profile) -> str:
    """What a second network costs beside a first one, computed from the numbers.

    Args:
        left: the network that is compared with.
        right: the other, measured in the same way.
    """
    time, macs = right.seconds / left.seconds, right.plan.macs / left.plan.macs
    if left.plan == right.plan:
        return f"{left.plan.spec.title} twice: the second takes {_times(time)} the time of the first, by chance."
    words = (
        f"{right.plan.spec.title} takes {_times(time)} the time of {left.plan.spec.title} here, for {_times(macs)} "
        "the multiply-adds."
    )
    before, after = (
        {KINDS[kind.kind]: kind.seconds for kind in profile.kinds} | {BETWEEN: profile.seconds_outside_steps}
        for profile in (left, right)
    )
    gaps = {words: after.get(words, 0.0) - before.get(words, 0.0) for words in before | after}
    widest = max(gaps, key=lambda kind: abs(gaps[kind]))
    more = "more" if gaps[widest] > 0 else "less"
    return f"{words} The largest difference: {1000 * abs(gaps[widest]):.3g} ms {more} in {widest}."


def profile_network(
    network: EfficientNet,
    resolution: int,
    *,
    batch: int = 1,
    rounds: int = ROUNDS,
    lock: AbstractContextManager[object],
    progress: Callable[[float], object],
) -> Profile:
    """Measure a network block by block and step by step.

    Args:
        network: folded, in evaluation mode.
        resolution: side of the square input, in pixels.
        batch: photos at once.
        rounds: runs that the medians are over.
        lock: held for one run at a time.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: a resolution that cannot be planned, less than one photo or run, or too many of them.
    """
    if batch < 1 or rounds < 1:
        raise ValueError(f"batch is {batch} and rounds is {rounds}; both must be at least 1.")
    if batch > LARGEST_BATCH:
        raise ValueError(f"batch is {batch}; it can be 1 to {LARGEST_BATCH} photos at once.")
    if rounds > MOST_ROUNDS:
        raise ValueError(f"rounds is {rounds}; it can be 1 to {MOST_ROUNDS:,} runs.")
    planned = plan(network.spec, resolution)
    steps = [layer for block in planned.blocks for layer in block.layers]
    device = network.classifier.weight.device
    x = torch.randn(
        (batch, network.spec.in_channels, resolution, resolution), generator=torch.Generator().manual_seed(0)
    ).to(device)
    engine = runner_of(network).engine
    with lock:
        roofs = machine(str(device))
    if engine == "PyTorch":
        laps = time_in_pytorch(network, x.contiguous(memory_format=torch.channels_last), rounds, lock, progress)
    else:
        laps = time_in_onnx_runtime(network, x, [layer.id for layer in steps], rounds, lock, progress)
    seconds = {name: statistics.median(times) for name, times in (laps.parts | laps.steps).items()}
    blocks = {block.id: statistics.median(laps.parts[block.id]) for block in planned.blocks}
    total = sum(blocks.values())

    def cost(part: LayerPlan | BlockPlan, moved: int, taken: float) -> Cost:
        return Cost(
            id=part.id,
            kind=part.kind,
            macs=batch * part.macs,
            bytes=moved,
            seconds=taken,
            share=taken / total,
            macs_share=part.macs / planned.macs,
        )

    costs = tuple(cost(layer, layer.bytes_moved(batch), seconds.get(layer.id, 0.0)) for layer in steps)
    # Below that a clock of whole microseconds says little about speed.
    fastest = max((step.macs_per_second for step in costs if step.seconds >= LONG_ENOUGH), default=0.0)
    return Profile(
        plan=planned,
        batch=batch,
        engine=engine,
        machine=reaches(roofs, fastest),
        rounds=rounds,
        blocks=tuple(
            cost(block, sum(layer.bytes_moved(batch) for layer in block.layers), blocks[block.id])
            for block in planned.blocks
        ),
        steps=costs,
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"


def _times(ratio: float) -> str:
    return f"{ratio:.2f} times" if ratio < 9.95 else f"{ratio:.0f} times"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sum(kind: str, costs: list[Cost]) -> Cost:
    return Cost(
        id=kind,
        kind=kind,
        macs=sum(cost.macs for cost in costs),
        bytes=sum(cost.bytes for cost in costs),
        seconds=sum(cost.seconds for cost in costs),
        share=sum(cost.share for cost in costs),
        macs_share=sum(cost.macs_share for cost in costs),
    )
