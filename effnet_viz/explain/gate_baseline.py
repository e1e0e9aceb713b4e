"""What gates usually do: their values over several photos, and how one photo differs from that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy
from numpy import ndarray

from effnet_viz.explain.capture import capture
from effnet_viz.explain.gate_statistics import Gates
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, open_sample, samples

STILL = 1e-6  # standard deviation below which a gate does not answer to the photo


@dataclass(frozen=True, kw_only=True, eq=False)
class GateBaseline:
    """The gates of several photos, to compare one with.

    Attributes:
        names: of the photos.
        gates: block id to `(photos, C)` gates.
    """

    names: tuple[str, ...]
    gates: Mapping[str, ndarray]

    def usual(self, block: str) -> ndarray:
        """Each gate's mean over the photos, `(C,)`."""
        return self.gates[block].mean(axis=0)


@dataclass(frozen=True, kw_only=True)
class MovedGate:
    """A gate on one photo beside its usual value.

    Attributes:
        block: the block's id.
        channel: index of the gate.
        gate: on this photo, 0 to 1.
        usual: the mean over the photos of the baseline, 0 to 1.
    """

    block: str
    channel: int
    gate: float
    usual: float

    @property
    def moved(self) -> float:
        """How far this photo opens the gate beyond its usual value; negative where it closes it."""
        return self.gate - self.usual


def gate_baseline(
    model: Model, photos: Iterable[Photo] | None = None, progress: Callable[[float], object] | None = None
) -> GateBaseline:
    """Run a network on several photos and keep their gates.

    Args:
        model: the network with its preprocessing.
        photos: what is usual; the photos that come with the project by default.
        progress: told after every photo which share is done.

    Raises:
        ValueError: there are no photos.
    """
    chosen: list[str | Photo] = [sample.name for sample in samples()] if photos is None else list(photos)
    if not chosen:
        raise ValueError("photos is empty; it takes at least one.")
    names, runs = [], []
    for done, choice in enumerate(chosen, start=1):
        photo = open_sample(choice) if isinstance(choice, str) else choice
        names.append(photo.name)
        runs.append(capture(model, photo, keep=()).gates)
        if progress is not None:
            progress(done / len(chosen))
    return baseline_of(names, runs)


def baseline_of(names: Sequence[str], photos: Sequence[Gates]) -> GateBaseline:
    """The same from gates that are there already, one mapping a photo.

    Args:
        names: of the photos.
        photos: for each photo its gates, block id to `(C,)`; at least one photo, and the same blocks in all.
    """
    stacks = {block: numpy.stack([gates[block] for gates in photos]) for block in photos[0]}
    for stack in stacks.values():
        stack.flags.writeable = False
    return GateBaseline(names=tuple(names), gates=MappingProxyType(stacks))


def moved_gates(gates: Gates, baseline: GateBaseline, count: int = 12, block: str | None = None) -> list[MovedGate]:
    """The gates that a photo moves most away from their usual values, in either direction; largest move first.

    Args:
        gates: block id to `(C,)` gates of the photo.
        baseline: what is usual.
        count: how many gates.
        block: looks at this block only; by default at all.
    """
    moved = [
        MovedGate(block=id, channel=int(channel), gate=float(values[channel]), usual=float(usual[channel]))
        for id, values in gates.items()
        if block in (None, id)
        for usual in [baseline.usual(id)]
        for channel in numpy.argsort(-numpy.abs(values - usual), kind="stable")[:count]
    ]
    return sorted(moved, key=lambda gate: -abs(gate.moved))[:count]


def alike_gates(baseline: GateBaseline, block: str, channel: int, count: int = 6) -> list[tuple[str, int, float]]:
    """Other gates that open and close on the same photos: block, channel and correlation over the photos, best first.

    Gates that do not move over these photos are left out.

    Args:
        baseline: the photos.
        block: of the gate.
        channel: of the gate.
        count: how many others.

    Raises:
        ValueError: fewer than three photos, over which any two gates seem alike.
    """
    if len(baseline.names) < 3:
        raise ValueError(f"the baseline holds {len(baseline.names)} photos; a correlation takes at least 3.")
    own = _standardised(baseline.gates[block][:, [channel]])[:, 0]
    candidates = []
    for other, stack in baseline.gates.items():
        likeness = own @ _standardised(stack) / len(own)
        if other == block:
            likeness[channel] = -numpy.inf
        candidates += [(other, int(index), float(likeness[index])) for index in numpy.argsort(-likeness)[: count + 1]]
    moving = [entry for entry in candidates if entry[2] > 0]
    return sorted(moving, key=lambda entry: -entry[2])[:count]


def telling_gates(left: Sequence[Gates], right: Sequence[Gates], count: int = 6) -> list[tuple[str, int, float]]:
    """The gates that tell two groups of photos apart: block, channel, and mean of the first minus mean of the other.

    A group may be a single photo. Where both hold several, only what separates them counts: the distance between the
    nearest members of the two groups comes first, the distance of their means second.

    Args:
        left: gates of the photos of the first group.
        right: of the second.
        count: how many gates.

    Raises:
        ValueError: an empty group.
    """
    if not left or not right:
        raise ValueError("a group has no photos; it takes at least one on each side.")
    candidates = []
    for block in left[0]:
        first, second = (numpy.stack([gates[block] for gates in group]) for group in (left, right))
        difference = first.mean(axis=0) - second.mean(axis=0)
        margin = numpy.maximum(first.min(axis=0) - second.max(axis=0), second.min(axis=0) - first.max(axis=0))
        candidates += [
            (float(margin[index]), block, int(index), float(difference[index]))
            for index in numpy.lexsort((-numpy.abs(difference), -margin))[:count]
        ]
    candidates.sort(key=lambda entry: (-entry[0], -abs(entry[3])))
    return [entry[1:] for entry in candidates[:count]]


def _standardised(stack: ndarray) -> ndarray:
    """`(photos, C)` values with mean 0 and deviation 1 a column; zeros where a gate does not move."""
    deviation = stack.std(axis=0)
    moving = deviation > STILL
    return numpy.where(moving, (stack - stack.mean(axis=0)) / numpy.where(moving, deviation, 1), 0)
