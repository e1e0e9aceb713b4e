"""How alike two maps are, whatever their scale: rank correlation on the coarser grid of the two."""

from __future__ import annotations

import numpy
import torch
from numpy import ndarray
from torch.nn import functional


def similarity(left: ndarray, right: ndarray) -> float:
    """Spearman's rank correlation of two maps, -1 to 1; 0 where one of them is the same everywhere.

    Args:
        left: `(H, W)`.
        right: `(H', W')`; both are averaged to the smaller height and width.
    """
    shape = tuple(min(sides) for sides in zip(left.shape, right.shape, strict=True))
    first, second = (ranks(averaged(values, shape)) for values in (left, right))
    if numpy.ptp(first) == 0 or numpy.ptp(second) == 0:
        return 0.0
    return float(numpy.corrcoef(first, second)[0, 1])


def averaged(values: ndarray, shape: tuple[int, int]) -> ndarray:
    """A map on a coarser grid, each cell the mean of what it covers.

    Args:
        values: the map, `(H, W)`.
        shape: height and width of the coarser grid, in cells.
    """
    return functional.adaptive_avg_pool2d(torch.tensor(values)[None].double(), shape)[0].numpy()


def ranks(values: ndarray) -> ndarray:
    """Ranks of all values, equal ones sharing the mean of theirs."""
    _, places, counts = numpy.unique(values.reshape(-1), return_inverse=True, return_counts=True)
    last = numpy.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def pairwise_similarity(maps: list[ndarray]) -> ndarray:
    """Similarity of every map with every other, `(K, K)`."""
    return numpy.array([[similarity(left, right) for right in maps] for left in maps])
