"""From a specification to its stages: each block planned step by step, in the order in which the network runs them."""

from __future__ import annotations

from itertools import groupby

from effnet_viz.architecture.layer_planner import LayerPlanner
from effnet_viz.architecture.plan_levels import BlockPlan, LayerPlan, StagePlan
from effnet_viz.architecture.spec import BlockSpec, ModelSpec


def plan_stages(spec: ModelSpec, resolution: int) -> tuple[StagePlan, ...]:
    """Stem, block stages and head of a network.

    Args:
        spec: the network.
        resolution: side of the square input, in pixels.
    """
    planner = LayerPlanner(shape=(spec.in_channels, resolution, resolution))
    stages = [StagePlan(number=1, kind="stem", blocks=(_stem(planner, spec),))]
    for number, specs in groupby(spec.block_specs(), lambda block: block.stage):
        blocks = tuple(_block(planner, block) for block in specs)
        stages.append(StagePlan(number=number, kind=blocks[0].kind, blocks=blocks))
    stages.append(
        StagePlan(number=spec.head_stage, kind="head", blocks=(_head(planner, spec), _classifier(planner, spec)))
    )
    return tuple(stages)


def _stem(planner: LayerPlanner, spec: ModelSpec) -> BlockPlan:
    in_shape = planner.shape
    layer = planner.convolution("1", "stem", "stem_head", spec.scaled_stem_channels, kernel=3, stride=2)
    return BlockPlan(
        id="1", stage=1, kind="stem", in_shape=in_shape, out_shape=planner.shape, layers=(layer,), kernel=3, stride=2
    )


def _block(planner: LayerPlanner, block: BlockSpec) -> BlockPlan:
    in_shape = planner.shape
    layers = tuple(_mbconv(planner, block) if block.operator == "mbconv" else _fused_mbconv(planner, block))
    return BlockPlan(
        id=block.id,
        stage=block.stage,
        kind=block.operator,
        in_shape=in_shape,
        out_shape=planner.shape,
        layers=layers,
        kernel=block.kernel,
        stride=block.stride,
        spec=block,
    )


def _mbconv(planner: LayerPlanner, block: BlockSpec) -> list[LayerPlan]:
    layers = []
    if block.expands:
        layers.append(planner.convolution(f"{block.id}.expand", "expand", "pointwise", block.wide_channels))
    layers.append(
        planner.convolution(
            f"{block.id}.depthwise",
            "depthwise",
            "depthwise",
            block.wide_channels,
            kernel=block.kernel,
            stride=block.stride,
            groups=block.wide_channels,
        )
    )
    if block.squeeze_channels:
        layers.append(planner.squeeze_excitation(f"{block.id}.se", block.squeeze_channels))
    layers.append(planner.convolution(f"{block.id}.project", "project", "pointwise", block.out_channels))
    return layers


def _fused_mbconv(planner: LayerPlanner, block: BlockSpec) -> list[LayerPlan]:
    layers = [
        planner.convolution(
            f"{block.id}.fused", "fused", "fused_mbconv", block.wide_channels, kernel=block.kernel, stride=block.stride
        )
    ]
    if block.squeeze_channels:
        layers.append(planner.squeeze_excitation(f"{block.id}.se", block.squeeze_channels))
    if block.expands:
        layers.append(planner.convolution(f"{block.id}.project", "project", "pointwise", block.out_channels))
    return layers


def _head(planner: LayerPlanner, spec: ModelSpec) -> BlockPlan:
    in_shape = planner.shape
    layer = planner.convolution(str(spec.head_stage), "head", "stem_head", spec.scaled_head_channels)
    return BlockPlan(
        id=str(spec.head_stage),
        stage=spec.head_stage,
        kind="head",
        in_shape=in_shape,
        out_shape=planner.shape,
        layers=(layer,),
        kernel=1,
        stride=1,
    )


def _classifier(planner: LayerPlanner, spec: ModelSpec) -> BlockPlan:
    in_shape = planner.shape
    layers = (planner.pool(), planner.classifier(spec.num_classes))
    return BlockPlan(
        id="classifier",
        stage=spec.head_stage,
        kind="classifier",
        in_shape=in_shape,
        out_shape=planner.shape,
        layers=layers,
        kernel=1,
        stride=1,
    )
