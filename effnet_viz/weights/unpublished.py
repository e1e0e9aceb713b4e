"""Which network has the shapes in a checkpoint, where nobody published it."""

from __future__ import annotations

from collections.abc import Iterator

from effnet_viz.architecture import ModelSpec, StageSpec, spec, tutorial_spec
from effnet_viz.architecture.theory import TUTORIAL_PHI
from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.named_tensors import NamedTensors
from effnet_viz.weights.scaling_search import find_scaling
from effnet_viz.weights.signature import BlockShape, Signature, signature

_STRIDES = {6: (1, 2, 2, 2, 1, 2), 7: (1, 2, 2, 2, 1, 2, 1)}  # V2-S and V1


def unpublished_network(sizes: Signature, named: NamedTensors, assumptions: list[str]) -> ModelSpec:
    """A scaling of a published family, else stage by stage as the shapes say.

    Args:
        sizes: shapes of all blocks.
        named: the tensors, with the stages that their names tell.
        assumptions: takes one sentence more about what the tensors cannot tell.

    Raises:
        CheckpointError: no EfficientNet that can be built here has these shapes.
    """
    tutorials = next((tutorial for tutorial in map(tutorial_spec, TUTORIAL_PHI) if signature(tutorial) == sizes), None)
    if tutorials is not None:
        assumptions.append(f"The shapes are those that tutorials build: {tutorials.title}.")
        return tutorials
    network = find_scaling(sizes, tuple(named.stages))
    if network is not None:
        assumptions.append(
            f"The shapes are those of a custom scaling: width {network.width:g}, depth "
            f"{network.depth:g}, {network.rounding} rounding, found from the channels."
        )
        return network
    stages = tuple(_stages(sizes, named))
    if any(stage.channels % 4 for stage in stages) or sizes.stem_channels % 4 or sizes.head_channels % 4:
        raise CheckpointError(
            "This EfficientNet has channel counts that are no multiples of 4, as pruned networks do; "
            "such networks cannot be built here."
        )
    widths = [stage.channels for stage in stages] + [sizes.stem_channels]
    network = spec("b0", origin="timm").replace(
        name="custom",
        title="EfficientNet with stages of its own",
        family="custom",
        stages=stages,
        stem_channels=sizes.stem_channels,
        head_channels=sizes.head_channels,
        head_rule="fixed",
        rounding="official" if all(width % 8 == 0 for width in widths) else "ceil4",
        source="the shapes of the tensors in a checkpoint",
    )
    if signature(network) != sizes:
        raise CheckpointError(
            "This network has EfficientNet's names, but its blocks differ from any EfficientNet that can be built here."
        )
    strides = " ".join(str(stage.stride) for stage in stages)
    assumptions.append(f"The shapes fit no known family, and strides are not stored; {strides} is assumed.")
    return network


def _stages(sizes: Signature, named: NamedTensors) -> Iterator[StageSpec]:
    """Stages as the names have them, or a new one wherever the number of channels changes."""
    counts = list(named.stages)
    if not counts:
        for index, block in enumerate(sizes.blocks):
            if index and block.in_channels == block.out_channels == sizes.blocks[index - 1].out_channels:
                counts[-1] += 1
            else:
                counts.append(1)
    strides = _STRIDES.get(len(counts), (1, *(2 if index < 4 else 1 for index in range(len(counts) - 1))))
    start = 0
    for count, stride in zip(counts, strides, strict=True):
        for index, run in enumerate(_runs(sizes.blocks[start : start + count])):
            first = run[0]
            yield StageSpec(
                operator=first.operator,
                kernel=first.kernel,
                stride=stride if index == 0 else 1,
                expansion=_expansion(first),
                channels=first.out_channels,
                repeats=len(run),
                se_ratio=(first.squeeze_channels + 0.5) / first.in_channels if first.squeeze_channels else None,
            )
        start += count


def _runs(blocks: tuple[BlockShape, ...]) -> Iterator[list[BlockShape]]:
    """Blocks that one row can describe: all alike, but that the first may have other input channels."""
    run: list[BlockShape] = []
    for block in blocks:
        if run and (_kind(block) != _kind(run[0]) or block.in_channels != run[-1].out_channels):
            yield run
            run = []
        run.append(block)
    yield run


def _kind(block: BlockShape) -> tuple[object, ...]:
    ratio = block.squeeze_channels and round(block.squeeze_channels / block.in_channels, 2)
    return block.operator, block.kernel, block.out_channels, _expansion(block), bool(ratio)


def _expansion(block: BlockShape) -> float:
    return block.wide_channels / block.in_channels if block.expands else 1
