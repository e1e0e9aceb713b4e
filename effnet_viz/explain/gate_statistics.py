"""SE gates in numbers that can be compared: along the depth, between photos, between groups of photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy import ndarray

Gates = Mapping[str, ndarray]
QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
CLOSED_BELOW, OPEN_ABOVE = 0.1, 0.9


@dataclass(frozen=True, kw_only=True)
class GateSummary:
    """The gates of one block on one photo.

    Attributes:
        block: the block's id.
        channels: how many gates.
        quantiles: the values at `QUANTILES`.
        mean: average gate.
        closed: share of gates under 0.1, 0 to 1.
        open: share of gates over 0.9, 0 to 1.
    """

    block: str
    channels: int
    quantiles: tuple[float, ...]
    mean: float
    closed: float
    open: float


def summarise_gates(gates: Gates) -> list[GateSummary]:
    """One summary a block, in the order of the blocks."""
    return [
        GateSummary(
            block=block,
            channels=values.size,
            quantiles=tuple(float(value) for value in numpy.quantile(values, QUANTILES)),
            mean=float(values.mean()),
            closed=float((values < CLOSED_BELOW).mean()),
            open=float((values > OPEN_ABOVE).mean()),
        )
        for block, values in gates.items()
    ]


def correlations(photos: ndarray) -> ndarray:
    """Pearson's correlation of each two photos' gates in one block, `(photos, photos)`.

    A photo whose gates are all the same has correlation 1 with one whose gates are the same as its own, else 0.

    Args:
        photos: the gates, `(photos, C)`.
    """
    photos = photos.astype(numpy.float64)
    centred = photos - photos.mean(axis=1, keepdims=True)
    lengths = numpy.linalg.norm(centred, axis=1)
    flat = lengths == 0
    shares = centred / numpy.where(flat, 1, lengths)[:, None]
    pairs = numpy.clip(shares @ shares.T, -1.0, 1.0)
    for index in numpy.flatnonzero(flat):
        pairs[index] = pairs[:, index] = (photos == photos[index]).all(axis=1)
    return pairs


def moving_channels(photos: ndarray, count: int) -> list[int]:
    """The gates of a block that differ most between photos or groups, those side by side that open together.

    Args:
        photos: the gates, `(photos, C)`.
        count: how many gates.
    """
    most = numpy.argsort(-photos.std(axis=0), kind="stable")[:count]
    return [int(most[index]) for index in order_of_likeness(photos[:, most].T)]


def order_of_likeness(rows: ndarray) -> list[int]:
    """Rows sorted so that those with like values stand near each other: along their first principal component.

    Args:
        rows: `(N, K)`.
    """
    centred = rows.astype(numpy.float64) - rows.mean(axis=0)
    directions, strengths, _ = numpy.linalg.svd(centred, full_matrices=False)
    along = directions[:, 0] * strengths[0]
    # The sign of a component is arbitrary: the first row is on the low side, so that the order stands still.
    return [int(index) for index in numpy.argsort(along if along[0] <= 0 else -along, kind="stable")]


@dataclass(frozen=True, kw_only=True)
class BlockAgreement:
    """How alike the gates of several photos are in one block.

    Attributes:
        block: the block's id.
        correlation: mean of Pearson's correlation over all pairs of photos.
        difference: mean absolute difference of a gate over all pairs of photos.
    """

    block: str
    correlation: float
    difference: float


def agreement(photos: Sequence[Gates]) -> list[BlockAgreement]:
    """How alike the gates of two or more photos are, block by block.

    Raises:
        ValueError: fewer than two photos, or photos of networks with different blocks.
    """
    if len(photos) < 2:
        raise ValueError(f"photos holds {len(photos)}; it takes at least 2 to compare.")
    agreements = []
    pairs = numpy.triu_indices(len(photos), 1)
    for block, stack in _stacked(photos).items():
        apart = [numpy.abs(stack[index + 1 :] - stack[index]).mean(axis=1) for index in range(len(stack) - 1)]
        agreements.append(
            BlockAgreement(
                block=block,
                correlation=float(correlations(stack)[pairs].mean()),
                difference=float(numpy.concatenate(apart).mean()),
            )
        )
    return agreements


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupProfile:
    """The gates of one block over a group of photos; arrays are `(C,)`.

    Attributes:
        group: the group's name.
        mean: each gate's mean over the group.
        spread: each gate's standard deviation within the group.
        photos: how many photos.
    """

    group: str
    mean: ndarray
    spread: ndarray
    photos: int


def group_profiles(groups: Mapping[str, Sequence[Gates]], block: str) -> tuple[list[GroupProfile], ndarray]:
    """Mean and spread of one block's gates for each group, and the mean over everything, `(C,)`.

    Args:
        groups: name of a group, such as a class, to the gates of its photos.
        block: the block's id.

    Raises:
        ValueError: no group, an empty group, or a block without gates.

    Source: Squeeze-and-Excitation Networks (arXiv 1709.01507), section 7.2 and figures 6 and 7.
    """
    if not groups:
        raise ValueError("groups is empty; it takes at least one group of photos.")
    profiles: list[GroupProfile] = []
    everything: list[ndarray] = []
    for name, photos in groups.items():
        if not photos:
            raise ValueError(f"group {name!r} has no photos; it takes at least one.")
        stack = _stacked(photos).get(block)
        if stack is None:
            raise ValueError(f"block is {block!r}, which has no gates; blocks with gates: {', '.join(photos[0])}.")
        everything.extend(stack)
        profiles.append(GroupProfile(group=name, mean=stack.mean(axis=0), spread=stack.std(axis=0), photos=len(stack)))
    return profiles, numpy.stack(everything).mean(axis=0)


@dataclass(frozen=True, kw_only=True)
class GroupContrast:
    """Whether a block's gates care about the group.

    Attributes:
        block: the block's id.
        between: standard deviation of the group means, averaged over channels.
        within: standard deviation within the groups, averaged over channels.
    """

    block: str
    between: float
    within: float


def group_contrast(groups: Mapping[str, Sequence[Gates]]) -> list[GroupContrast]:
    """How far apart the groups' mean gates are, and how far photos of one group are, block by block.

    Raises:
        ValueError: fewer than two groups, or an empty one.
    """
    if len(groups) < 2:
        raise ValueError(f"groups holds {len(groups)}; it takes at least 2 to compare.")
    blocks = list(next(iter(groups.values()))[0])
    contrasts = []
    for block in blocks:
        profiles, _ = group_profiles(groups, block)
        means = numpy.stack([profile.mean for profile in profiles])
        contrasts.append(
            GroupContrast(
                block=block,
                between=float(means.std(axis=0).mean()),
                within=float(numpy.mean([profile.spread.mean() for profile in profiles])),
            )
        )
    return contrasts


def mean_gates(photos: Sequence[Gates]) -> dict[str, ndarray]:
    """Each gate's mean over several photos: block id to `(C,)`.

    Raises:
        ValueError: no photos.
    """
    if not photos:
        raise ValueError("photos is empty; it takes at least one.")
    return {block: stack.mean(axis=0) for block, stack in _stacked(photos).items()}


def _stacked(photos: Sequence[Gates]) -> dict[str, ndarray]:
    """Block id to `(photos, C)`."""
    blocks = list(photos[0])
    if any(list(gates) != blocks for gates in photos):
        raise ValueError("photos come from networks with different SE blocks; compare photos of one network.")
    return {block: numpy.stack([gates[block] for gates in photos]) for block in blocks}
