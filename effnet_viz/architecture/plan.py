"""The plan of a network: blocks and layers with shapes, parameters, MACs and receptive field, by arithmetic alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from effnet_viz.architecture.plan_levels import BlockPlan, LayerPlan, LayerTotals, StagePlan
from effnet_viz.architecture.rows import block_row, layer_row, stage_row
from effnet_viz.architecture.spec import ModelSpec
from effnet_viz.architecture.stage_planner import plan_stages
from effnet_viz.architecture.variants import spec as spec_by_name
from effnet_viz.displayed import Displayed

MAX_RESOLUTION = 4096


@dataclass(frozen=True, kw_only=True)
class Plan(LayerTotals, Displayed):
    """A network at one resolution, planned block by block.

    Specification (class count included) and resolution decide all the rest, so two plans with the same are equal, and a
    plan serves as a cache key.
    """

    spec: ModelSpec
    resolution: int
    stages: tuple[StagePlan, ...] = field(repr=False, compare=False)
    blocks: tuple[BlockPlan, ...] = field(repr=False, compare=False)
    layers: tuple[LayerPlan, ...] = field(repr=False, compare=False)

    @cached_property
    def se_blocks(self) -> tuple[BlockPlan, ...]:
        """Blocks that have squeeze-and-excitation."""
        return tuple(block for block in self.blocks if block.squeeze_channels)

    @cached_property
    def peak_activation_bytes(self) -> int:
        """Most bytes of activations held at once for one image in float32; see `BlockPlan.peak_activation_bytes`."""
        return max(block.peak_activation_bytes for block in self.blocks)

    def block(self, block_id: str) -> BlockPlan:
        """The block with an id such as `4.2`.

        Raises:
            ValueError: the network has no such block.
        """
        for block in self.blocks:
            if block.id == block_id:
                return block
        raise ValueError(
            f"{self.spec.title} has no block {block_id!r}; its blocks run from {self.blocks[0].id} to "
            f"{self.blocks[-1].id}."
        )

    def layer(self, layer_id: str) -> LayerPlan:
        """The layer with an id such as `4.2.depthwise` or `4.2.se.reduce`.

        Raises:
            ValueError: the network has no such layer.
        """
        for layer in self.layers:
            for candidate in (layer, *layer.inner_layers):
                if candidate.id == layer_id:
                    return candidate
        raise ValueError(
            f"{self.spec.title} has no layer {layer_id!r}; its layers have ids such as {self.layers[1].id!r}."
        )

    def rows(self, level: str = "blocks") -> list[dict[str, Any]]:
        """Table rows, one dictionary a stage, block or layer.

        Args:
            level: `stages`, `blocks` or `layers`.

        Raises:
            ValueError: the level does not exist.
        """
        if level == "stages":
            return [stage_row(stage) for stage in self.stages]
        if level == "blocks":
            return [block_row(block) for block in self.blocks]
        if level == "layers":
            return [layer_row(layer) for layer in self.layers]
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
        raise ValueError(
            f"resolution is {side}; {spec.title} halves its input until one cell covers "
            f"{spec.total_stride} pixels, so it can be {spec.total_stride} to {MAX_RESOLUTION}."
        )
    return _plan(spec, side)


@lru_cache(maxsize=128)
def _plan(spec: ModelSpec, resolution: int) -> Plan:
    stages = plan_stages(spec, resolution)
    blocks = tuple(block for stage in stages for block in stage.blocks)
    return Plan(
        spec=spec,
        resolution=resolution,
        stages=stages,
        blocks=blocks,
        layers=tuple(layer for block in blocks for layer in block.layers),
    )
