"""Lesson 1: one convolution block on a photo, taken apart to the sum of a single window."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy
import torch
from numpy import ndarray
from PIL import Image
from torch.nn import functional

from effnet_viz.architecture import ModelSpec
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.lessons.quiz import QuizQuestion, ask
from effnet_viz.network import SamePaddingConv2d
from effnet_viz.network.blocks import ACTIVATIONS

GREY_SIDE = 56  # pixels: few enough to see each one

KERNELS: dict[str, tuple[tuple[float, ...], ...]] = {
    "Vertical edges": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "Horizontal edges": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "All edges": ((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)),
    "Blur": ((0.11, 0.11, 0.11), (0.11, 0.12, 0.11), (0.11, 0.11, 0.11)),
    "Sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
}

Pads = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """The sum behind one output value.

    Attributes:
        patch: what the kernel lies on, `(C, k, k)`; zeros beyond the edge.
        products: patch times kernel, `(C, k, k)`.
        total: their sum.
        normalised: after normalisation.
        activated: after the activation.
        box: left, top, right, bottom in pixels of the input; beyond it where the window hangs over the edge.
    """

    patch: ndarray
    products: ndarray
    total: float
    normalised: float
    activated: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvolutionSteps:
    """Convolution, normalisation, activation of one output channel.

    Attributes:
        image: the input, `(C, H, W)`.
        kernel: the filter, `(C, k, k)`.
        stride: pixels from one window to the next.
        pads: zeros added left, top, right and bottom, in pixels.
        convolved: `(H', W')`.
        mean: what normalisation takes away.
        deviation: what it divides by.
        normalised: `(H', W')`.
        activated: `(H', W')`.
        activation: `silu`, `relu6` or `relu`.
    """

    image: ndarray
    kernel: ndarray
    stride: int
    pads: Pads
    convolved: ndarray
    mean: float
    deviation: float
    normalised: ndarray
    activated: ndarray
    activation: str

    @property
    def windows(self) -> int:
        """How many windows there are, and so output values."""
        return self.convolved.size

    def window(self, index: int) -> Window:
        """The window of an output value, counted row by row from 0.

        Raises:
            ValueError: there is no such window.
        """
        if not 0 <= index < self.windows:
            raise ValueError(f"index is {index}; there are windows 0 to {self.windows - 1:,}.")
        row, column = divmod(index, self.convolved.shape[1])
        left, top, right, bottom = self.pads
        padded = numpy.pad(self.image, ((0, 0), (top, bottom), (left, right)))
        size = self.kernel.shape[-1]
        y, x = row * self.stride, column * self.stride
        patch = padded[:, y : y + size, x : x + size]
        products = patch * self.kernel
        return Window(
            patch=patch,
            products=products,
            total=float(products.sum()),
            normalised=float(self.normalised[row, column]),
            activated=float(self.activated[row, column]),
            box=(x - left, y - top, x - left + size, y - top + size),
        )


def grey_photo(model: Model, photo: Photo) -> ndarray:
    """What the network sees of the photo, as `(1, 56, 56)` grey values from 0 to 1.

    Args:
        model: the model whose preprocessing resizes and crops the photo.
        photo: any photo.
    """
    seen = model.preprocessing.input_image(photo).convert("L")
    small = seen.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX)
    return numpy.asarray(small, dtype=numpy.float32)[None] / 255


def by_hand(image: ndarray, kernel: ndarray, spec: ModelSpec, *, stride: int = 1, padding: int = 1) -> ConvolutionSteps:
    """A kernel of one's own on a grey image; batch norm's mean and deviation are those of this very image.

    Args:
        image: `(1, H, W)`.
        kernel: `(k, k)`.
        spec: the network, for epsilon and activation.
        stride: pixels from one window to the next.
        padding: zeros added on every side, in pixels.
    """
    weight = numpy.asarray(kernel, dtype=numpy.float32)[None]
    convolved = _convolve(image, weight, stride, (padding,) * 4)
    mean, deviation = float(convolved.mean()), math.sqrt(float(convolved.var()) + spec.norm_epsilon)
    return _finish(image, weight, stride, (padding,) * 4, convolved, mean, deviation, spec.activation)


def by_stem(model: Model, run: Capture, channel: int) -> ConvolutionSteps:
    """One channel of the trained first layer.

    At inference batch norm's factor is part of the weights, so that its deviation is 1 here, and its shift is what is
    left to take away.

    Args:
        model: the model that made the capture.
        run: the capture; its input is convolved.
        channel: number of the stem's output channel.

    Raises:
        ValueError: the stem has no such channel.
    """
    conv = model.network.layer("1").conv
    if not 0 <= channel < conv.out_channels:
        raise ValueError(f"channel is {channel}; the stem has channels 0 to {conv.out_channels - 1}.")
    size, stride = conv.kernel_size[0], conv.stride[0]
    height, width = run.input.shape[1:]
    pads: Pads = (size // 2,) * 4
    if isinstance(conv, SamePaddingConv2d):
        across, down = (max((math.ceil(side / stride) - 1) * stride + size - side, 0) for side in (width, height))
        pads = (across // 2, down // 2, across - across // 2, down - down // 2)
    kernel = conv.weight[channel].detach().cpu().numpy()
    convolved = _convolve(run.input, kernel, stride, pads)
    return _finish(run.input, kernel, stride, pads, convolved, -float(conv.bias[channel]), 1.0, model.spec.activation)


def activate(values: ndarray, activation: str) -> ndarray:
    """A network's activation on any values.

    Args:
        values: any shape.
        activation: `silu`, `relu6` or `relu`.
    """
    return ACTIVATIONS[activation]()(torch.from_numpy(numpy.array(values, dtype=numpy.float32))).numpy()


def _convolve(image: ndarray, kernel: ndarray, stride: int, pads: Pads) -> ndarray:
    left, top, right, bottom = pads
    padded = functional.pad(torch.from_numpy(numpy.array(image))[None], (left, right, top, bottom))
    return functional.conv2d(padded, torch.from_numpy(numpy.array(kernel))[None], stride=stride)[0, 0].numpy()


def _finish(
    image: ndarray,
    kernel: ndarray,
    stride: int,
    pads: Pads,
    convolved: ndarray,
    mean: float,
    deviation: float,
    activation: str,
) -> ConvolutionSteps:
    normalised = (convolved - mean) / deviation
    return ConvolutionSteps(
        image=image,
        kernel=kernel,
        stride=stride,
        pads=pads,
        convolved=convolved,
        mean=mean,
        deviation=deviation,
        normalised=normalised,
        activated=activate(normalised, activation),
        activation=activation,
    )


def questions(steps: ConvolutionSteps, dice: random.Random) -> list[QuizQuestion]:
    """About the picture on the screen: a sum, a size, an activation.

    Args:
        steps: every number of the convolution on the screen.
        dice: decide which window is asked about, and the order of the options.
    """
    rows, columns = steps.convolved.shape
    row, column = dice.randrange(1, rows - 1), dice.randrange(1, columns - 1)
    window = steps.window(row * columns + column)
    total, flipped = window.total, float((window.patch * -steps.kernel).sum())
    mean = float(window.products.mean())
    height, width = steps.image.shape[1:]
    size = steps.kernel.shape[-1]
    below = steps.normalised < 0
    return [
        ask(
            dice,
            f"The window at row {row}, column {column} is summed. Which value does the convolution give there?",
            f"{total:.3f}",
            [f"{mean:.3f}", f"{flipped:.3f}", f"{total + 1:.3f}", f"{float(window.patch.sum()):.3f}"],
            f"{window.products.size} products are added, not averaged: their sum is {total:.3f}.",
        ),
        ask(
            dice,
            f"The input is {height}×{width}, the kernel {size}×{size}, the stride {steps.stride}, the padding "
            f"{steps.pads[0]} left and {steps.pads[2]} right. How large is the output?",
            f"{rows}×{columns}",
            [
                f"{height}×{width}",
                f"{height // 2}×{width // 2}",
                f"{rows - 1}×{columns - 1}",
                f"{rows + 1}×{columns + 1}",
            ],
            f"⌊({width} + {steps.pads[0]} + {steps.pads[2]} − {size}) / {steps.stride}⌋ + 1 = {columns} windows fit in "
            f"a row.",
        ),
        ask(
            dice,
            "Which share of the normalised values lies below zero, where the activation lets little or nothing pass?",
            f"{below.mean():.0%}",
            [f"{value:.0%}" for value in _apart(float(below.mean()))],
            f"{int(below.sum()):,} of {below.size:,} values are negative.",
        ),
    ]


def _apart(share: float) -> list[float]:
    """Shares that differ from the right one by enough to be told apart by eye."""
    return [(share + step) % 1.0 for step in (0.25, 0.5, 0.75)]
