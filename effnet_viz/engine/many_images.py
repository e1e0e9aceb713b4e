"""Answers to many images, every core at its own: cores that share an image wait for each other at each layer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy
from numpy import ndarray

from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.sessions import Session, threads

CACHED = 2**20  # bytes of a core's own cache: what the stem gives of the images that run at a time should fit there


def at_a_time(count: int, stem_bytes: int) -> int:
    """How many images a core runs at a time.

    Args:
        count: how many there are.
        stem_bytes: what the stem gives of one.
    """
    return max(1, min(CACHED // max(1, stem_bytes), -(-count // threads())))


def logits_of_many(session: Session, images: ndarray, size: int) -> ndarray:
    """Images `(N, C, H, W)` to logits `(N, num_classes)`.

    Args:
        session: stays on one thread, so that there can be several at work in it.
        images: `(N, C, H, W)`.
        size: how many of them run at a time.

    Raises:
        EngineError: ONNX Runtime fails.
    """

    def run(start: int) -> ndarray:
        return session.run(images[start : start + size], [CLASSIFIER])[0]

    with ThreadPoolExecutor(threads()) as pool:
        return numpy.concatenate(list(pool.map(run, range(0, len(images), size))))
