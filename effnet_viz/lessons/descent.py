"""Lesson 5: from many pixels to many channels, and why channel counts are round numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import nn

from effnet_viz.architecture import Plan, StagePlan, custom_spec
from effnet_viz.lessons.layer_time import median_seconds
from effnet_viz.lessons.quiz import QuizQuestion, ask, ask_order

TIMED_SIDE = 28  # pixels of the maps on which channel counts are timed
TIMED_REACH = 8  # channels below and above


@dataclass(frozen=True, kw_only=True)
class Level:
    """A stage, and what the network has spent when the photo has come through it.

    Attributes:
        stage: the stage's plan.
        block: id of its last block with maps.
        shape: `(C, H, W)` behind it; the pooling and classifier of the last stage are not part of the way down.
        params: parameters up to and with it.
        macs: multiply-adds up to and with it.
        halves: whether it makes the maps smaller.
    """

    stage: StagePlan
    block: str
    shape: tuple[int, ...]
    params: int
    macs: int
    halves: bool

    @property
    def values(self) -> int:
        """Numbers that describe the photo here."""
        channels, height, width = self.shape
        return channels * height * width


@dataclass(frozen=True, kw_only=True)
class Rounded:
    """One stage's channels before and after rounding."""

    stage: int
    exact: float
    multiple_of_4: int
    multiple_of_8: int


def levels(plan: Plan) -> list[Level]:
    """The way down, stage by stage, with running totals."""
    way: list[Level] = []
    params = macs = 0
    for stage in plan.stages:
        blocks = [block for block in stage.blocks if len(block.out_shape) == 3]
        params += sum(block.params for block in blocks)
        macs += sum(block.macs for block in blocks)
        way.append(
            Level(
                stage=stage,
                block=blocks[-1].id,
                shape=blocks[-1].out_shape,
                params=params,
                macs=macs,
                halves=blocks[-1].out_shape[1] < blocks[0].in_shape[1],
            )
        )
    return way


def rounded(width: float) -> list[Rounded]:
    """Channels of the published V1 stages at a width, rounded the tutorial's way and the published way.

    Source: EfficientNet (arXiv 1905.11946), Table 1; tensorflow/tpu `round_filters`.
    """
    eight, four = custom_spec(width=width), custom_spec(width=width, rounding="ceil4")
    rows = []
    for number, stage in enumerate(eight.stages, start=2):
        by_rule = [
            next(block.out_channels for block in spec.block_specs() if block.stage == number) for spec in (four, eight)
        ]
        rows.append(
            Rounded(stage=number, exact=stage.channels * width, multiple_of_4=by_rule[0], multiple_of_8=by_rule[1])
        )
    return rows


def exact_words(width: float) -> str:
    """Whether channels times width give whole numbers, and if so, why they are still rounded."""
    exact = [row.exact for row in rounded(width)]
    broken = [channels for channels in exact if abs(channels - round(channels)) > 1e-6]
    if broken:
        return (
            f"At width {width:g}, {len(broken)} of {len(exact)} products are not whole numbers, such as "
            f"{broken[0]:.1f}; a network cannot have a part of a channel."
        )
    odd = [channels for channels in exact if round(channels) % 8]
    if odd:
        return f"At width {width:g} all products are whole numbers, but {len(odd)} are not multiples of 8."
    return f"At width {width:g} all products are already multiples of 8, so nothing is rounded."


def measure_widths(channels: int) -> dict[int, float]:
    """Seconds of a 1x1 convolution with as many outputs as inputs, for channel counts around a given one."""
    seconds = {}
    for count in range(max(1, channels - TIMED_REACH), channels + TIMED_REACH + 1):
        layer = nn.Conv2d(count, count, 1, bias=False).to(memory_format=torch.channels_last)
        x = torch.rand(1, count, TIMED_SIDE, TIMED_SIDE).contiguous(memory_format=torch.channels_last)
        seconds[count] = median_seconds(layer, x, budget_s=0.03)
    return seconds


def _halvings(side: int, last: int) -> str:
    """The sides of the maps from the photo to a stage: `224 → 112 → 56`."""
    sides = [side]
    while sides[-1] > last:
        sides.append(-(-sides[-1] // 2))
    return " → ".join(map(str, sides))


def questions(plan: Plan, dice: random.Random) -> list[QuizQuestion]:
    """About sizes, totals and strides on the way down.

    Args:
        plan: the network at its resolution.
        dice: decide which stages are asked about, and the order of the options.
    """
    stages = levels(plan)
    names = [f"stage {level.stage.number}" for level in stages]
    dearest = max(stages, key=lambda level: level.stage.macs)
    middle = dice.choice(list(stages[1:-1]))
    side = middle.shape[1]
    smaller = dice.choice([level for level in stages[1:] if level.halves])
    first = smaller.stage.blocks[0]
    blocks = [block.id for block in smaller.stage.blocks if len(block.out_shape) == 3]
    every = [f"each of its {len(blocks)} blocks"] if len(blocks) > 1 else []  # of one block, that is true as well
    return [
        ask(
            dice,
            f"The photo is {plan.resolution}×{plan.resolution}. How large are the maps behind stage "
            f"{middle.stage.number}?",
            f"{side}×{side}",
            [f"{2 * side}×{2 * side}", f"{max(1, side // 2)}×{max(1, side // 2)}", f"{4 * side}×{4 * side}"],
            f"Every stride of 2 halves the side and rounds up: {_halvings(plan.resolution, side)}. The "
            f"{middle.shape[0]} channels are as many maps of {side}×{side}.",
        ),
        ask_order(
            dice,
            "Which stage costs most multiply-adds?",
            names,
            f"stage {dearest.stage.number}",
            f"Stage {dearest.stage.number} takes {dearest.stage.macs / plan.macs:.0%} of {plan.macs:,}.",
        ),
        ask(
            dice,
            f"Stage {smaller.stage.number} makes the maps smaller. Which of its blocks has stride 2?",
            f"{first.id}",
            [*blocks[1:], *every, "none: a pooling layer does it"],
            f"Only a stage's first block may have stride 2; here {first.id} makes {first.in_shape[1]}×"
            f"{first.in_shape[2]} into {first.out_shape[1]}×{first.out_shape[2]}.",
        ),
    ]
