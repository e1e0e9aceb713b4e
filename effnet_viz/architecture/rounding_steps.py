"""How a width and a depth multiplier become channel counts and repeats, step by step, as on the board."""

from __future__ import annotations

from dataclasses import dataclass

from effnet_viz.architecture.scaling import (
    ROUNDING_RULES,
    head_tutorial,
    round_nearest8,
    scale_channels,
    scale_repeats,
    scale_stem_channels,
    scaled_exactly,
)
from effnet_viz.architecture.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class ScalingSteps:
    """One number on its way: what it was, what scaling makes of it, each step of the rounding, what is built."""

    base: int
    multiplier: float
    exact: float
    steps: tuple[str, ...]
    result: int

    def __str__(self) -> str:
        return " → ".join(self.steps)


@dataclass(frozen=True, kw_only=True)
class StageScalingSteps:
    """One stage: its channels under every rounding rule, its repeats; None where nothing is repeated."""

    title: str
    channels: dict[str, ScalingSteps]
    repeats: ScalingSteps | None

    @property
    def rules_differ(self) -> bool:
        """Whether the official rule, ceil4 and the tutorials' rules build different networks here."""
        return len({self.channels[rule].result for rule in ("official", "ceil4", "tutorial")}) > 1


def channel_steps(channels: int, width: float, rounding: str) -> ScalingSteps:
    """The way of a channel count through `scale_channels`.

    Args:
        channels: count at width 1.0.
        width: width multiplier.
        rounding: one of `ROUNDING_RULES`.

    Raises:
        ValueError: the rule does not exist.
    """
    result, exact = scale_channels(channels, width, rounding), scaled_exactly(channels, width)
    steps = (f"{channels:,}·{width:g} = {exact:,g}", *_rounding_steps(exact, rounding, result))
    return ScalingSteps(base=channels, multiplier=width, exact=exact, steps=steps, result=result)


def tutorial_end_steps(channels: int, width: float, part: str) -> ScalingSteps:
    """The way of the stem's or the head's channel count in tutorials, which round both to no multiple.

    Args:
        channels: count at width 1.0.
        width: width multiplier.
        part: `stem` or `head`.
    """
    exact = scaled_exactly(channels, width)
    scale, brackets = {"stem": (scale_stem_channels, "⌊{}⌋"), "head": (head_tutorial, "⌈{}⌉")}[part]
    result = scale(channels, width, "tutorial")
    steps = (f"{channels:,}·{width:g} = {exact:,g}", f"{brackets.format(f'{exact:,g}')} = {result:,}")
    return ScalingSteps(base=channels, multiplier=width, exact=exact, steps=steps, result=result)


def _rounding_steps(exact: float, rounding: str, result: int) -> list[str]:
    if rounding == "ceil4":
        return [f"4·⌈{exact:,g} / 4⌉ = {result:,}"]
    if rounding == "tutorial":
        return [f"4·⌈{int(exact):,} / 4⌉ = {result:,}"]
    nearest = round_nearest8(exact)
    steps = [f"nearest multiple of 8: {nearest:,}"]
    if rounding == "official" and nearest < exact:
        floor = f"0.9·{exact:,g} = {round(0.9 * exact, 6):,g}"
        steps.append(
            f"{nearest:,} ≥ {floor}, stays" if nearest == result else f"{nearest:,} < {floor}, one step up: {result:,}"
        )
    return steps


def repeat_steps(repeats: int, depth: float) -> ScalingSteps:
    """The way of a number of blocks: always rounded up.

    Args:
        repeats: blocks in the stage at depth 1.0.
        depth: depth multiplier.
    """
    result, exact = scale_repeats(repeats, depth), scaled_exactly(repeats, depth)
    return ScalingSteps(
        base=repeats,
        multiplier=depth,
        exact=exact,
        result=result,
        steps=(f"⌈{depth:g}·{repeats}⌉ = ⌈{exact:g}⌉ = {result}",),
    )


def stage_steps(spec: ModelSpec) -> tuple[StageScalingSteps, ...]:
    """Stem, stages and head of a network, with the widths that every rule gives."""

    def by_every_rule(channels: int, width: float, end: str = "") -> dict[str, ScalingSteps]:
        by_rule = {rule: channel_steps(channels, width, rule) for rule in ROUNDING_RULES}
        return by_rule | ({"tutorial": tutorial_end_steps(channels, width, end)} if end else {})

    stages = [
        StageScalingSteps(
            title="stem",
            channels=by_every_rule(spec.stem_channels, spec.width if spec.scale_stem else 1.0, "stem"),
            repeats=None,
        )
    ]
    for number, stage in enumerate(spec.stages, start=2):
        stages.append(
            StageScalingSteps(
                title=f"stage {number}",
                channels=by_every_rule(stage.channels, spec.width),
                repeats=repeat_steps(stage.repeats, spec.depth if stage.scale_repeats else 1.0),
            )
        )
    stages.append(
        StageScalingSteps(
            title="head",
            repeats=None,
            channels=by_every_rule(spec.head_channels, 1.0 if spec.head_rule == "fixed" else spec.width, "head"),
        )
    )
    return tuple(stages)
