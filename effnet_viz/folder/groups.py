"""What tells two groups of photos apart: gates, or the mean outputs of blocks where there are no gates."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

from effnet_viz.folder.rows import Rows
from effnet_viz.sharing.cores import cores

GATE, MEAN = "gate", "mean"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One gate or channel that tells two groups apart.

    Attributes:
        block: the block's id.
        channel: its number.
        first: its mean over the first group.
        second: its mean over the second group.
        apart: the difference of the means, in units of how far photos of one group lie from each other.
    """

    block: str
    channel: int
    first: float
    second: float
    apart: float


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupsApart:
    """How two groups of photos differ, block by block; arrays are `(C,)`.

    Attributes:
        kind: `gate`, or `mean` for the mean outputs of blocks.
        first: block id to means over the first group.
        second: over the second group.
        apart: the difference in units of the spread within groups, signed.
    """

    kind: str
    first: Mapping[str, ndarray]
    second: Mapping[str, ndarray]
    apart: Mapping[str, ndarray]

    def largest(self, count: int) -> list[Difference]:
        """What tells the groups apart best, in all blocks; the best first."""
        candidates = [
            Difference(
                block=block,
                channel=int(channel),
                first=float(self.first[block][channel]),
                second=float(self.second[block][channel]),
                apart=float(apart[channel]),
            )
            for block, apart in self.apart.items()
            for channel in np.argsort(-np.abs(apart), kind="stable")[:count]
        ]
        return sorted(candidates, key=lambda difference: -abs(difference.apart))[:count]


def groups_apart(rows: Rows, first: Sequence[int], second: Sequence[int]) -> GroupsApart:
    """Hold two groups of photos against each other, gate by gate, or channel by channel in a network without gates.

    The spread within groups is `sqrt((v1 + v2) / 2)` with the variances of the groups, as in Cohen's d, and to it is
    added the mean spread of the block's channels over both groups: a group of one photo has no spread of its own,
    and a channel that never moves tells nothing.

    Args:
        rows: of one network.
        first: positions of the photos among the readable ones.
        second: of the other group.

    Raises:
        ValueError: an empty group.
    """
    if not len(first) or not len(second):
        raise ValueError("a group has no photos; it takes at least one on each side.")
    kind = GATE if rows.gated_blocks else MEAN
    means: tuple[dict[str, ndarray], dict[str, ndarray]] = ({}, {})
    apart = {}
    share = len(first) / (len(first) + len(second))
    blocks = list(rows.gated_blocks or rows.shapes)
    sums = _sums(rows, [f"{kind}.{block}" for block in blocks], first, second)
    for block, found in zip(blocks, sums, strict=True):
        (mean_1, mean_2), (variance_1, variance_2) = found.means, found.variances
        difference = mean_1 - mean_2
        whole = share * variance_1 + (1 - share) * variance_2 + share * (1 - share) * difference**2
        scale = np.sqrt((variance_1 + variance_2) / 2) + np.sqrt(whole).mean()
        apart[block] = np.where(scale > 0, difference / np.where(scale > 0, scale, 1), 0.0)
        means[0][block], means[1][block] = mean_1, mean_2
    return GroupsApart(kind=kind, first=means[0], second=means[1], apart=apart)


class _Sums:
    """Sums over the photos of two groups, by products with the members, which are quick also in float32.

    Args:
        counts: photos of each group.
    """

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = np.array(counts, dtype=np.float64)[:, None]
        self._shift: Any = None
        self._sums: float | ndarray = 0.0
        self._squares: float | ndarray = 0.0

    def add(self, values: ndarray, member: ndarray) -> None:
        """Take in `(N, C)` values; `member`, `(2, N)`, is 1 for the photos of each group."""
        if self._shift is None:
            self._shift = values.mean(axis=0, dtype=np.float32)  # small numbers keep their digits when squared
        values = np.subtract(values, self._shift, dtype=np.float32)
        self._sums = self._sums + (member @ values).astype(np.float64)
        self._squares = self._squares + (member @ np.square(values, out=values)).astype(np.float64)

    @property
    def means(self) -> ndarray:
        """Of both groups, `(2, C)`."""
        return np.asarray(self._sums / self._counts + self._shift)

    @property
    def variances(self) -> ndarray:
        """Of both groups, `(2, C)`."""
        return np.maximum(self._squares / self._counts - (self._sums / self._counts) ** 2, 0)


def _sums(rows: Rows, columns: Sequence[str], first: Sequence[int], second: Sequence[int]) -> list[_Sums]:
    """One for each column; the files are read once, and of them what belongs to a group is looked at."""
    group = np.zeros((2, int(rows.good.sum())), dtype=np.float32)
    group[0, list(first)] = group[1, list(second)] = 1
    sums, start = [_Sums((len(first), len(second))) for _ in columns], 0
    with ThreadPoolExecutor(cores()) as threads:
        for batch in rows.lists(columns):
            member = group[:, start : start + len(batch[columns[0]])]
            start += member.shape[1]
            inside = np.flatnonzero(member.any(axis=0))
            if len(inside):
                values = (batch[column][inside] for column in columns)
                list(threads.map(_Sums.add, sums, values, itertools.repeat(member[:, inside])))
    return sums
