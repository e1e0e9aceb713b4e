"""Statistics over rows, read by columns: accuracy where there are labels, calibration, gates, what looks alike.

Sums over photos are kept as counts, means and squared deviations that can be merged, so no statistic of gates needs
more than a few hundred rows in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from effnet_viz.folder.rows import Rows

CLOSED_BELOW, OPEN_ABOVE = 0.1, 0.9
BINS = 10
ALIKE = 0.97  # cosine of two head vectors from which photos are called near duplicates


@dataclass(frozen=True, kw_only=True)
class ClassAccuracy:
    """How well a network knows one class.

    Attributes:
        index: the class.
        name: its name.
        photos: how many have this label.
        right: share of them whose most probable class it is, 0 to 1.
        in_top: share of them with the class among the five most probable, 0 to 1.
    """

    index: int
    name: str
    photos: int
    right: float
    in_top: float


def correct(rows: Rows) -> tuple[ndarray, ndarray]:
    """For every readable photo whether its label names a class, and whether that is the answer; `(M,)` each."""
    label, top = rows.numbers("label_index"), rows.numbers("top_index")[:, 0]
    return label >= 0, label == top


def accuracy_by_class(rows: Rows) -> list[ClassAccuracy]:
    """One entry for every class that has labelled photos, in the order of the classes."""
    label, top = rows.numbers("label_index"), rows.numbers("top_index")
    entries = []
    for index in np.unique(label[label >= 0]):
        answers = top[label == index]
        entries.append(
            ClassAccuracy(
                index=int(index),
                name=rows.class_names[index],
                photos=len(answers),
                right=float((answers[:, 0] == index).mean()),
                in_top=float((answers == index).any(axis=1).mean()),
            )
        )
    return entries


def confusion(rows: Rows) -> dict[tuple[int, int], int]:
    """Pairs of label and answer to the number of photos, the most frequent first; labelled photos only."""
    label, top = rows.numbers("label_index"), rows.numbers("top_index")[:, 0]
    pairs, counts = np.unique(np.stack((label, top))[:, label >= 0], axis=1, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {(int(pairs[0, at]), int(pairs[1, at])): int(counts[at]) for at in order}


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Whether probabilities mean what they say; arrays are `(B,)`, one entry for each tenth of probability.

    Attributes:
        photos: how many fall into it.
        probability: mean probability of their answers, NaN where there are none.
        right: share of right answers, NaN where there are none.
        error: expected calibration error: the mean distance of the two, weighted by photos, 0 to 1.
    """

    photos: ndarray
    probability: ndarray
    right: ndarray
    error: float


