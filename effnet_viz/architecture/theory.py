"""Compound scaling as the paper writes it, held against the coefficients that were released.

The paper gives alpha = 1.2, beta = 1.1, gamma = 1.15 and no phi for B1 to B7. The released coefficients are round
numbers, and no single phi gives all three of a variant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from effnet_viz.architecture.scaling import ALPHA, BETA, GAMMA, CompoundScale, compound_scale
from effnet_viz.architecture.spec import ModelSpec
from effnet_viz.architecture.variants import list_variants, spec

BASE_RESOLUTION = 224

# phi as tutorials list it; their resolutions come from this table, not from gamma.
TUTORIAL_PHI = {"b0": 0, "b1": 0.5, "b2": 1, "b3": 2, "b4": 3, "b5": 4, "b6": 5, "b7": 6}


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A released variant beside the theory.

    Attributes:
        name: the variant.
        phi_depth: the phi that would give its depth multiplier; likewise the next two.
        phi_width: from the width multiplier.
        phi_resolution: from the resolution.
        best: the one phi nearest to all three, and what theory gives for it.
    """

    name: str
    spec: ModelSpec
    phi_depth: float
    phi_width: float
    phi_resolution: float
    best: CompoundScale

    @property
    def best_resolution(self) -> int:
        """Side of the image that theory gives for the best phi, in pixels."""
        return round(BASE_RESOLUTION * self.best.resolution)


def shipped_beside_theory(*, alpha: float = ALPHA, beta: float = BETA, gamma: float = GAMMA) -> tuple[Shipped, ...]:
    """B0 to B7 with the phi that each of their three coefficients implies.

    A base of 1 can give nothing but 1, so its phi is not a number (NaN) wherever something else was shipped.

    Args:
        alpha: base of the depth multiplier.
        beta: base of the width multiplier.
        gamma: base of the resolution multiplier.

    Raises:
        ValueError: a base is not positive.

    Source: EfficientNet paper (arXiv 1905.11946), equation 3; tensorflow/tpu `efficientnet_builder.py`.
    """
    logs = [_log(name, base) for name, base in (("alpha", alpha), ("beta", beta), ("gamma", gamma))]
    rows = []
    for name in list_variants():
        if name not in TUTORIAL_PHI:
            continue
        network = spec(name)
        targets = [math.log(network.depth), math.log(network.width), math.log(network.resolution / BASE_RESOLUTION)]
        implied = [_divide(target, log) for target, log in zip(targets, logs, strict=True)]
        squares = sum(log * log for log in logs)
        best = sum(target * log for target, log in zip(targets, logs, strict=True)) / squares if squares else 0.0
        rows.append(
            Shipped(
                name=name,
                spec=network,
                phi_depth=implied[0],
                phi_width=implied[1],
                phi_resolution=implied[2],
                best=compound_scale(best, alpha=alpha, beta=beta, gamma=gamma),
            )
        )
    return tuple(rows)


def _log(name: str, base: float) -> float:
    if not base > 0:
        raise ValueError(f"{name} is {base}; a scaling base has to be greater than 0.")
    return math.log(base)


def _divide(target: float, log: float) -> float:
    if log:
        return target / log
    return 0.0 if target == 0 else math.nan
