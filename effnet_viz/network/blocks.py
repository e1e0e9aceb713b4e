"""The building blocks of EfficientNet, in the order in which they explain each other.

Shapes are `(N, C, H, W)`: images in the batch, channels, height, width. Every step of a block is a module of its own
with a name (`expand`, `depthwise`, `se`, `project`, `fused`), absent steps are `nn.Identity`, and nothing works in
place, so a forward hook can read any step and finds there what the step gave.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from effnet_viz.architecture import BlockSpec, ModelSpec

ACTIVATIONS = {"silu": nn.SiLU, "relu6": nn.ReLU6, "relu": nn.ReLU}


class SamePaddingConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME: where the padding is odd, the extra row and column come last.

    At stride 2 this shifts the sampling grid against symmetric padding, which is why weights trained with one lose
    accuracy with the other. `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`.
    """

    def forward(self, x: Tensor) -> Tensor:
        vertical = self._missing(x.shape[-2], self.kernel_size[0], self.stride[0])
        horizontal = self._missing(x.shape[-1], self.kernel_size[1], self.stride[1])
        left, top = horizontal // 2, vertical // 2
        return super().forward(functional.pad(x, (left, horizontal - left, top, vertical - top)))

    @staticmethod
    def _missing(size: int, kernel: int, stride: int) -> int:
        """Pixels that the last window reaches beyond the image."""
        last_start = (math.ceil(size / stride) - 1) * stride
        return max(last_start + kernel - size, 0)


class ConvBlock(nn.Module):
    """Convolution, batch norm, activation: `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`.

    With `groups=in_channels` each channel is filtered by itself (depthwise convolution); with `kernel=1` channels are
    mixed and places are not (pointwise convolution).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        spec: the network, for padding, batch-norm epsilon and activation.
        kernel: side of the kernel, in pixels.
        stride: step between neighbouring outputs, in pixels.
        groups: number of groups that channels are split into.
        activate: False leaves the output linear, as at the end of a bottleneck (MobileNetV2 paper, section 3.2).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        spec: ModelSpec,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activate: bool = True,
    ) -> None:
        super().__init__()
        # At stride 1 an odd kernel needs the same padding on both sides, so only stride 2 tells SAME from symmetric.
        if spec.padding == "same" and stride > 1:
            self.conv = SamePaddingConv2d(in_channels, out_channels, kernel, stride, groups=groups, bias=False)
        else:
            self.conv = nn.Conv2d(
                in_channels, out_channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False
            )
        self.norm = nn.BatchNorm2d(out_channels, eps=spec.norm_epsilon, momentum=0.01)
        self.activation = ACTIVATIONS[spec.activation]() if activate else nn.Identity()

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
        spec: the network, for the activation.

    Source: Squeeze-and-Excitation Networks (arXiv 1709.01507), equations 2 to 4.
    """

    def __init__(self, channels: int, squeeze_channels: int, spec: ModelSpec) -> None:
        super().__init__()
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeeze_channels, 1)
        self.activation = ACTIVATIONS[spec.activation]()
        self.expand = nn.Conv2d(squeeze_channels, channels, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        descriptor = self.squeeze(x)
        middle = self.activation(self.reduce(descriptor))
        gates = self.gate(self.expand(middle))
        return x * gates


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
        kept = torch.empty(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device).bernoulli_(survival)
        return x * kept / survival

    def extra_repr(self) -> str:
        return f"probability={self.probability:.4g}"


class MBConv(nn.Module):
    """Mobile inverted bottleneck: widen, filter each channel, weigh channels, narrow, add the input back.

    `(N, C_in, H, W)` to `(N, C_out, ⌈H / stride⌉, ⌈W / stride⌉)`. With expansion 1 there is nothing to widen. The
    input is added where input and output have the same shape.

    Args:
        block: this block's numbers.
        spec: the network, for padding, epsilon and activation.

    Source: MobileNetV2 (arXiv 1801.04381), figure 3; EfficientNet (arXiv 1905.11946), section 4.
    """

    def __init__(self, block: BlockSpec, spec: ModelSpec) -> None:
        super().__init__()
        wide = block.expanded_channels
        self.expand = ConvBlock(block.in_channels, wide, spec) if block.expands else nn.Identity()
        self.depthwise = ConvBlock(wide, wide, spec, kernel=block.kernel, stride=block.stride, groups=wide)
        self.se = SqueezeExcitation(wide, block.squeeze_channels, spec) if block.squeeze_channels else nn.Identity()
        self.project = ConvBlock(wide, block.out_channels, spec, activate=False)
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
        spec: the network, for padding, epsilon and activation.

    Source: EfficientNetV2 (arXiv 2104.00298), figure 2.
    """

    def __init__(self, block: BlockSpec, spec: ModelSpec) -> None:
        super().__init__()
        wide = block.expanded_channels if block.expands else block.out_channels
        self.fused = ConvBlock(block.in_channels, wide, spec, kernel=block.kernel, stride=block.stride)
        self.se = SqueezeExcitation(wide, block.squeeze_channels, spec) if block.squeeze_channels else nn.Identity()
        self.project = ConvBlock(wide, block.out_channels, spec, activate=False) if block.expands else nn.Identity()
        self.stochastic_depth = StochasticDepth(block.stochastic_depth) if block.residual else nn.Identity()
        self.residual = block.residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.fused(x)
        y = self.se(y)
        y = self.project(y)
        return x + self.stochastic_depth(y) if self.residual else y


BLOCKS = {"mbconv": MBConv, "fused_mbconv": FusedMBConv}
