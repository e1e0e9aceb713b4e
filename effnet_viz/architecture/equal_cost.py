"""Scaling one dimension only, until it costs as much as scaling all three."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from effnet_viz.architecture.custom import LIMITS
from effnet_viz.architecture.plan import Plan, plan
from effnet_viz.architecture.spec import ModelSpec

_STEPS = 6
_NEAR = 0.005  # of the cost; nearer is not worth another network


@dataclass(frozen=True, kw_only=True)
class EqualCost:
    """A network in which one dimension was scaled; `plan` is None where no buildable one costs as much."""

    dimension: str
    multiplier: float
    plan: Plan | None


def scale_to_cost(base: ModelSpec, macs: int) -> tuple[EqualCost, ...]:
    """The base network scaled by depth only, by width only and by resolution only to a given number of MACs.

    Channels, repeats and pixels are whole numbers, so the cost is met as nearly as they allow.

    Args:
        base: the network to scale, with multipliers of its own.
        macs: multiply-adds to reach.

    Raises:
        ValueError: fewer than one multiply-add.
    """
    if macs < 1:
        raise ValueError(f"macs is {macs}; a network has at least 1.")
    ways = {
        "depth": (lambda factor: plan(base.replace(depth=base.depth * factor)), LIMITS["depth"][1] / base.depth),
        "width": (lambda factor: plan(base.replace(width=base.width * factor)), LIMITS["width"][1] / base.width),
        "resolution": (
            lambda factor: plan(base, round(base.resolution * factor)),
            LIMITS["resolution"][1] / base.resolution,
        ),
    }
    exponent = {"depth": 1.0, "width": 0.5, "resolution": 0.5}
    return tuple(_search(name, make, highest, exponent[name], macs) for name, (make, highest) in ways.items())


def _search(name: str, make: Callable[[float], Plan], highest: float, exponent: float, macs: int) -> EqualCost:
    """Corrects the multiplier by what is still missing, as if MACs were a power of it; keeps the nearest met."""
    factor = 1.0
    best = EqualCost(dimension=name, multiplier=factor, plan=make(factor))
    for _ in range(_STEPS):
        factor *= (macs / make(factor).macs) ** exponent
        if factor > highest:
            return EqualCost(dimension=name, multiplier=highest, plan=None)
        candidate = EqualCost(dimension=name, multiplier=factor, plan=make(factor))
        best = min(best, candidate, key=lambda scaled: _distance(scaled, macs))
        if _distance(best, macs) < _NEAR:
            break
    return best


def _distance(scaled: EqualCost, macs: int) -> float:
    return abs(math.log(scaled.plan.macs / macs)) if scaled.plan else math.inf
