"""What a network gave for one image, as arrays that anybody may keep and nobody can change."""

from __future__ import annotations

import numpy
from numpy import ndarray
from torch import Tensor


def to_array(tensor: Tensor) -> ndarray:
    """The first (and only) image of a batch `(N, ...)`, `(...)`, float32."""
    return of_batch(tensor.float().numpy(force=True))


def of_batch(values: ndarray) -> ndarray:
    """The same of values that are float32 in NumPy already, `(N, ...)` to `(...)`."""
    array = numpy.ascontiguousarray(values[0])
    array.setflags(write=False)
    return array
