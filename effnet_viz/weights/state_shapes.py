"""Names and shapes of all tensors in a network's state, by arithmetic: the yardstick that checkpoints are held to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from effnet_viz.architecture import BlockSpec, ModelSpec

Shape = tuple[int, ...]


@lru_cache(maxsize=32)
def state_shapes(network: ModelSpec) -> dict[str, Shape]:
    """What `EfficientNet(network).state_dict()` holds, at once; building it takes seconds, even without memory."""
    return dict(_state(network))


def _state(network: ModelSpec) -> Iterator[tuple[str, Shape]]:
    root = "feature_extractor"
    blocks = network.block_specs()
    yield from _conv_block(f"{root}.1", network.scaled_stem_channels, network.in_channels, 3)
    for block in blocks:
        yield from _block(f"{root}.{block.id}", block)
    head = network.scaled_head_channels
    yield from _conv_block(f"{root}.{network.head_stage}", head, blocks[-1].out_channels, 1)
    yield "classifier.weight", (network.num_classes, head)
    yield "classifier.bias", (network.num_classes,)


def _block(name: str, block: BlockSpec) -> Iterator[tuple[str, Shape]]:
    wide = block.expanded_channels
    if block.operator == "mbconv":
        if block.expands:
            yield from _conv_block(f"{name}.expand", wide, block.in_channels, 1)
        yield from _conv_block(f"{name}.depthwise", wide, 1, block.kernel)
    else:
        wide = wide if block.expands else block.out_channels
        yield from _conv_block(f"{name}.fused", wide, block.in_channels, block.kernel)
    if block.squeeze_channels:
        yield f"{name}.se.reduce.weight", (block.squeeze_channels, wide, 1, 1)
        yield f"{name}.se.reduce.bias", (block.squeeze_channels,)
        yield f"{name}.se.expand.weight", (wide, block.squeeze_channels, 1, 1)
        yield f"{name}.se.expand.bias", (wide,)
    if block.operator == "mbconv" or block.expands:
        yield from _conv_block(f"{name}.project", block.out_channels, wide, 1)


def _conv_block(name: str, channels: int, inputs: int, kernel: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.conv.weight", (channels, inputs, kernel, kernel)
    for parameter in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.norm.{parameter}", (channels,)
    yield f"{name}.norm.num_batches_tracked", ()
