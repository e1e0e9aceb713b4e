"""The most probable classes of a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from effnet_viz.displayed import Displayed
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.explain.capture import Capture, probabilities_of
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One class with what the network gives it."""

    index: int
    label: str
    probability: float
    logit: float


class Predictions(list[Prediction], Displayed):
    """Classes, best first: a list that a notebook shows as a table."""


def predict(model: Model, photo: Photo, k: int = 5) -> Predictions:
    """The k most probable classes, best first.

    Args:
        model: the network with its preprocessing.
        photo: an upright photo.
        k: how many classes, at least 1.

    Raises:
        ValueError: k is less than 1.
    """
    with model.lock:
        logits = model.runner.of_one(model.input(photo), [CLASSIFIER])[CLASSIFIER]
    return ranked(model, logits, k)


def predictions_of(model: Model, run: Capture, k: int = 5) -> Predictions:
    """The k most probable classes of a finished run, best first.

    Args:
        model: the network with its preprocessing.
        run: what one run of this network kept.
        k: how many classes, at least 1.
    """
    return ranked(model, run.logits, k)


def ranked(model: Model, logits: numpy.ndarray, k: int) -> Predictions:
    """The k most probable classes for `(num_classes,)` logits, best first.

    Args:
        model: the network, which knows the names of its classes.
        logits: of one image, `(num_classes,)`.
        k: how many classes, at least 1.

    Raises:
        ValueError: k is less than 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least 1 class.")
    probabilities = probabilities_of(logits)
    return Predictions(
        Prediction(
            index=int(index),
            label=model.class_names[index],
            probability=float(probabilities[index]),
            logit=float(logits[index]),
        )
        for index in numpy.argsort(-logits, kind="stable")[:k]
    )
