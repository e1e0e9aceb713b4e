"""The building blocks of EfficientNet, each built from those before it.

Shapes are `(N, C, H, W)`: images in the batch, channels, height, width. Every step of a block is a module of its own
with a name (`expand`, `depthwise`, `se`, `project`, `fused`), absent steps are `nn.Identity`, and nothing works in
place, so a forward hook can read any step and finds there what the step gave.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from effnet_viz.architecture import BlockSpec, Numerics

ACTIVATIONS = {"silu": nn.SiLU, "relu6": nn.ReLU6, "relu": nn.ReLU}
BATCH_NORM_MOMENTUM = 0.01  # tensorflow/tpu efficientnet_model.py: 0.99, which TensorFlow counts from the other side


@fx.wrap  # one step for whoever traces the network: the padding depends on the size of the image
def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around `(N, C, H, W)`, so that the windows of a convolution just cover it, as TensorFlow's SAME.

    Args:
        x: the maps.
        kernel: side of the kernel, in pixels.
        stride: step between neighbouring windows, in pixels.
    """
    height, width = x.shape[-2], x.shape[-1]
    down = max((-(-height // stride) - 1) * stride + kernel - height, 0)
    across = max((-(-width // stride) - 1) * stride + kernel - width, 0)
    left, top = across // 2, down // 2
    return functional.pad(x, (left, across - left, top, down - top))


class SamePaddingConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME: where the padding is odd, the extra row and column come last.

    At stride 2 this shifts the sampling grid against symmetric padding, which is why weights trained with one lose
    accuracy with the other. `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`.
    """

    def forward(self, x: Tensor) -> Tensor:
        padded = pad_same(x, self.kernel_size[0], self.stride[0])
        return functional.conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)


class ConvBlock(nn.Module):
    """Convolution, batch norm, activation: `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`.

    With `groups=in_channels` each channel is filtered by itself (depthwise convolution); with `kernel=1` channels are
    mixed and places are not (pointwise convolution).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        numerics: the network's padding, batch-norm epsilon and activation.
        kernel: side of the kernel, in pixels.
        stride: step between neighbouring outputs, in pixels.
        groups: number of groups that channels are split into.
        activate: False leaves the output linear, as at the end of a bottleneck (MobileNetV2 paper, section 3.2).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        numerics: Numerics,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activate: bool = True,
    ) -> None:
        super().__init__()
        # At stride 1 an odd kernel needs the same padding on both sides, so only stride 2 tells SAME from symmetric.
        if numerics.padding == "same" and stride > 1:
            self.conv: nn.Conv2d = SamePaddingConv2d(
                in_channels, out_channels, kernel, stride, groups=groups, bias=False
            )
        else:
            self.conv = nn.Conv2d(
                in_channels, out_channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False
            )
        self.norm: nn.Module = nn.BatchNorm2d(out_channels, eps=numerics.norm_epsilon, momentum=BATCH_NORM_MOMENTUM)
        self.activation = ACTIVATIONS[numerics.activation]() if activate else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(x)))


class SqueezeExcitation(nn.Module):
    """Channel attention: one gate between 0 and 1 for every channel, computed from the whole image.

    The `squeeze` averages each channel to one number (the descriptor), `reduce` and `expand` mix the numbers through
    a narrow middle, `gate` bounds them, and each channel is multiplied by its gate. `(N, C, H, W)` keeps its shape;
    the gates are `(N, C, 1, 1)`.

    Args:
        channels: channels to reweight.
        squeeze_channels: width of the narrow middle.
        activation: `silu`, `relu6` or `relu`, behind `reduce`.

    Source: Squeeze-and-Excitation Networks (arXiv 1709.01507), equations 2 to 4.
    """

    def __init__(self, channels: int, squeeze_channels: int, activation: str) -> None:
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeeze_channels, 1)
        self.activation = ACTIVATIONS[activation]()
        self.expand = nn.Conv2d(squeeze_channels, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        descriptor = self.squeeze(x)
        middle = self.activation(self.reduce(descriptor))
        gates = self.gate(self.expand(middle))
        return x * gates


def squeeze_excitation(block: BlockSpec, activation: str) -> nn.Module:
    """A block's squeeze-and-excitation, or `nn.Identity` where it has none.

    Args:
        block: the block's description.
        activation: `silu`, `relu6` or `relu`, between the two convolutions.
    """
    if not block.squeeze_channels:
        return nn.Identity()
    return SqueezeExcitation(block.wide_channels, block.squeeze_channels, activation)


class StochasticDepth(nn.Module):
    """Skips a block for some images of a batch while training; does nothing at inference.

    Args:
        probability: share of images for which the block is skipped. What is kept is scaled up, so that the expected
            output is the same.

    Source: Deep Networks with Stochastic Depth (arXiv 1603.09382), section 3.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.probability == 0.0:
            return x
        survival = 1.0 - self.probability
        kept = torch.empty_like(x[:, :1, :1, :1]).bernoulli_(survival)  # (N, 1, 1, 1)
        return x * kept / survival

    def extra_repr(self) -> str:
        return f"probability={self.probability:.4g}"


class MBConv(nn.Module):
    """Mobile inverted bottleneck: widen, filter each channel, weigh channels, narrow, add the input back.

    `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`. With expansion 1 there is nothing to widen. The
    input is added where input and output have the same shape.

    Args:
        block: this block's numbers.
        numerics: the network's padding, epsilon and activation.

    Source: MobileNetV2 (arXiv 1801.04381), figure 3; EfficientNet (arXiv 1905.11946), section 4.
    """

    def __init__(self, block: BlockSpec, numerics: Numerics) -> None:
        super().__init__()
        wide = block.wide_channels
        self.expand = ConvBlock(block.in_channels, wide, numerics) if block.expands else nn.Identity()
        self.depthwise = ConvBlock(wide, wide, numerics, kernel=block.kernel, stride=block.stride, groups=wide)
        self.se = squeeze_excitation(block, numerics.activation)
        self.project = ConvBlock(wide, block.out_channels, numerics, activate=False)
        self.stochastic_depth = StochasticDepth(block.stochastic_depth) if block.residual else nn.Identity()
        self.residual = block.residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)
        y = self.depthwise(y)
        y = self.se(y)
        y = self.project(y)
        return x + self.stochastic_depth(y) if self.residual else y


class FusedMBConv(nn.Module):
    """MBConv with one full convolution in place of expansion and depthwise: faster where channels are few.

    `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`. With expansion 1 the convolution is the whole block.

    Args:
        block: this block's numbers.
        numerics: the network's padding, epsilon and activation.

    Source: EfficientNetV2 (arXiv 2104.00298), figure 2.
    """

    def __init__(self, block: BlockSpec, numerics: Numerics) -> None:
        super().__init__()
        wide = block.wide_channels
        self.fused = ConvBlock(block.in_channels, wide, numerics, kernel=block.kernel, stride=block.stride)
        self.se = squeeze_excitation(block, numerics.activation)
        self.project = ConvBlock(wide, block.out_channels, numerics, activate=False) if block.expands else nn.Identity()
        self.stochastic_depth = StochasticDepth(block.stochastic_depth) if block.residual else nn.Identity()
        self.residual = block.residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.fused(x)
        y = self.se(y)
        y = self.project(y)
        return x + self.stochastic_depth(y) if self.residual else y


BLOCKS = {"mbconv": MBConv, "fused_mbconv": FusedMBConv}
