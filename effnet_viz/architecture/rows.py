"""Stages, blocks and layers of a plan as rows of a table."""

from __future__ import annotations

from typing import Any

from effnet_viz.architecture.plan_levels import BlockPlan, LayerPlan, StagePlan


def stage_row(stage: StagePlan) -> dict[str, Any]:
    """A stage as in the paper's table; the head counts as one layer."""
    first = stage.blocks[0]
    return {
        "stage": stage.number,
        "operator": first.kind,
        "kernel": first.kernel,
        "stride": first.stride,
        "expansion": first.expansion,
        "se": first.squeeze_channels > 0,
        "in_shape": stage.in_shape,
        "channels": (stage.blocks[-1] if stage.kind != "head" else first).out_shape[0],
        "repeats": len(stage.blocks) if stage.kind != "head" else 1,
        "params": stage.params,
        "macs": stage.macs,
        "receptive_field": stage.blocks[-1].receptive_field,
    }


def block_row(block: BlockPlan) -> dict[str, Any]:
    """A block with its shapes, its inner widths and what it costs."""
    return {
        "block": block.id,
        "operator": block.kind,
        "kernel": block.kernel,
        "stride": block.stride,
        "expansion": block.expansion,
        "in_shape": block.in_shape,
        "expanded_channels": block.expanded_channels,
        "squeeze_channels": block.squeeze_channels,
        "out_shape": block.out_shape,
        "residual": block.residual,
        "params": block.params,
        "macs": block.macs,
        "activation_bytes": block.activation_bytes,
        "receptive_field": block.receptive_field,
        "jump": block.jump,
    }


def layer_row(layer: LayerPlan) -> dict[str, Any]:
    """A layer with its shapes, what it costs, and the arithmetic of its parameters."""
    return {
        "layer": layer.id,
        "kind": layer.kind,
        "kernel": layer.kernel,
        "stride": layer.stride,
        "groups": layer.groups,
        "in_shape": layer.in_shape,
        "out_shape": layer.out_shape,
        "params": layer.params,
        "macs": layer.macs,
        "activation_bytes": layer.activation_bytes,
        "receptive_field": layer.receptive_field,
        "jump": layer.jump,
        "arithmetic": layer.arithmetic,
    }
