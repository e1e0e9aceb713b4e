"""Lesson 2: what a standard and a depthwise convolution cost, in numbers and in milliseconds."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from effnet_viz.architecture import Plan
from effnet_viz.lessons.layer_time import median_seconds
from effnet_viz.lessons.quiz import QuizQuestion, ask

MEASURED_MACS = 3e8  # of the standard convolution: the largest that is timed, so that nobody waits
SMALLEST = 4
WAYS = ("standard", "depthwise", "separable")
SAME = 1.15  # times; shares of time and work nearer than this count as equal


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
    convolutions = {}
    for block in plan.blocks:
        for step in block.layers:
            if step.step == "depthwise":
                convolutions[block.id] = Convolution(
                    in_channels=step.in_shape[0],
                    out_channels=block.out_shape[0],
                    kernel=step.kernel,
                    size=step.out_shape[1],
                )
    return convolutions


def layers_of(convolution: Convolution) -> dict[str, nn.Module]:
    """The three ways as PyTorch layers, without bias."""
    padding = convolution.kernel // 2
    depthwise = nn.Conv2d(
        convolution.in_channels,
        convolution.in_channels,
        convolution.kernel,
        padding=padding,
        groups=convolution.in_channels,
        bias=False,
    )
    return {
        "standard": nn.Conv2d(
            convolution.in_channels, convolution.out_channels, convolution.kernel, padding=padding, bias=False
        ),
        "depthwise": depthwise,
        "separable": nn.Sequential(
            depthwise, nn.Conv2d(convolution.in_channels, convolution.out_channels, 1, bias=False)
        ),
    }


def measured_size(convolution: Convolution) -> int:
    """The side at which the three are timed: the layer's own, or a smaller one where that would take long."""
    return min(convolution.size, max(SMALLEST, int((MEASURED_MACS / convolution.standard) ** 0.5)))


def measure(convolution: Convolution) -> Times:
    """Time the three ways on this machine."""
    size = measured_size(convolution)
    x = torch.rand(1, convolution.in_channels, size, size).contiguous(memory_format=torch.channels_last)
    seconds = {
        name: median_seconds(layer.to(memory_format=torch.channels_last), x)
        for name, layer in layers_of(convolution).items()
    }
    return Times(**seconds, size=size, threads=torch.get_num_threads())


def median_of(measured: Sequence[Times]) -> Times:
    """Several measurements in one: the median of each way.

    Args:
        measured: of one convolution, at least one.
    """
    return replace(measured[-1], **{way: statistics.median(getattr(times, way) for times in measured) for way in WAYS})


def time_words(convolution: Convolution, times: Times) -> str:
    """What the measured times say beside the counted multiply-adds, whichever way they turn out; in Markdown.

    Args:
        convolution: what was measured.
        times: how long its three ways took.
    """
    work, time = convolution.separable / convolution.standard, times.separable / times.standard
    says = (
        f"The separable convolution does **{work:.1%}** of the standard one's multiply-adds and takes "
        f"**{time:.1%}** of its time. "
    )
    if time > SAME * work:
        return says + (
            f"So one of its multiply-adds takes **{time / work:.1f} times** as long. A standard convolution uses each "
            f"number that it has loaded for all {convolution.out_channels:,} outputs. A depthwise one uses it at most "
            f"{convolution.kernel**2} times, then has to load the next: it waits for memory. Two layers also write the "
            "maps in between and read them again."
        )
    if time < work / SAME:
        return says + (
            f"So here a multiply-add of the standard convolution is the slower one, **{work / time:.1f} times**. "
            "Usually it is the other way round, because a depthwise convolution has to load more numbers for each. "
            "How fast a layer of one size runs depends on the routine that the library chooses for it."
        )
    return says + "So here time goes with the multiply-adds: one of them takes about as long in both."


def questions(convolution: Convolution, others: Sequence[Convolution], dice: random.Random) -> list[QuizQuestion]:
    """About the sliders' convolution, and about another of the network's.

    Args:
        convolution: the sliders' convolution.
        others: convolutions of the network, one of which is asked about.
        dice: decide which of the others that is, and the order of the options.
    """
    other = dice.choice([candidate for candidate in others if candidate != convolution] or [convolution])
    macs = convolution.macs(convolution.depthwise)
    return [
        ask(
            dice,
            f"A depthwise convolution has a kernel of {convolution.kernel}×{convolution.kernel}; channels in: "
            f"{convolution.in_channels:,}. How many filters are there, and how many weights?",
            _filters(convolution.in_channels, convolution.depthwise),
            [
                _filters(convolution.in_channels * convolution.out_channels, convolution.standard),
                _filters(convolution.out_channels, convolution.kernel**2 * convolution.out_channels),
                _filters(convolution.in_channels, convolution.pointwise),
                _filters(convolution.kernel**2, convolution.in_channels),
            ],
            f"One filter of {convolution.kernel}·{convolution.kernel} weights for each channel: "
            f"{convolution.in_channels:,}·{convolution.kernel**2} = {convolution.depthwise:,}.",
        ),
        ask(
            dice,
            f"Another layer has {other.in_channels:,} channels in, {other.out_channels:,} out and a kernel of "
            f"{other.kernel}×{other.kernel}. About which share of a standard convolution's multiply-adds do "
            "depthwise and pointwise together need?",
            f"{other.ratio:.1%}",
            [
                f"{1 / other.out_channels:.1%}",
                f"{1 / other.kernel**2:.1%}",
                f"{1 / other.kernel:.1%}",
                f"{1 / (other.kernel**2 * other.out_channels):.2%}",
            ],
            f"1/{other.out_channels} + 1/{other.kernel}² = {other.ratio:.1%}.",
        ),
        ask(
            dice,
            f"Height and width are doubled from {convolution.size}. What happens to the {macs:,} multiply-adds of the "
            "depthwise convolution?",
            "four times as many",
            ["twice as many", "nothing changes", "eight times as many"],
            f"Each weight is used once at every place, and {2 * convolution.size}² places are four times "
            f"{convolution.size}². The number of weights, {convolution.depthwise:,}, stays.",
        ),
    ]


def _filters(filters: int, weights: int) -> str:
    return f"filters: {filters:,}, weights: {weights:,}"
