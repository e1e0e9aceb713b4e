"""Sentences about a whole network, made from its specification: what has no such part gets no such sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from effnet_viz.architecture import ModelSpec, Plan
from effnet_viz.architecture.theory import Shipped

ACTIVATION_NAMES = {"silu": "SiLU", "relu6": "ReLU6", "relu": "ReLU"}
SAME_PHI = (
    0.1  # how far apart the phi of a variant may lie to count as one; coefficients have one digit after the point
)


def block_steps_words(network: ModelSpec) -> str:
    """What the blocks of a network do, with squeeze and excitation and fused blocks only where it has them."""
    blocks = network.block_specs()
    split = [block for block in blocks if block.operator == "mbconv"]
    fused = len(blocks) - len(split)
    gated = sum(block.squeeze_channels > 0 for block in blocks)
    where = "each block" if gated == len(blocks) else f"{gated} of {len(blocks)} blocks"
    words = f"{network.title} has {len(blocks)} blocks. "
    if split:
        who = "They" if not fused else "Most blocks" if len(split) > fused else "Some blocks"
        narrow = sum(not block.expands for block in split)
        but = f" (but for {narrow})" if narrow else ""
        words += f"{who} make more channels{but}, filter every channel by itself, and go back to fewer channels. "
    if fused:
        words += f"{fused} blocks do the first two steps in one full convolution (fused). "
    if gated:
        words += f"In {where}, the whole picture decides how much each channel counts (squeeze and excitation)."
    else:
        words += f"It has no squeeze and excitation{no_se_reason(network)}."
    return words


def family_words(network: ModelSpec) -> str:
    """Who made a network of this family, and when.

    Source: arXiv 1905.11946 and 2104.00298; tensorflow/tpu efficientnet/lite and efficientnet/edgetpu.
    """
    later = {
        "lite": ", and Google published the Lite networks in 2020",
        "edgetpu": ", and Google published the EdgeTPU networks in the same year",
        "v2": ", and EfficientNetV2 in 2021",
        "shapes": f"; {network.title} is of this project's own design, made of the same blocks",
        "custom": "; this one was put together from the same blocks",
    }.get(network.family, "")
    return f"Mingxing Tan and Quoc V. Le at Google published the first EfficientNets in 2019{later}."


def no_se_reason(network: ModelSpec) -> str:
    """Why a network has no squeeze and excitation, as the end of a sentence; nothing where nobody gave a reason.

    Source: tensorflow/tpu efficientnet/lite/README.md and efficientnet/edgetpu/README.md.
    """
    if network.has_se:
        return ""
    return {
        "lite": ", because some mobile accelerators do not support it well (its authors' reason)",
        "edgetpu": ", because its operations were chosen for one processor, the Edge TPU",
        "shapes": ", so that it can be compared with its twin, which has it",
    }.get(network.family, "")


def activation_words(network: ModelSpec, negative: float) -> str:
    """What a network's activation does with negative values, and why it was taken.

    Args:
        network: the network.
        negative: share of the values that are negative.

    Source: tensorflow/tpu efficientnet/lite/README.md for ReLU6.
    """
    share = f"{negative:.0%} of the normalised values are negative"
    silu = (
        "SiLU, also called Swish, is lowest at −1.28 and comes near 0 for very negative values, so small negative "
        "values still pass and still have a slope."
    )
    if network.activation == "silu":
        return f"{share}. {silu}"
    why = {
        "relu6": " Lite takes ReLU6 because a range of 0 to 6 makes it easier to turn numbers into 8 bits after "
        "training (its authors' reason)."
    }.get(network.activation, "")
    return (
        f"{share}, and {ACTIVATION_NAMES[network.activation]} makes zeros of them.{why} The first EfficientNets take "
        f"SiLU, dashed. {silu}"
    )


def channels_words(network: ModelSpec) -> str:
    """How the number of channels goes on from stage to stage; of very narrow networks, rounding makes many equal."""
    last = {block.stage: block.out_channels for block in network.block_specs()}
    widths = [*last.values(), network.scaled_head_channels]
    grows = all(before < after for before, after in pairwise(widths))
    return f"behind stage 2 there are {'more and more' if grows else 'never fewer'} channels"


def reach_words(plan: Plan) -> str:
    """What a value of the last maps depends on, in pixels and as a multiple of the picture."""
    head = plan.block(str(plan.spec.head_stage))
    times = head.receptive_field / plan.resolution
    words = f"through convolutions on {head.receptive_field:,} pixels a side, {times:.1f} times the picture"
    return f"{words}; through squeeze and excitation on the whole picture" if plan.se_blocks else words


def field_words(plan: Plan) -> str:
    """How far one value of the last maps sees, as the explanation of a number of pixels."""
    words = (
        f"Side of the square of pixels on which one cell of the last maps can depend through convolutions; the image "
        f"has {plan.resolution:,} pixels a side."
    )
    return f"{words} Through squeeze and excitation it depends on the whole image." if plan.se_blocks else words


def whole_picture_reaches(network: ModelSpec, block: str) -> bool:
    """Whether a block's output depends on the whole picture through squeeze and excitation, its own or an earlier one.

    Args:
        network: the network's specification.
        block: id of the block, the stem or the final convolution.
    """
    gated = [block.id for block in network.block_specs() if block.squeeze_channels]
    order = ["1", *(block.id for block in network.block_specs()), str(network.head_stage)]
    return bool(gated) and order.index(block) >= order.index(gated[0])


def input_words(channels: int) -> str:
    """What the channels of the image are."""
    return {1: "grey", 3: "red, green and blue"}.get(channels, f"{channels} channels")


def without_se_words(network: ModelSpec) -> str:
    """Which blocks have no squeeze and excitation in a network where others have it; nothing where all have it."""
    missing = [block for block in network.block_specs() if not block.squeeze_channels]
    if not missing:
        return ""
    kind = ", all fused MBConv" if all(block.operator == "fused_mbconv" for block in missing) else ""
    return (
        f"{len(missing)} blocks have no squeeze and excitation and are not drawn: {missing[0].id} to "
        f"{missing[-1].id}{kind}."
    )


def dropout_words(network: ModelSpec) -> str:
    """What happens to the pooled numbers before the classifier, in training and at inference."""
    if not network.dropout:
        return f"Many networks set random ones of these means to 0 in training (dropout); {network.title} does not."
    return (
        f"In training, dropout sets {network.dropout:.0%} of these means to 0, chosen at random, so that the "
        "network does not rely on single channels. At inference it does nothing."
    )


def example_layer(network: ModelSpec) -> str:
    """The name of a layer that the network has, as an example: the filter of the last block that adds its input."""
    blocks = network.block_specs()
    block = next((block for block in reversed(blocks) if block.residual), blocks[-1])
    return f"{block.id}.{'depthwise' if block.operator == 'mbconv' else 'fused'}"


def training_resolution_words(network: ModelSpec, side: int) -> str:
    """How large things look at a resolution beside the resolution of the training.

    Args:
        network: the network's specification.
        side: side of the square input, in pixels.
    """
    trained = network.train_resolution
    training = "its training here" if network.family == "shapes" else "the published training"
    if side == trained:
        return f"At {side} pixels everything is as large as in {training}."
    return f"At {side} pixels everything is {side / trained:.2g} times as large as in {training}, at {trained} pixels."


def fused_share_words(plan: Plan) -> str:
    """Where standard convolutions stand in a network: the stem, and fused blocks with their share of the work."""
    fused = sum(layer.macs for layer in plan.layers if layer.kind == "fused_mbconv")
    if not fused:
        return "here the stem"
    return f"here the stem and fused blocks ({fused / plan.macs:.0%} of the multiply-adds)"


def theory_words(rows: Sequence[Shipped]) -> str:
    """How many of the released variants can be had from one phi, with the bases that were chosen."""
    together, apart = [], []
    for row in rows:
        phi = (row.phi_depth, row.phi_width, row.phi_resolution)
        known = not any(math.isnan(value) for value in phi)
        (together if known and max(phi) - min(phi) < SAME_PHI else apart).append(row.name.upper())
    words = (
        "The paper found alpha, beta and gamma by a small grid search at phi = 1 and printed no phi for B1 to B7. The "
        "released networks have rounded multipliers. From each of them one can compute the phi that gives it: "
    )
    if apart:
        words += f"for {', '.join(apart)} the phi of depth, width and resolution **differ**"
        words += f"; for {', '.join(together)} they are nearly or exactly equal. " if together else ". "
    else:
        words += "here they are nearly or exactly equal for all of them. "
    return words + "The number in the name is not phi. The released numbers were written down, not computed from phi."
