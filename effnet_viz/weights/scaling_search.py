"""From the shapes of a network that nobody published back to the width, depth and rounding that make them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from effnet_viz.architecture import LIMITS, ModelSpec, custom_spec, spec
from effnet_viz.architecture.scaling import ROUNDING_RULES, scale_channels, scale_repeats
from effnet_viz.weights.signature import BlockShape, Signature, signature

_TEMPLATES = ("b0", "lite0", "v2_b0", "edgetpu_s", "v2_s", "v2_m", "v2_l", "v2_xl")
_DIGITS = 7


def find_scaling(sizes: Signature, stages: tuple[int, ...] = ()) -> ModelSpec | None:
    """A scaled version of a published family that has exactly these shapes, with the simplest numbers; or None.

    Args:
        sizes: what the tensors look like.
        stages: number of blocks in each stage where the names tell it, else empty.
    """
    for name in _TEMPLATES:
        template = spec(name, origin="timm")
        for network in _scaled(template, sizes, stages):
            if signature(network) == sizes:
                return network
    return None


def _scaled(template: ModelSpec, sizes: Signature, stages: tuple[int, ...]) -> Iterator[ModelSpec]:
    depth = _find_depth(template, len(sizes.blocks), stages)
    if depth is None:
        return
    repeats = _repeats(template, depth)
    firsts = [sizes.blocks[sum(repeats[:index])] for index in range(len(repeats))]
    se_ratio = _find_se_ratio(sizes.blocks)
    rules = dict.fromkeys((template.rounding, *ROUNDING_RULES))
    for rounding in rules:
        for head_rule in dict.fromkeys((template.head_rule, "official", "torchvision", "fixed")):
            width = _find_width(template, sizes, firsts, rounding, head_rule)
            if width is None:
                continue
            head_channels = sizes.head_channels if head_rule == "fixed" else template.head_channels
            if template.name == "b0":
                yield custom_spec(
                    width=width, depth=depth, rounding=rounding, head_rule=head_rule, se_ratio=se_ratio
                ).replace(head_channels=head_channels)
            yield template.replace(
                name="custom",
                title=f"{template.title} at width {width:.4g}, depth {depth:.4g}",
                family="custom",
                width=width,
                depth=depth,
                rounding=rounding,
                head_rule=head_rule,
                head_channels=head_channels,
                stages=tuple(
                    replace(stage, se_ratio=se_ratio if stage.se_ratio else None) for stage in template.stages
                ),
                source=f"a custom scaling of {template.title}",
            )


def _repeats(template: ModelSpec, depth: float) -> tuple[int, ...]:
    return tuple(
        scale_repeats(stage.repeats, depth) if stage.scale_repeats else stage.repeats for stage in template.stages
    )


def _find_depth(template: ModelSpec, blocks: int, stages: tuple[int, ...]) -> float | None:
    """The simplest depth multiplier that gives this many blocks; more depth never gives fewer."""

    def total(depth: float) -> int:
        return sum(_repeats(template, depth))

    low = _first(lambda depth: total(depth) >= blocks, *LIMITS["depth"])
    high = _first(lambda depth: total(depth) > blocks, *LIMITS["depth"])
    return _simplest(
        low, high, lambda depth: total(depth) == blocks and (not stages or _repeats(template, depth) == stages)
    )


def _find_width(
    template: ModelSpec, sizes: Signature, firsts: list[BlockShape], rounding: str, head_rule: str
) -> float | None:
    """The simplest width multiplier that gives these channels under a rounding rule."""
    wanted = [(stage.channels, first.out_channels) for stage, first in zip(template.stages, firsts, strict=True)]
    if template.scale_stem:
        wanted.append((template.stem_channels, sizes.stem_channels))
    if head_rule == "official":
        wanted.append((template.head_channels, sizes.head_channels))

    def given(channels: int, width: float) -> int:
        return scale_channels(channels, width, rounding)

    low, high = LIMITS["width"]
    for channels, result in wanted:
        low = max(low, _first(lambda width: given(channels, width) >= result, *LIMITS["width"]))  # noqa: B023
        high = min(high, _first(lambda width: given(channels, width) > result, *LIMITS["width"]))  # noqa: B023
    return _simplest(low, high, lambda width: all(given(channels, width) == result for channels, result in wanted))


def _find_se_ratio(blocks: tuple[BlockShape, ...]) -> float | None:
    """The simplest ratio that gives these squeeze widths; None where no block has any."""
    gated = [(block.in_channels, block.squeeze_channels) for block in blocks if block.squeeze_channels]
    if not gated:
        return None
    low = max([LIMITS["se_ratio"][0], *(squeeze / channels for channels, squeeze in gated if squeeze > 1)])
    high = min((squeeze + 1) / channels for channels, squeeze in gated)

    def fits(ratio: float) -> bool:
        return all(max(1, int(channels * ratio)) == squeeze for channels, squeeze in gated)

    return 0.25 if fits(0.25) else _simplest(low, high, fits)


def _first(reached: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that stays true begins to be true, by halving."""
    if reached(low):
        return low
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _simplest(low: float, high: float, fits: Callable[[float], bool]) -> float | None:
    """The number of the fewest decimals between two bounds that fits."""
    if low <= 1.0 and fits(1.0):
        return 1.0
    for digits in range(_DIGITS + 1):
        step = 10.0**-digits
        start = math.floor(low / step)
        for index in range(start, min(start + 12, math.ceil(high / step)) + 1):
            candidate = round(index * step, digits)
            if candidate > 0 and fits(candidate):
                return candidate
    return None
