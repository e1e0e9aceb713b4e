"""Linear CKA: how alike two descriptions of the same photos are, all at once or some hundred photos at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray


def linear_cka(first: ndarray, second: ndarray) -> float:
    """Centred kernel alignment of two descriptions of the same photos, `(M, K)` and `(M, L)`, 0 to 1.

    NaN where one of them is the same for all photos.

    Args:
        first: K numbers for each photo, `(M, K)`.
        second: L numbers for each photo, `(M, L)`, photos in the same order.

    Source: Similarity of Neural Network Representations Revisited (arXiv 1905.00414), section 3, linear kernel.
    """
    if len(first) >= max(first.shape[1], second.shape[1]):
        products = Products()
        products.add(first, second)
        return products.cka()
    # Both ways give the same; this one is quick for few photos.
    x, y = (values - values.mean(axis=0, dtype=np.float64) for values in (first, second))
    mine, others = x @ x.T, y @ y.T
    return _share(float(np.sum(mine * others)), float(np.linalg.norm(mine) * np.linalg.norm(others)))


class Products:
    """What linear CKA needs of two descriptions of the same photos, summed over photos."""

    def __init__(self) -> None:
        self._photos = 0
        self._shifts: tuple[ndarray, ndarray] | None = None  # small numbers keep their digits when multiplied
        self._sums: list[Any] = [0.0, 0.0]
        self._products: list[Any] = [0.0, 0.0, 0.0]

    def add(self, first: ndarray, second: ndarray) -> None:
        """Take in values of more photos.

        Args:
            first: of the one layer, `(M, K)`.
            second: of the other, of the same photos, `(M, L)`.
        """
        if not len(first):
            return
        if self._shifts is None:
            self._shifts = first.mean(axis=0, dtype=np.float64), second.mean(axis=0, dtype=np.float64)
        x, y = (values - shift for values, shift in zip((first, second), self._shifts, strict=True))
        self._photos += len(x)
        self._sums = [before + values.sum(axis=0) for before, values in zip(self._sums, (x, y), strict=True)]
        new = (x.T @ y, x.T @ x, y.T @ y)
        self._products = [before + product for before, product in zip(self._products, new, strict=True)]

    def cka(self) -> float:
        """Of all that was taken in."""
        pairs = (self._sums, self._sums[:1] * 2, self._sums[1:] * 2)
        shared, mine, others = (
            float(np.linalg.norm(product - np.outer(one, other) / max(self._photos, 1)))
            for product, (one, other) in zip(self._products, pairs, strict=True)
        )
        return _share(shared**2, mine * others)


def _share(shared: float, size: float) -> float:
    return float(shared / size) if size > 0 else float("nan")
