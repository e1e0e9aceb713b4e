"""What a question about class evidence may not ask, and what no answer may be: each refused in one sentence."""

from __future__ import annotations

import numpy

from effnet_viz.explain.model import Model


def check_target(model: Model, target: int | None, argument: str = "target") -> None:
    """Refuse a class that the network does not have.

    Args:
        model: the network with its preprocessing.
        target: index of the class; None is always accepted.
        argument: what the message calls it.

    Raises:
        ValueError: names the class and the range.
    """
    if target is not None and not 0 <= target < model.spec.num_classes:
        raise ValueError(f"{argument} is {target}; {model.spec.title} has classes 0 to {model.spec.num_classes - 1}.")


def check_apart(target: int, against: int | None) -> None:
    """Refuse the difference of a class to itself.

    Args:
        target: index of the class.
        against: index of the class to compare with, or None.

    Raises:
        ValueError: names the class.
    """
    if against == target:
        raise ValueError(f"against is {against}, the target itself; choose another class to compare with.")


def check_finite(logits: numpy.ndarray) -> None:
    """Refuse an answer that is not made of numbers: no map could mean anything.

    Raises:
        ValueError: a logit is infinite or not a number.
    """
    if not numpy.isfinite(logits).all():
        raise ValueError(
            "The network answers with values that are not numbers (NaN or infinite): its weights are "
            "damaged, or its training diverged. Load other weights."
        )
