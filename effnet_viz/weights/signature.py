"""What the shapes of a network's tensors say about it: enough to tell any two different networks apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from effnet_viz.architecture import BlockSpec, ModelSpec, list_variants, spec
from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.named_tensors import NamedTensors


@dataclass(frozen=True, kw_only=True)
class BlockShape:
    """One block, as far as its tensors show it; strides and residuals leave no trace there."""

    operator: str
    in_channels: int
    wide_channels: int
    out_channels: int
    kernel: int
    squeeze_channels: int
    expands: bool


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A feature extractor, as far as its tensors show it."""

    stem_channels: int
    blocks: tuple[BlockShape, ...]
    head_channels: int


@lru_cache(maxsize=1024)
def signature(network: ModelSpec) -> Signature:
    """What the tensors of a specified network look like."""
    return Signature(
        stem_channels=network.scaled_stem_channels,
        head_channels=network.scaled_head_channels,
        blocks=tuple(_planned(block) for block in network.block_specs()),
    )


def read_signature(named: NamedTensors) -> Signature:
    """What the tensors of a checkpoint look like.

    Raises:
        CheckpointError: parts of an EfficientNet are missing.
    """
    stem, head = named.shape("stem", "conv.weight"), named.shape("head", "conv.weight")
    if not stem or not head or not named.blocks:
        missing = "its final convolution" if stem and named.blocks else "the blocks or the stem"
        raise CheckpointError(f"The checkpoint has {named.naming.label}'s names but lacks {missing}.")
    return Signature(
        stem_channels=stem[0],
        head_channels=head[0],
        blocks=tuple(_found(named, number) for number in range(named.blocks)),
    )


@lru_cache(maxsize=1)
def published_signatures() -> dict[Signature, str]:
    """The published variants by what their tensors look like."""
    return {signature(spec(name)): name for name in reversed(list_variants())}


def _planned(block: BlockSpec) -> BlockShape:
    return BlockShape(
        operator=block.operator,
        in_channels=block.in_channels,
        wide_channels=block.wide_channels,
        out_channels=block.out_channels,
        kernel=block.kernel,
        squeeze_channels=block.squeeze_channels,
        expands=block.expands,
    )


def _found(named: NamedTensors, number: int) -> BlockShape:
    expand, depthwise, fused, project, reduce = (
        named.shape(number, f"{step}.weight")
        for step in ("expand.conv", "depthwise.conv", "fused.conv", "project.conv", "se.reduce")
    )
    squeeze = reduce[0] if reduce else 0
    if depthwise and project:
        return BlockShape(
            operator="mbconv",
            in_channels=expand[1] if expand else depthwise[0],
            wide_channels=depthwise[0],
            out_channels=project[0],
            kernel=depthwise[-1],
            squeeze_channels=squeeze,
            expands=bool(expand),
        )
    if fused:
        return BlockShape(
            operator="fused_mbconv",
            in_channels=fused[1],
            wide_channels=fused[0],
            out_channels=project[0] if project else fused[0],
            kernel=fused[-1],
            squeeze_channels=squeeze,
            expands=bool(project),
        )
    some = next((name for (section, _), name in named.names.items() if section == number), f"block {number}")
    raise CheckpointError(
        f"Block {number + 1} of the checkpoint is neither an MBConv nor a fused MBConv block (near {some})."
    )
