"""What an EfficientNet is, as data: stages before scaling, and the blocks they become after it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from effnet_viz.architecture.scaling import (
    HEAD_RULES,
    ROUNDING_RULES,
    scale_channels,
    scale_repeats,
    scale_stem_channels,
)

OPERATORS = ("mbconv", "fused_mbconv")
ACTIVATIONS = ("silu", "relu6", "relu")
PADDINGS = ("symmetric", "same")
MOST_CLASSES, MOST_CHANNELS_IN = 1_000_000, 1024  # beyond all that anybody has trained; more is a slip of the keyboard


@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """One row of the paper's table: blocks of one kind, before width and depth scaling.

    Attributes:
        operator: `mbconv` (expand, depthwise, SE, project) or `fused_mbconv` (one convolution in place of the
            first two).
        kernel: side of the spatial kernel, in pixels.
        stride: stride of the stage's first block; all later blocks have stride 1.
        expansion: expanded channels as a multiple of the block's input channels; 1 means no expansion step.
        channels: output channels at width 1.0.
        repeats: number of blocks at depth 1.0.
        se_ratio: squeeze channels as a share of the block's **input** channels; None for no SE.
        scale_repeats: whether the depth multiplier applies (Lite keeps its first and last stage).
        residual: whether blocks whose shapes allow it add their input (EdgeTPU's first stage does not).
        expansion_base: channels that the first block's expansion is counted from where that is not its input
            (EdgeTPU's first stage: 24, although the stem gives 32).
    """

    operator: str
    kernel: int
    stride: int
    expansion: float
    channels: int
    repeats: int
    se_ratio: float | None = None
    scale_repeats: bool = True
    residual: bool = True
    expansion_base: int | None = None


@dataclass(frozen=True, kw_only=True)
class BlockSpec:
    """One block as it is built: every number final, after scaling and rounding."""

    id: str
    stage: int
    operator: str
    in_channels: int
    expanded_channels: int
    out_channels: int
    kernel: int
    stride: int
    expansion: float
    squeeze_channels: int
    residual: bool
    stochastic_depth: float

    @property
    def index(self) -> int:
        """Which block of its stage it is, from 1."""
        return int(self.id.partition(".")[2])

    @property
    def wide_channels(self) -> int:
        """Channels inside the block, which SE weighs; those of the output where a fused convolution is all there is."""
        return self.out_channels if self.operator == "fused_mbconv" and not self.expands else self.expanded_channels

    @property
    def expands(self) -> bool:
        """Whether the block has an expansion step (MBConv) or a projection after its fused convolution (fused)."""
        return self.expansion != 1


@dataclass(frozen=True, kw_only=True)
class Numerics:
    """What all layers of a network have in common; see `ModelSpec` for the values."""

    activation: str
    padding: str
    norm_epsilon: float


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A whole network before it is planned or built; frozen and hashable, so it serves as a cache key.

    Attributes:
        name: identifier such as `b7`.
        title: name for people, such as `EfficientNet-B7`.
        family: `v1`, `lite`, `edgetpu`, `v2`, `shapes` or `custom`.
        width: width multiplier.
        depth: depth multiplier.
        resolution: side of the square input at evaluation, in pixels.
        train_resolution: side of the square input during the published training, in pixels.
        dropout: probability before the classifier.
        stochastic_depth: probability of skipping the last block; it grows linearly from 0 at the first.
        stages: block stages before scaling; the stem is stage 1, these are stages 2 and up, the head comes last.
        stem_channels: stem output at width 1.0.
        scale_stem: whether the width multiplier applies to the stem.
        head_channels: final convolution's output at width 1.0.
        head_rule: `official`, `torchvision`, `fixed` or `tutorial`.
        activation: `silu`, `relu6` or `relu`; SE uses the same.
        rounding: `official`, `ceil4`, `tutorial` or `nearest8`.
        origin: whose numerics: `torchvision`, `timm` or `google`.
        padding: `symmetric`, or TensorFlow's `same`, which pads more on the right and bottom at stride 2.
        norm_epsilon: batch-norm epsilon.
        num_classes: outputs of the classifier.
        in_channels: channels of the input image.
        source: where the numbers come from.
    """

    name: str
    title: str
    family: str
    width: float
    depth: float
    resolution: int
    train_resolution: int
    dropout: float
    stages: tuple[StageSpec, ...]
    stem_channels: int
    head_channels: int
    source: str
    stochastic_depth: float = 0.2
    scale_stem: bool = True
    head_rule: str = "official"
    activation: str = "silu"
    rounding: str = "official"
    origin: str = "timm"
    padding: str = "symmetric"
    norm_epsilon: float = 1e-5
    num_classes: int = 1000
    in_channels: int = 3

    def __post_init__(self) -> None:
        _check_choice("rounding", self.rounding, ROUNDING_RULES)
        _check_choice("head_rule", self.head_rule, HEAD_RULES)
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_choice("padding", self.padding, PADDINGS)
        for stage in self.stages:
            _check_choice("operator", stage.operator, OPERATORS)
        if self.num_classes < 1:
            raise ValueError(f"num_classes is {self.num_classes}; a classifier has at least 1 output.")
        if self.num_classes > MOST_CLASSES:
            raise ValueError(f"num_classes is {self.num_classes}; at most {MOST_CLASSES:,} can be built.")
        if self.in_channels > MOST_CHANNELS_IN:
            raise ValueError(f"in_channels is {self.in_channels}; at most {MOST_CHANNELS_IN:,} can be built.")
        if self.in_channels < 1:
            raise ValueError(f"in_channels is {self.in_channels}; an image has at least 1 channel.")

    def replace(self, **changes: Any) -> ModelSpec:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def numerics(self) -> Numerics:
        """Activation, padding and batch-norm epsilon, which all layers share."""
        return Numerics(activation=self.activation, padding=self.padding, norm_epsilon=self.norm_epsilon)

    @property
    def head_stage(self) -> int:
        """Number of the last stage: final convolution, pooling, classifier (9 in V1)."""
        return len(self.stages) + 2

    @property
    def scaled_stem_channels(self) -> int:
        """Output channels of the stem as built."""
        return scale_stem_channels(self.stem_channels, self.width if self.scale_stem else 1.0, self.rounding)

    @property
    def scaled_head_channels(self) -> int:
        """Output channels of the final 1x1 convolution as built."""
        return HEAD_RULES[self.head_rule](self.head_channels, self.width, self.rounding)

    @property
    def has_se(self) -> bool:
        """Whether any block has squeeze-and-excitation."""
        return any(block.squeeze_channels for block in self.block_specs())

    @property
    def total_stride(self) -> int:
        """How many input pixels one cell of the last map stands for, along one side."""
        stride = 2
        for stage in self.stages:
            stride *= stage.stride
        return stride

    def block_specs(self) -> tuple[BlockSpec, ...]:
        """Every block from stage 2 up to the head, scaled and rounded, in the order they run."""
        return _scaled_blocks(self)


@lru_cache(maxsize=256)
def _scaled_blocks(spec: ModelSpec) -> tuple[BlockSpec, ...]:
    repeats = [
        scale_repeats(stage.repeats, spec.depth) if stage.scale_repeats else stage.repeats for stage in spec.stages
    ]
    blocks: list[BlockSpec] = []
    channels = spec.scaled_stem_channels
    for stage_number, (stage, count) in enumerate(zip(spec.stages, repeats, strict=True), start=2):
        out_channels = scale_channels(stage.channels, spec.width, spec.rounding)
        for index in range(1, count + 1):
            stride = stage.stride if index == 1 else 1
            base = channels
            if stage.expansion_base is not None and index == 1:
                base = scale_channels(stage.expansion_base, spec.width, spec.rounding)
            blocks.append(
                BlockSpec(
                    id=f"{stage_number}.{index}",
                    stage=stage_number,
                    operator=stage.operator,
                    in_channels=channels,
                    expanded_channels=round(base * stage.expansion),
                    out_channels=out_channels,
                    kernel=stage.kernel,
                    stride=stride,
                    expansion=stage.expansion,
                    squeeze_channels=max(1, int(channels * stage.se_ratio)) if stage.se_ratio else 0,
                    residual=stage.residual and stride == 1 and channels == out_channels,
                    stochastic_depth=spec.stochastic_depth * len(blocks) / sum(repeats),
                )
            )
            channels = out_channels
    return tuple(blocks)


def _check_choice(name: str, value: str, choices: Any) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it can be {', '.join(choices)}.")
