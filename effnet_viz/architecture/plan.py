"""The plan of a network: every block and layer with shapes, parameters, MACs and receptive field, by arithmetic alone.

MACs are multiply-adds of convolutions and linear layers for one image; papers and tables call them FLOPs. Batch
norm, activations, pooling and additions are not counted. Shapes are `(C, H, W)`, or `(C,)` after pooling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from effnet_viz.architecture.spec import BlockSpec, ModelSpec
from effnet_viz.architecture.variants import spec as spec_by_name

BYTES_PER_VALUE = 4  # float32
MAX_RESOLUTION = 4096

Shape = tuple[int, ...]

# Kinds name colours in every picture. A block's kind is its operator; a layer's is what it does.
LAYER_KINDS = ("stem_head", "fused_mbconv", "depthwise", "pointwise", "se", "classifier")


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """One step of a block as it runs: a convolution with its batch norm and activation, an SE module, a classifier.

    Attributes:
        id: `4.2.depthwise`; the same path leads to the module in the network.
        step: last word of the id, or `stem` and `head`.
        kind: one of `LAYER_KINDS`.
        in_shape: `(C, H, W)` of the input.
        out_shape: `(C, H, W)` of the output.
        params: parameters, batch norm's two a channel included.
        macs: multiply-adds for one image.
        receptive_field: side of the square of input pixels that one output value can depend on through
            convolutions; SE's global pooling is left out, it reaches the whole image.
        jump: distance between neighbouring output cells, in input pixels.
        arithmetic: the parameter count spelled out.
        macs_arithmetic: the multiply-adds spelled out.
        parts: the steps of an SE module (squeeze, reduce, expand), empty elsewhere.
    """

    id: str
    step: str
    kind: str
    in_shape: Shape
    out_shape: Shape
    kernel: int
    stride: int
    groups: int
    params: int
    macs: int
    receptive_field: int
    jump: int
    arithmetic: str
    macs_arithmetic: str
    parts: tuple[LayerPlan, ...] = ()

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output for one image in float32."""
        return BYTES_PER_VALUE * math.prod(self.out_shape)


