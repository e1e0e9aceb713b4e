"""Lesson 6: three ways to spend more computation, and the one that uses all three."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from effnet_viz.architecture import Plan, custom_spec, plan, spec
from effnet_viz.architecture.scaling import ALPHA, BETA, GAMMA
from effnet_viz.lessons.quiz import QuizQuestion, ask, ask_order

BASE = spec("b0").resolution  # pixels
WAYS = {"depth": "Depth alone", "width": "Width alone", "resolution": "Resolution alone", "together": "All three"}


@dataclass(frozen=True, kw_only=True)
class ScaledNetwork:
    """B0 after growth.

    Attributes:
        title: in words.
        depth: multiplier of the number of blocks.
        width: multiplier of the number of channels.
        resolution: side of the input, in pixels.
        plan: what comes of it, after rounding.
    """

    title: str
    depth: float
    width: float
    resolution: int
    plan: Plan

    @property
    def last_map(self) -> int:
        """Side of the last maps, in cells."""
        return self.plan.block(str(self.plan.spec.head_stage)).out_shape[1]

    @property
    def blocks(self) -> int:
        """Blocks between stem and head."""
        return len(self.plan.spec.block_specs())


def multipliers(way: str, factor: float) -> tuple[float, float, float]:
    """Depth, width and resolution multipliers that are predicted to multiply the cost by a factor.

    Cost grows with depth, and with the squares of width and resolution.

    Args:
        way: one of `WAYS`.
        factor: on multiply-adds.

    Raises:
        ValueError: no such way.

    Source: EfficientNet (arXiv 1905.11946), section 3.3, equation 3.
    """
    if way not in WAYS:
        raise ValueError(f"way is {way!r}; it can be {', '.join(WAYS)}.")
    phi = phi_of(factor)
    return {
        "depth": (factor, 1.0, 1.0),
        "width": (1.0, math.sqrt(factor), 1.0),
        "resolution": (1.0, 1.0, math.sqrt(factor)),
        "together": (ALPHA**phi, BETA**phi, GAMMA**phi),
    }[way]


def phi_of(factor: float) -> float:
    """The compound coefficient that is predicted to multiply the cost by a factor."""
    return math.log(factor) / math.log(ALPHA * BETA**2 * GAMMA**2)


def scale_to_factor(way: str, factor: float) -> ScaledNetwork:
    """B0 grown one way until its multiply-adds are predicted to be `factor` times as many.

    Args:
        way: one of `WAYS`.
        factor: on B0's multiply-adds.
    """
    depth, width, resolution = multipliers(way, factor)
    return scaled_network(WAYS[way], depth=depth, width=width, resolution=round(BASE * resolution))


def scaled_network(title: str, *, depth: float, width: float, resolution: int) -> ScaledNetwork:
    """B0 with these multipliers at this resolution.

    Args:
        title: its name in pictures and tables.
        depth: multiplier of the number of blocks.
        width: multiplier of the channels.
        resolution: side of the square input, in pixels.
    """
    network = custom_spec(depth=depth, width=width, resolution=resolution)
    return ScaledNetwork(title=title, depth=depth, width=width, resolution=resolution, plan=plan(network))


def examples() -> list[ScaledNetwork]:
    """B0 as published, the same at B7's resolution, one that is deep and narrow, and B3 as published."""
    large = spec("b7")
    return [
        _published("B0", "b0", BASE),
        _published(f"B0 at {large.resolution}", "b0", large.resolution),
        scaled_network("Deep and narrow", depth=large.depth, width=0.5, resolution=BASE),
        _published("B3", "b3", spec("b3").resolution),
    ]


def _published(title: str, name: str, resolution: int) -> ScaledNetwork:
    """A published network at some resolution."""
    network = spec(name)
    return ScaledNetwork(
        title=title, depth=network.depth, width=network.width, resolution=resolution, plan=plan(network, resolution)
    )


def questions(factor: float, dice: random.Random) -> list[QuizQuestion]:
    """About growth alone and together, with multipliers that the dice choose.

    Args:
        factor: on B0's multiply-adds, for the question about the four ways to grow.
        dice: decide the other multipliers and resolutions, and the order of the options.
    """
    times = dice.choice((2.0, 3.0, 4.0))
    base = scaled_network("B0", depth=1, width=1, resolution=BASE).plan
    wider = scaled_network("wider", depth=1, width=times, resolution=BASE).plan
    side = dice.choice((288, 320, 384, 448, 512))
    sharper = scaled_network("sharper", depth=1, width=1, resolution=side).plan
    last_side = side // base.spec.total_stride
    ways = {title: scale_to_factor(way, factor) for way, title in WAYS.items()}
    most = max(ways, key=lambda title: ways[title].plan.params)
    return [
        ask(
            dice,
            f"B0 gets {times:g} times as many channels everywhere. About how many times as many multiply-adds?",
            f"{wider.macs / base.macs:.1f} times",
            [f"{times:.1f} times", f"{times * 2 + 3:.1f} times", f"{times**3:.1f} times"],
            f"Channels count twice, coming in and going out: {times:g}² = {times**2:g}; exactly, {wider.macs:,} / "
            f"{base.macs:,}, because depthwise filters grow only once.",
        ),
        ask(
            dice,
            f"B0 sees the photo at {side} pixels, not at {BASE}. What happens to its {base.params:,} parameters "
            "and to its last map?",
            f"the same parameters, a map of {last_side}×{last_side}",
            [
                f"{sharper.macs / base.macs:.1f} times the parameters, a map of {last_side}×{last_side}",
                f"the same parameters, a map of {BASE // base.spec.total_stride}×{BASE // base.spec.total_stride}",
                f"{side / BASE:.1f} times the parameters, a map of {last_side * 2}×{last_side * 2}",
            ],
            f"A filter does not depend on the size of what it slides over. Multiply-adds grow, from {base.macs:,} to "
            f"{sharper.macs:,}.",
        ),
        ask_order(
            dice,
            f"Which way of growing {factor:g}-fold in cost adds most parameters?",
            list(ways),
            most,
            "; ".join(f"{title}: {way.plan.params:,}" for title, way in ways.items()) + ".",
        ),
    ]
