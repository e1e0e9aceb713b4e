"""Lesson 2: what a standard and a depthwise convolution cost, in numbers and in milliseconds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from effnet_viz.architecture import Plan
from effnet_viz.lessons.layer_time import median_seconds
from effnet_viz.lessons.quiz import QuizQuestion, ask

MEASURED_MACS = 3e8  # of the standard convolution: the largest that is timed, so that nobody waits
SMALLEST = 4


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution from `(in_channels, size, size)` to `(out_channels, size, size)`, in three ways.

    Attributes:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel: side of the kernel, in pixels.
        size: side of the output, in pixels.
    """

    in_channels: int
    out_channels: int
    kernel: int
    size: int

    @property
    def standard(self) -> int:
        """Weights of a standard convolution: each output channel reads each input channel."""
        return self.kernel**2 * self.in_channels * self.out_channels

    @property
    def depthwise(self) -> int:
        """Weights of a depthwise convolution: a filter for each input channel, and as many outputs as inputs."""
        return self.kernel**2 * self.in_channels

    @property
    def pointwise(self) -> int:
        """Weights of the 1x1 convolution that mixes the filtered channels."""
        return self.in_channels * self.out_channels

    @property
    def separable(self) -> int:
        """Weights of depthwise and pointwise together."""
        return self.depthwise + self.pointwise

    @property
    def ratio(self) -> float:
        """Separable as a share of standard; it equals 1 / out_channels + 1 / kernel².

        Source: MobileNets (arXiv 1704.04861), section 3.1.
        """
        return 1 / self.out_channels + 1 / self.kernel**2

    def macs(self, weights: int) -> int:
        """Multiply-adds: every weight is used once at every place of the output."""
        return weights * self.size**2


@dataclass(frozen=True, kw_only=True)
class Times:
    """Median seconds of one call on the CPU, for `(1, C, size, size)`."""

    standard: float
    depthwise: float
    separable: float
    size: int
    threads: int


def convolutions_in(plan: Plan) -> dict[str, Convolution]:
    """Depthwise steps of a network with the pointwise convolution behind them, by block id."""
    found = {}
    for block in plan.blocks:
        for step in block.layers:
            if step.step == "depthwise":
                found[block.id] = Convolution(
                    in_channels=step.in_shape[0],
                    out_channels=block.out_shape[0],
                    kernel=step.kernel,
                    size=step.out_shape[1],
                )
    return found


def layers_of(one: Convolution) -> dict[str, nn.Module]:
    """The three ways as PyTorch layers, without bias."""
    padding = one.kernel // 2
    depthwise = nn.Conv2d(
        one.in_channels, one.in_channels, one.kernel, padding=padding, groups=one.in_channels, bias=False
    )
    return {
        "standard": nn.Conv2d(one.in_channels, one.out_channels, one.kernel, padding=padding, bias=False),
        "depthwise": depthwise,
        "separable": nn.Sequential(depthwise, nn.Conv2d(one.in_channels, one.out_channels, 1, bias=False)),
    }


def measured_size(one: Convolution) -> int:
    """The side at which the three are timed: the layer's own, or a smaller one where that would take long."""
    return min(one.size, max(SMALLEST, int((MEASURED_MACS / one.standard) ** 0.5)))


def measure(one: Convolution) -> Times:
    """Time the three ways on this machine."""
    size = measured_size(one)
    x = torch.rand(1, one.in_channels, size, size).contiguous(memory_format=torch.channels_last)
    seconds = {
        name: median_seconds(layer.to(memory_format=torch.channels_last), x) for name, layer in layers_of(one).items()
    }
    return Times(**seconds, size=size, threads=torch.get_num_threads())


def questions(one: Convolution, others: Sequence[Convolution], dice: random.Random) -> list[QuizQuestion]:
    """About the sliders' convolution, and about another of the network's.

    Args:
        one: the sliders' convolution.
        others: convolutions of the network, one of which is asked about.
        dice: decide which of the others that is, and the order of the options.
    """
    other = dice.choice([found for found in others if found != one] or [one])
    macs = one.macs(one.depthwise)
    return [
        ask(
            dice,
            f"{one.in_channels} channels are filtered with {one.kernel}×{one.kernel}, depthwise. How many "
            "filters are there, and how many weights?",
            f"{one.in_channels:,} filters, {one.depthwise:,} weights",
            [
                f"{one.in_channels * one.out_channels:,} filters, {one.standard:,} weights",
                f"{one.out_channels:,} filters, {one.kernel**2 * one.out_channels:,} weights",
                f"{one.in_channels:,} filters, {one.pointwise:,} weights",
            ],
            f"One filter of {one.kernel}·{one.kernel} weights for each of {one.in_channels} channels: "
            f"{one.depthwise:,}.",
        ),
        ask(
            dice,
            f"Another layer has {other.in_channels} channels in, {other.out_channels} out and a kernel of "
            f"{other.kernel}×{other.kernel}. About which share of a standard convolution's multiply-adds do "
            "depthwise and pointwise together need?",
            f"{other.ratio:.1%}",
            [
                f"{1 / other.out_channels:.1%}",
                f"{1 / other.kernel**2:.1%}",
                f"{1 / other.kernel:.1%}",
                f"{1 / (other.kernel**2 * other.out_channels):.2%}",
            ],
            f"1/{other.out_channels} + 1/{other.kernel}² = {other.ratio:.4f}.",
        ),
        ask(
            dice,
            f"Height and width are halved from {one.size}. What happens to the {macs:,} multiply-adds of the "
            "depthwise convolution?",
            "a quarter is left",
            ["half is left", "nothing changes", "an eighth is left"],
            f"Each weight is used once at every place, and {one.size}² places become a quarter of that. The number "
            f"of weights, {one.depthwise:,}, stays.",
        ),
    ]