@dataclass(frozen=True, kw_only=True)
class BlockPlan:
    """One box of the diagram: the stem, an MBConv or fused MBConv block, the head's convolution, the classifier."""

    id: str
    stage: int
    kind: str
    in_shape: Shape
    out_shape: Shape
    layers: tuple[LayerPlan, ...]
    kernel: int
    stride: int
    spec: BlockSpec | None = None

    @property
    def params(self) -> int:
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def se_params(self) -> int:
        return sum(layer.params for layer in self.layers if layer.kind == "se")

    @property
    def receptive_field(self) -> int:
        return self.layers[-1].receptive_field

    @property
    def jump(self) -> int:
        return self.layers[-1].jump

    @property
    def activation_bytes(self) -> int:
        """Bytes of all the block's layer outputs for one image in float32."""
        return sum(layer.activation_bytes for layer in self.layers)

    @property
    def expansion(self) -> float:
        return self.spec.expansion if self.spec else 1

    @property
    def expanded_channels(self) -> int:
        return self.spec.expanded_channels if self.spec else self.out_shape[0]

    @property
    def squeeze_channels(self) -> int:
        return self.spec.squeeze_channels if self.spec else 0

    @property
    def residual(self) -> bool:
        return bool(self.spec and self.spec.residual)

    @property
    def stochastic_depth(self) -> float:
        """Probability that training skips the block."""
        return self.spec.stochastic_depth if self.residual else 0.0

    @property
    def peak_activation_bytes(self) -> int:
        """Most bytes alive at once while the block runs: a layer's input and output, and the kept residual input."""
        kept = BYTES_PER_VALUE * math.prod(self.in_shape) if self.residual else 0
        alive = []
        for index, layer in enumerate(self.layers):
            first = kept if index > 0 else 0
            alive.append(BYTES_PER_VALUE * math.prod(layer.in_shape) + layer.activation_bytes + first)
        if self.residual:
            alive.append(3 * BYTES_PER_VALUE * math.prod(self.out_shape))
        return max(alive)


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """One row of the paper's table: blocks of the same kind and resolution."""

    number: int
    kind: str
    blocks: tuple[BlockPlan, ...]

    @property
    def id(self) -> str:
        return str(self.number)

    @property
    def layers(self) -> tuple[LayerPlan, ...]:
        return tuple(layer for block in self.blocks for layer in block.layers)

    @property
    def params(self) -> int:
        return sum(block.params for block in self.blocks)

    @property
    def macs(self) -> int:
        return sum(block.macs for block in self.blocks)

    @property
    def in_shape(self) -> Shape:
        return self.blocks[0].in_shape

    @property
    def out_shape(self) -> Shape:
        return self.blocks[-1].out_shape


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A network at one resolution, planned block by block."""

    spec: ModelSpec
    resolution: int
    stages: tuple[StagePlan, ...]
    blocks: tuple[BlockPlan, ...] = field(repr=False)
    layers: tuple[LayerPlan, ...] = field(repr=False)

    @cached_property
    def params(self) -> int:
        """Trainable parameters."""
        return sum(layer.params for layer in self.layers)

    @cached_property
    def macs(self) -> int:
        """Multiply-adds for one image."""
        return sum(layer.macs for layer in self.layers)

    @cached_property
    def se_params(self) -> int:
        """Parameters inside squeeze-and-excitation modules."""
        return sum(layer.params for layer in self.layers if layer.kind == "se")

    @cached_property
    def se_blocks(self) -> tuple[BlockPlan, ...]:
        """Blocks that have squeeze-and-excitation."""
        return tuple(block for block in self.blocks if block.squeeze_channels)

    @cached_property
    def peak_activation_bytes(self) -> int:
        """Most bytes of activations alive at once at inference of one image in float32."""
        return max(block.peak_activation_bytes for block in self.blocks)

    def block(self, block_id: str) -> BlockPlan:
        """The block with an id such as `4.2`.

        Raises:
            ValueError: the network has no such block.
        """
        for block in self.blocks:
            if block.id == block_id:
                return block
        raise ValueError(f"{self.spec.title} has no block {block_id!r}; its blocks run from {self.blocks[0].id} to "
                         f"{self.blocks[-1].id}.")

    def layer(self, layer_id: str) -> LayerPlan:
        """The layer with an id such as `4.2.depthwise` or `4.2.se.reduce`.

        Raises:
            ValueError: the network has no such layer.
        """
        for layer in self.layers:
            for candidate in (layer, *layer.parts):
                if candidate.id == layer_id:
                    return candidate
        raise ValueError(f"{self.spec.title} has no layer {layer_id!r}; its layers have ids such as "
                         f"{self.layers[1].id!r}.")

    def rows(self, level: str = "blocks") -> list[dict[str, Any]]:
        """Table rows, one dictionary a stage, block or layer.

        Args:
            level: `stages`, `blocks` or `layers`.

        Raises:
            ValueError: the level does not exist.
        """
        if level == "stages":
            return [_stage_row(stage) for stage in self.stages]
        if level == "blocks":
            return [_block_row(block) for block in self.blocks]
        if level == "layers":
            return [_layer_row(layer) for layer in self.layers]
        raise ValueError(f"level is {level!r}; it can be stages, blocks or layers.")


def plan(network: ModelSpec | str, resolution: int | None = None, num_classes: int | None = None) -> Plan:
    """Plan a network at a resolution, without building it.

    Args:
        network: a specification, or a variant's name such as `b7`.
        resolution: side of the square input, in pixels; the variant's own by default.
        num_classes: outputs of the classifier; the specification's by default.

    Raises:
        ValueError: no such variant, or a resolution at which no pixel is left for the last stage.
    """
    spec = spec_by_name(network) if isinstance(network, str) else network
    if num_classes is not None:
        spec = spec.replace(num_classes=num_classes)
    side = spec.resolution if resolution is None else resolution
    if not spec.total_stride <= side <= MAX_RESOLUTION:
        raise ValueError(f"resolution is {side}; {spec.title} halves its input until one cell covers "
                         f"{spec.total_stride} pixels, so it can be {spec.total_stride} to {MAX_RESOLUTION}.")
    return _plan(spec, side)


@lru_cache(maxsize=128)
def _plan(spec: ModelSpec, resolution: int) -> Plan:
    pen = _Pen(shape=(spec.in_channels, resolution, resolution))
    stages = [StagePlan(number=1, kind="stem", blocks=(_stem(pen, spec),))]
    for number in range(2, spec.head_stage):
        blocks = tuple(_block(pen, block) for block in spec.block_specs() if block.stage == number)
        stages.append(StagePlan(number=number, kind=blocks[0].kind, blocks=blocks))
    stages.append(StagePlan(number=spec.head_stage, kind="head", blocks=(_head(pen, spec), _classifier(pen, spec))))
    blocks = tuple(block for stage in stages for block in stage.blocks)
    return Plan(spec=spec, resolution=resolution, stages=tuple(stages), blocks=blocks,
                layers=tuple(layer for block in blocks for layer in block.layers))


class _Pen:
    """Where the drawing stands: the current shape, receptive field and jump; each step moves it on."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.receptive_field = 1
        self.jump = 1

    def convolution(self, layer_id: str, step: str, kind: str, channels: int, *, kernel: int = 1, stride: int = 1,
                    groups: int = 1) -> LayerPlan:
        """A convolution without bias, padded to keep the size, then batch norm."""
        in_shape = self.shape
        in_channels, height, width = in_shape
        height, width = math.ceil(height / stride), math.ceil(width / stride)
        self.shape = (channels, height, width)
        self.receptive_field += (kernel - 1) * self.jump
        self.jump *= stride
        weights = kernel * kernel * (in_channels // groups) * channels
        terms = [kernel] * 2 * (kernel > 1) + [in_channels // groups] * (groups == 1) + [channels]
        return LayerPlan(
            id=layer_id, step=step, kind=kind, in_shape=in_shape, out_shape=self.shape, kernel=kernel, stride=stride,
            groups=groups, params=weights + 2 * channels, macs=weights * height * width,
            receptive_field=self.receptive_field, jump=self.jump,
            arithmetic=f"{_product(*terms)} + {_product(2, channels)} = {weights + 2 * channels:,}",
            macs_arithmetic=f"{_product(*terms, height, width)} = {weights * height * width:,}")

    def squeeze_excitation(self, layer_id: str, squeeze_channels: int) -> LayerPlan:
        """Global pooling, two 1x1 convolutions with bias, and the reweighting that keeps the shape."""
        channels = self.shape[0]
        reduce = self._dense(f"{layer_id}.reduce", "reduce", "se", channels, squeeze_channels, (1, 1))
        expand = self._dense(f"{layer_id}.expand", "expand", "se", squeeze_channels, channels, (1, 1))
        squeeze = LayerPlan(
            id=f"{layer_id}.squeeze", step="squeeze", kind="se", in_shape=self.shape, out_shape=(channels, 1, 1),
            kernel=1, stride=1, groups=1, params=0, macs=0, receptive_field=self.receptive_field, jump=self.jump,
            arithmetic="no parameters", macs_arithmetic="an average, no multiply-adds")
        params, macs = reduce.params + expand.params, reduce.macs + expand.macs
        return LayerPlan(
            id=layer_id, step="se", kind="se", in_shape=self.shape, out_shape=self.shape, kernel=1, stride=1, groups=1,
            params=params, macs=macs, receptive_field=self.receptive_field, jump=self.jump,
            arithmetic=f"{_product(channels, squeeze_channels)} + {squeeze_channels:,} + "
                       f"{_product(squeeze_channels, channels)} + {channels:,} = {params:,}",
            macs_arithmetic=f"{_product(channels, squeeze_channels)} + {_product(squeeze_channels, channels)} "
                            f"= {macs:,}",
            parts=(squeeze, reduce, expand))

    def pool(self) -> LayerPlan:
        """Average over all places: `(C, H, W)` to `(C,)`."""
        in_shape, self.shape = self.shape, self.shape[:1]
        return LayerPlan(
            id="pool", step="pool", kind="classifier", in_shape=in_shape, out_shape=self.shape, kernel=1, stride=1,
            groups=1, params=0, macs=0, receptive_field=self.receptive_field, jump=self.jump,
            arithmetic="no parameters", macs_arithmetic="an average, no multiply-adds")

    def classifier(self, num_classes: int) -> LayerPlan:
        """The linear layer: `(C,)` to `(num_classes,)`."""
        layer = self._dense("classifier", "classifier", "classifier", self.shape[0], num_classes, ())
        self.shape = layer.out_shape
        return layer

    def _dense(self, layer_id: str, step: str, kind: str, inputs: int, outputs: int, space: Shape) -> LayerPlan:
        params = inputs * outputs + outputs
        return LayerPlan(
            id=layer_id, step=step, kind=kind, in_shape=(inputs, *space), out_shape=(outputs, *space), kernel=1,
            stride=1, groups=1, params=params, macs=inputs * outputs, receptive_field=self.receptive_field,
            jump=self.jump, arithmetic=f"{_product(inputs, outputs)} + {outputs:,} = {params:,}",
            macs_arithmetic=f"{_product(inputs, outputs)} = {inputs * outputs:,}")


def _stem(pen: _Pen, spec: ModelSpec) -> BlockPlan:
    in_shape = pen.shape
    layer = pen.convolution("1", "stem", "stem_head", spec.scaled_stem_channels, kernel=3, stride=2)
    return BlockPlan(id="1", stage=1, kind="stem", in_shape=in_shape, out_shape=pen.shape, layers=(layer,), kernel=3,
                     stride=2)


def _block(pen: _Pen, block: BlockSpec) -> BlockPlan:
    in_shape = pen.shape
    layers = tuple(_mbconv(pen, block) if block.operator == "mbconv" else _fused_mbconv(pen, block))
    return BlockPlan(id=block.id, stage=block.stage, kind=block.operator, in_shape=in_shape, out_shape=pen.shape,
                     layers=layers, kernel=block.kernel, stride=block.stride, spec=block)


def _mbconv(pen: _Pen, block: BlockSpec) -> list[LayerPlan]:
    layers = []
    if block.expands:
        layers.append(pen.convolution(f"{block.id}.expand", "expand", "pointwise", block.expanded_channels))
    layers.append(pen.convolution(f"{block.id}.depthwise", "depthwise", "depthwise", block.expanded_channels,
                                  kernel=block.kernel, stride=block.stride, groups=block.expanded_channels))
    if block.squeeze_channels:
        layers.append(pen.squeeze_excitation(f"{block.id}.se", block.squeeze_channels))
    layers.append(pen.convolution(f"{block.id}.project", "project", "pointwise", block.out_channels))
    return layers


def _fused_mbconv(pen: _Pen, block: BlockSpec) -> list[LayerPlan]:
    channels = block.expanded_channels if block.expands else block.out_channels
    layers = [pen.convolution(f"{block.id}.fused", "fused", "fused_mbconv", channels, kernel=block.kernel,
                              stride=block.stride)]
    if block.squeeze_channels:
        layers.append(pen.squeeze_excitation(f"{block.id}.se", block.squeeze_channels))
    if block.expands:
        layers.append(pen.convolution(f"{block.id}.project", "project", "pointwise", block.out_channels))
    return layers


def _head(pen: _Pen, spec: ModelSpec) -> BlockPlan:
    in_shape = pen.shape
    layer = pen.convolution(str(spec.head_stage), "head", "stem_head", spec.scaled_head_channels)
    return BlockPlan(id=str(spec.head_stage), stage=spec.head_stage, kind="head", in_shape=in_shape,
                     out_shape=pen.shape, layers=(layer,), kernel=1, stride=1)


def _classifier(pen: _Pen, spec: ModelSpec) -> BlockPlan:
    in_shape = pen.shape
    layers = (pen.pool(), pen.classifier(spec.num_classes))
    return BlockPlan(id="classifier", stage=spec.head_stage, kind="classifier", in_shape=in_shape,
                     out_shape=pen.shape, layers=layers, kernel=1, stride=1)


def _product(*factors: int) -> str:
    return "·".join(f"{factor:,}" for factor in factors)


def _stage_row(stage: StagePlan) -> dict[str, Any]:
    first = stage.blocks[0]
    return {"stage": stage.number, "operator": first.kind, "kernel": first.kernel, "stride": first.stride,
            "expansion": first.expansion, "se": first.squeeze_channels > 0, "in_shape": stage.in_shape,
            "channels": (stage.blocks[-1] if stage.kind != "head" else first).out_shape[0],
            "repeats": len(stage.blocks) if stage.kind != "head" else 1, "params": stage.params, "macs": stage.macs,
            "receptive_field": stage.blocks[-1].receptive_field}


def _block_row(block: BlockPlan) -> dict[str, Any]:
    return {"block": block.id, "operator": block.kind, "kernel": block.kernel, "stride": block.stride,
            "expansion": block.expansion, "in_shape": block.in_shape, "expanded_channels": block.expanded_channels,
            "squeeze_channels": block.squeeze_channels, "out_shape": block.out_shape, "residual": block.residual,
            "params": block.params, "macs": block.macs, "activation_bytes": block.activation_bytes,
            "receptive_field": block.receptive_field, "jump": block.jump}


def _layer_row(layer: LayerPlan) -> dict[str, Any]:
    return {"layer": layer.id, "kind": layer.kind, "kernel": layer.kernel, "stride": layer.stride,
            "groups": layer.groups, "in_shape": layer.in_shape, "out_shape": layer.out_shape, "params": layer.params,
            "macs": layer.macs, "activation_bytes": layer.activation_bytes,
            "receptive_field": layer.receptive_field, "jump": layer.jump, "arithmetic": layer.arithmetic}