def calibration(rows: Rows) -> Calibration:
    """Probabilities of answers beside how often they are right, over labelled photos.

    Source: On Calibration of Modern Neural Networks (arXiv 1706.04599), equations 2, 3 and 5.
    """
    labelled, right = correct(rows)
    probability = rows.numbers("top_probability")[labelled, 0].astype(np.float64)
    right = right[labelled]
    which = np.minimum((probability * BINS).astype(int), BINS - 1)
    photos = np.bincount(which, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(which, probability, BINS) / photos
        share = np.bincount(which, right, BINS) / photos
    error = float(np.nansum(photos * np.abs(mean - share)) / max(len(right), 1))
    return Calibration(photos=photos, probability=mean, right=share, error=error)


def worst(rows: Rows, count: int) -> list[int]:
    """Readable photos with a label that got another answer, the surest of them first; positions among the readable.

    Args:
        rows: rows of photos.
        count: how many at most.
    """
    labelled, right = correct(rows)
    wrong = np.flatnonzero(labelled & ~right)
    return [int(at) for at in wrong[np.argsort(-rows.numbers("top_probability")[wrong, 0], kind="stable")][:count]]


def least_sure(rows: Rows, count: int) -> list[int]:
    """Readable photos whose answer has the least probability; positions among the readable.

    Args:
        rows: rows of photos.
        count: how many at most.
    """
    return [int(at) for at in np.argsort(rows.numbers("top_probability")[:, 0], kind="stable")[:count]]


@dataclass(frozen=True, kw_only=True, eq=False)
class GateStatistics:
    """The gates of one block over many photos; arrays are `(C,)`.

    Attributes:
        block: the block's id.
        mean: of each gate.
        deviation: standard deviation of each gate.
        saturated: share of photos with the gate under 0.1 or over 0.9, 0 to 1.
        between_class_share: share of each gate's variance that lies between classes (of the label, else of the
            answer), 0 to 1; 0 where the gate never moves.
        with_correctness: correlation of each gate with the answer being right, -1 to 1; NaN without labels or where one
            of the two never changes.
    """

    block: str
    mean: ndarray
    deviation: ndarray
    saturated: ndarray
    between_class_share: ndarray
    with_correctness: ndarray


class Moments:
    """Count, mean and sum of squared deviations of `(K,)` values, which can be merged (Chan et al. 1983)."""

    def __init__(self, width: int) -> None:
        self.count = 0
        self.mean = np.zeros(width)
        self.squares = np.zeros(width)

    def add(self, values: ndarray) -> None:
        """Take in `(N, K)` values."""
        if len(values):
            part = Moments(values.shape[1])
            part.count, part.mean = len(values), values.mean(axis=0, dtype=np.float64)
            part.squares = ((values - part.mean) ** 2).sum(axis=0)
            self.merge(part)

    def merge(self, other: Moments) -> None:
        """Take in what another has seen."""
        total = self.count + other.count
        if other.count:
            step = other.mean - self.mean
            self.squares = self.squares + other.squares + step**2 * self.count * other.count / total
            self.mean = self.mean + step * other.count / total
            self.count = total


def gate_statistics(rows: Rows, block: str) -> GateStatistics:
    """The gates of a block over all readable photos.

    Args:
        rows: of one network.
        block: id of a block with squeeze-and-excitation.

    Raises:
        RowsError: the block has no gates.
    """
    column = f"gate.{block}"
    by_class: dict[int, Moments] = {}
    by_answer: dict[bool, Moments] = {}
    closed_or_open: float | ndarray = 0.0
    for batch in rows.batches([column, "label_index", "top_index"]):
        gates, label, top = batch[column], batch["label_index"], batch["top_index"][:, 0]
        group = np.where(label >= 0, label, top)
        closed_or_open = closed_or_open + ((gates < CLOSED_BELOW) | (gates > OPEN_ABOVE)).sum(axis=0)
        for index in np.unique(group):
            by_class.setdefault(int(index), Moments(gates.shape[1])).add(gates[group == index])
        for right in (True, False):
            chosen = gates[(label >= 0) & ((label == top) == right)]
            by_answer.setdefault(right, Moments(gates.shape[1])).add(chosen)
    whole = _merged(by_class.values(), next(iter(by_answer.values())).mean.size)
    within = np.sum([moments.squares for moments in by_class.values()], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole.squares > 0, 1 - within / whole.squares, 0.0)
    return GateStatistics(
        block=block,
        mean=whole.mean,
        deviation=np.sqrt(whole.squares / max(whole.count, 1)),
        saturated=np.asarray(closed_or_open) / max(whole.count, 1),
        between_class_share=share,
        with_correctness=_point_biserial(by_answer[True], by_answer[False]),
    )


def _merged(several: Iterable[Moments], width: int) -> Moments:
    whole = Moments(width)
    for moments in several:
        whole.merge(moments)
    return whole


def _point_biserial(right: Moments, wrong: Moments) -> ndarray:
    """Pearson's correlation with a value that is 1 for `right` and 0 for `wrong`."""
    count = right.count + wrong.count
    whole = _merged([right, wrong], right.mean.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(whole.squares / count) if count else np.full(right.mean.size, np.nan)
        return (right.mean - wrong.mean) * np.sqrt(right.count * wrong.count) / (count or np.nan) / spread


def near_duplicates(rows: Rows, least: float = ALIKE, most: int = 10_000) -> list[tuple[int, int, float]]:
    """Pairs of readable photos whose head vectors point the same way, the most alike first.

    Args:
        rows: of one network.
        least: cosine of the angle between the vectors, from which they count as alike.
        most: pairs that are given at most: a film of a thousand pictures has half a million.
    """
    vectors = rows.numbers(f"mean.{rows.head}")
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    pairs = np.zeros((0, 3))
    for start in range(0, len(vectors), 512):
        alike = vectors[start : start + 512] @ vectors[start:].T
        first, second = np.nonzero(np.triu(alike >= least, k=1))
        found = np.stack((first + start, second + start, alike[first, second]), axis=1)
        pairs = np.concatenate((pairs, found))
        pairs = pairs[np.argsort(-pairs[:, 2], kind="stable")[:most]]
    return [(int(one), int(other), float(cosine)) for one, other, cosine in pairs]
