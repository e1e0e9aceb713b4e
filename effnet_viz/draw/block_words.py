"""A block in words: what it is, and why it is as it is."""

from __future__ import annotations

from collections.abc import Sequence

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.numbers import counted, shape, share, si


def card(plan: Plan, blocks: Sequence[BlockPlan]) -> dict[str, object]:
    """What a diagram tells of a box while the pointer rests on it: a title, and rows of words and values.

    Args:
        plan: the network; the percentages are of its totals.
        blocks: the block, or several alike in a row, first to last.
    """
    first, last = blocks[0], blocks[-1]
    title = block_title(first)
    if first is not last:
        title = f"Blocks {first.id} to {last.id}, {title.split(', ', 1)[1]}, {len(blocks)} alike"
    params, macs = (sum(getattr(block, name) for block in blocks) for name in ("params", "macs"))
    each = f" ({len(blocks)} × {si(first.params)})" if len(blocks) > 1 else ""
    rows = [("Shape", f"{shape(first.in_shape)} → {shape(last.out_shape)}")]
    if first.spec and first.expanded_channels != first.in_shape[0]:
        rows.append(("Expanded to", f"{first.expanded_channels:,} channels"))
    if first.squeeze_channels:
        rows.append(("SE", squeeze_path(first)))
    rows += [
        ("Skip", "yes" if first.residual else "no"),
        ("Parameters", f"{si(params)}{each}, {share(params, plan.params)}"),
        ("MACs", f"{si(macs)}, {share(macs, plan.macs)}"),
        ("Activation memory", f"{si(first.activation_bytes, 'B')}{' each' if len(blocks) > 1 else ''}"),
        ("Receptive field", f"{last.receptive_field:,} px, one cell every {last.jump} px"),
    ]
    return {"title": title, "rows": [list(row) for row in rows if first.spec or row[0] != "Skip"]}


def squeeze_path(block: BlockPlan) -> str:
    """The widths of the SE module: `96 → 4 → 96`."""
    return f"{block.expanded_channels:,} → {block.squeeze_channels:,} → {block.expanded_channels:,}"


def reasons(plan: Plan, block: BlockPlan) -> list[str]:
    """Why the block has or has not its expansion, its skip, its SE, a sentence each.

    Args:
        plan: the network that the block belongs to.
        block: the block.
    """
    if block.kind == "stem":
        channels = block.in_shape[0]
        return [
            f"An ordinary convolution: with {counted(channels, 'input channel')} there is little to save by splitting "
            "it. Stride 2 halves height and width at once, which makes everything after it four times cheaper."
        ]
    if block.kind == "head":
        return [
            f"A 1×1 convolution gathers the last stage's {block.in_shape[0]:,} channels into "
            f"{block.out_shape[0]:,} features, from which the classifier decides."
        ]
    if block.kind == "classifier":
        return [
            f"The average over all {block.in_shape[1]}×{block.in_shape[2]} places leaves one number for each of "
            f"the {block.in_shape[0]:,} channels, so the classifier fits any resolution."
            + (f" Dropout before it ({plan.spec.dropout:.0%}) works in training only." if plan.spec.dropout else ""),
            f"One linear layer: {counted(plan.spec.num_classes, 'score')}, a weight for each pair of feature and "
            "class.",
        ]
    return [_expansion(block), _skip(plan, block), *_squeeze(plan, block), *_stochastic_depth(block)]


def _expansion(block: BlockPlan) -> str:
    channels = block.in_shape[0]
    if block.expansion == 1:
        return (
            f"**No expansion** (ratio 1): the block stays at {channels:,} channels. Here the maps still have "
            f"{block.in_shape[1]}×{block.in_shape[2]} places, and every additional channel would cost at each of them."
        )
    wide = f"{channels:,} → {block.expanded_channels:,} channels"
    base = round(block.expanded_channels / block.expansion)
    if base != channels:
        wide += f" (counted from {base:,}, not from the {channels:,} that come in)"
    if block.kind == "fused_mbconv":
        return (
            f"**Expansion {block.expansion:g}** inside the fused convolution, {wide}: one full {block.kernel}×"
            f"{block.kernel} convolution takes the place of expand and depthwise, faster while channels are few."
        )
    return (
        f"**Expansion {block.expansion:g}**, {wide}: in few channels the activation would destroy information, in many "
        f"it does so less (MobileNetV2, section 3.2). One more channel costs {_cost_of_a_channel(block)}."
    )


def _cost_of_a_channel(block: BlockPlan) -> str:
    """Weights that one expanded channel more would add, step by step; biases and batch norm left out."""
    terms = {
        "expansion": block.in_shape[0],
        "its filter": block.kernel**2,
        "squeeze and excitation": 2 * block.squeeze_channels,
        "projection": block.out_shape[0],
    }
    return " + ".join(f"{weights:,} ({name})" for name, weights in terms.items() if weights) + " weights"


def _skip(plan: Plan, block: BlockPlan) -> str:
    if block.residual:
        return f"**Skip**: input and output are both {shape(block.out_shape)}, so the input can be added."
    if block.stride > 1:
        return (
            f"**No skip**: stride {block.stride} turns {shape(block.in_shape)} into {shape(block.out_shape)}, "
            f"which cannot be added."
        )
    if block.in_shape[0] != block.out_shape[0]:
        return f"**No skip**: {block.in_shape[0]:,} channels come in and {block.out_shape[0]:,} go out."
    return f"**No skip**, although the shapes would allow it: {plan.spec.title} was published without one here."


def _squeeze(plan: Plan, block: BlockPlan) -> list[str]:
    if not block.squeeze_channels:
        return [] if not plan.se_blocks else ["**No SE** in this block; other blocks of this network have it."]
    ratio, channels = plan.spec.stages[block.stage - 2].se_ratio, block.in_shape[0]
    wide, narrow = block.expanded_channels, block.squeeze_channels
    exact = round(ratio * channels, 6)  # products of fractions are a little off
    rounded = "" if exact == narrow else f", {'down' if exact > narrow else 'up'} to {narrow:,}"
    apart = "" if wide == channels else f", not of the {wide:,} channels that it weighs"
    return [
        f"**SE {squeeze_path(block)}**: the narrow middle is {ratio:g} times the block's **input**, "
        f"{ratio:g}·{channels:,} = {exact:g}{rounded}{apart}. The sigmoid sets every gate by itself; a softmax would "
        "make the gates share a sum of 1."
    ]


def _stochastic_depth(block: BlockPlan) -> list[str]:
    if not block.stochastic_depth:
        return []
    return [
        f"**Stochastic depth**: training skips this block for {100 * block.stochastic_depth:.1f}% of the images, "
        f"deeper blocks more often; at inference it always runs."
    ]
