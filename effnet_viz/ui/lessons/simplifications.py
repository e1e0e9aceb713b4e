"""What each lesson ends with: where common notes on EfficientNet say less, or something else, than is built."""

from __future__ import annotations

from effnet_viz.architecture import plan, spec


def simplifications(lesson: int) -> tuple[str, ...]:
    """Sentences for one lesson; their numbers come from the specifications.

    Args:
        lesson: its number, from 1.
    """
    b0, b7 = plan("b0"), spec("b7")
    without_skip = sum(not block.residual for block in b0.blocks if block.spec)
    return {
        1: (
            "“Normalises activations to speed up training”: at inference nothing is normalised any more. Mean and "
            "spread "
            "are fixed numbers, and they become part of the convolution.",
            "“Convolution, batch norm, activation” is not the whole network: the last step of a block has no "
            "activation.",
        ),
        2: (
            "Notes often give C_out · C_in · k · k as the number of multiply-adds. That is the number of weights; "
            "each is "
            "used at all H · W places, so the multiply-adds are H · W times as many.",
            "“Standard convolution learns what and where, depthwise learns where” helps to remember the difference, "
            "but is not exact: a depthwise filter also finds patterns, within its channel.",
        ),
        3: (
            "“Which channels are important”: a gate says how strongly a channel is passed on for this photo. Whether "
            "the "
            "answer needs it is another question, which the page SE attention tests.",
            "“Reduced from in_channels”: in EfficientNet the narrow middle is a quarter of the channels that come into "
            "the block, not of the expanded ones that are weighed.",
        ),
        4: (
            "“If the input has fewer channels than a multiple”: a block expands wherever its ratio is not 1; nothing "
            "is "
            "compared.",
            f"“Blocks have a skip”: {without_skip} of the {len(b0.spec.block_specs())} blocks of B0 have none, because "
            "their input and output differ in shape.",
        ),
        5: (
            "“Stride 2 in the first layer of each stage”: some stages have stride 1 and keep the size of the maps.",
            "“Rounded to the nearest multiple of 4 with 4 · ceil(…)”: ceil always rounds up, and the published "
            "networks "
            "round to multiples of 8.",
            f"“A fixed number of last channels, such as 1,280”: in B7 there are {b7.scaled_head_channels:,}.",
        ),
        6: (
            "“One phi for each variant”: the published multipliers are rounded, and no phi gives all three of most "
            "variants.",
            "“FLOPs” in the papers' tables are multiply-adds; other authors count a multiplication and an addition "
            "as two.",
        ),
        7: (
            "“The classifier decides”: it only adds up. What it adds was made by all layers before it.",
            f"Notes often leave out dropout: in training {b0.spec.dropout:.0%} of B0's pooled numbers is set to 0.",
        ),
    }[lesson]
