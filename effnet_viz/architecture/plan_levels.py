"""What a plan is made of, as data: layers, the blocks they form, the stages that the blocks form.

MACs are multiply-adds of convolutions and linear layers for one image; papers and tables call them FLOPs. Batch
norm, activations, pooling and additions are not counted. Shapes are `(C, H, W)`, or `(C,)` after pooling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from effnet_viz.architecture.spec import BlockSpec

BYTES_PER_VALUE = 4  # float32

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
        param_terms: the products that sum to the parameters, each as its factors.
        mac_terms: the products that sum to the multiply-adds.
        inner_layers: the steps of an SE module (squeeze, reduce, expand), empty elsewhere.
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
    param_terms: tuple[tuple[int, ...], ...]
    mac_terms: tuple[tuple[int, ...], ...]
    inner_layers: tuple[LayerPlan, ...] = ()

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output for one image in float32."""
        return BYTES_PER_VALUE * math.prod(self.out_shape)

    def bytes_moved(self, batch: int = 1) -> int:
        """Bytes that the step reads and writes at least, in float32: input, parameters and output once each.

        Args:
            batch: images at once; they share the parameters.
        """
        reads = 2 if self.kind == "se" else 1  # for the mean of each map, and again to weigh them
        values = reads * math.prod(self.in_shape) + math.prod(self.out_shape)
        return BYTES_PER_VALUE * (batch * values + self.params)

    @property
    def arithmetic(self) -> str:
        """The parameter count spelled out: `3·3·96 + 2·96 = 1,056`."""
        return _spelled_out(self.param_terms, self.params) or "no parameters"

    @property
    def macs_arithmetic(self) -> str:
        """The multiply-adds spelled out."""
        return _spelled_out(self.mac_terms, self.macs) or "an average, no multiply-adds"


class LayerTotals:
    """Totals over layers: the same for a block, a stage and the whole network, which are all made of them."""

    layers: tuple[LayerPlan, ...]

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


@dataclass(frozen=True, kw_only=True)
class BlockPlan(LayerTotals):
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
    def receptive_field(self) -> int:
        return self.layers[-1].receptive_field

    @property
    def jump(self) -> int:
        return self.layers[-1].jump

    @cached_property
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
        return self.spec.stochastic_depth if self.spec and self.spec.residual else 0.0

    @cached_property
    def peak_activation_bytes(self) -> int:
        """Most bytes held at once while the block runs: a step's input and output, and the kept residual input.

        A convolution with its batch norm and activation counts as one step, as inference engines run it. Where the
        value before an activation is kept until the one after it is there, it is up to twice as much.
        """
        kept = BYTES_PER_VALUE * math.prod(self.in_shape) if self.residual else 0
        alive = []
        for index, layer in enumerate(self.layers):
            first = kept if index > 0 else 0
            alive.append(BYTES_PER_VALUE * math.prod(layer.in_shape) + layer.activation_bytes + first)
        if self.residual:
            alive.append(3 * BYTES_PER_VALUE * math.prod(self.out_shape))
        return max(alive)


@dataclass(frozen=True, kw_only=True)
class StagePlan(LayerTotals):
    """One row of the paper's table: blocks of the same kind and resolution."""

    number: int
    kind: str
    blocks: tuple[BlockPlan, ...]

    @property
    def id(self) -> str:
        return str(self.number)

    @cached_property
    def layers(self) -> tuple[LayerPlan, ...]:  # type: ignore[override]  # a field of a block, worked out here
        return tuple(layer for block in self.blocks for layer in block.layers)

    @property
    def in_shape(self) -> Shape:
        return self.blocks[0].in_shape

    @property
    def out_shape(self) -> Shape:
        return self.blocks[-1].out_shape


def _spelled_out(terms: tuple[tuple[int, ...], ...], total: int) -> str:
    """Empty where there are no terms."""
    if not terms:
        return ""
    return " + ".join("·".join(f"{factor:,}" for factor in term) for term in terms) + f" = {total:,}"
