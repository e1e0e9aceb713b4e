"""Where the difference of two networks comes from, and why the rule of thumb for it is not exact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from effnet_viz.architecture.compare import Comparison
from effnet_viz.architecture.plan import Plan, plan
from effnet_viz.architecture.plan_levels import StagePlan
from effnet_viz.architecture.spec import ModelSpec

QUANTITIES = ("params", "macs")
_DESIGN = ("stages", "stem_channels", "scale_stem", "head_rule", "rounding", "num_classes", "in_channels")


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """One part's share in a difference."""

    title: str
    kind: str
    left: int
    right: int

    @property
    def difference(self) -> int:
        return self.right - self.left


def split(comparison: Comparison, way: str = "stage", quantity: str = "params") -> tuple[Contribution, ...]:
    """The difference of two networks in parts that sum to it.

    Args:
        comparison: the two networks.
        way: `stage` for stage by stage with all squeeze-and-excitation apart, `operator` for the kinds of layers
            that either network has.
        quantity: `params` or `macs`.

    Raises:
        ValueError: the way or the quantity does not exist.
    """
    _check("way", way, _WAYS)
    _check("quantity", quantity, QUANTITIES)
    return tuple(_WAYS[way](comparison, quantity))


def _by_stage(comparison: Comparison, quantity: str) -> Iterator[Contribution]:
    for pair in comparison.stages:
        yield Contribution(
            title=pair.title,
            kind=pair.kind,
            left=_without_se(pair.left, quantity),
            right=_without_se(pair.right, quantity),
        )
    left, right = comparison.by_kind(quantity)["se"]
    if left or right:
        yield Contribution(title="SE", kind="se", left=left, right=right)


def _by_operator(comparison: Comparison, quantity: str) -> Iterator[Contribution]:
    for kind, (left, right) in comparison.by_kind(quantity).items():
        if left or right:
            yield Contribution(title=kind, kind=kind, left=left, right=right)


_WAYS = {"stage": _by_stage, "operator": _by_operator}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What one way of scaling was predicted to multiply by, and what it does when it alone is changed."""

    name: str
    factor: float
    predicted: float
    true: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class RatioExplanation:
    """The ratio of two networks of one design: the rule of thumb, each dimension by itself, and the truth."""

    quantity: str
    dimensions: tuple[Dimension, ...]
    true: float

    @property
    def predicted(self) -> float:
        """Depth x width² x resolution² for MACs, depth x width² for parameters."""
        product = 1.0
        for dimension in self.dimensions:
            product *= dimension.predicted
        return product

    @property
    def together(self) -> float:
        """What is left when all dimensions change at once: the parts that one alone could not show."""
        product = 1.0
        for dimension in self.dimensions:
            product *= dimension.true
        return self.true / product


def explain_ratio(left: Plan, right: Plan, quantity: str = "macs") -> RatioExplanation | None:
    """Why depth x width² x resolution² is not the true ratio; None for networks of different design.

    Args:
        left: the network that is one.
        right: the network that is a multiple of it.
        quantity: `macs` or `params`.

    Raises:
        ValueError: the quantity does not exist.

    Source: EfficientNet paper (arXiv 1905.11946), section 3.3.
    """
    _check("quantity", quantity, QUANTITIES)
    base, other = left.spec, right.spec
    if any(getattr(base, name) != getattr(other, name) for name in _DESIGN):
        return None

    def alone(resolution: int | None = None, **changes: float) -> float:
        changed = plan(base.replace(**changes), resolution or left.resolution)
        return getattr(changed, quantity) / getattr(left, quantity)

    depth, width = other.depth / base.depth, other.width / base.width
    side = right.resolution / left.resolution
    dimensions = [
        Dimension(
            name="depth",
            factor=depth,
            predicted=depth,
            true=alone(depth=other.depth),
            reason=_depth_reason(base, other),
        ),
        Dimension(
            name="width", factor=width, predicted=width**2, true=alone(width=other.width), reason=_width_reason(base)
        ),
    ]
    if quantity == "macs":
        dimensions.append(
            Dimension(
                name="resolution",
                factor=side,
                predicted=side**2,
                true=alone(resolution=right.resolution),
                reason="Maps are rounded up wherever a stride halves them; "
                + ("SE and the classifier cost" if base.has_se else "the classifier costs")
                + " the same at every resolution.",
            )
        )
    return RatioExplanation(
        quantity=quantity, dimensions=tuple(dimensions), true=getattr(right, quantity) / getattr(left, quantity)
    )


def _depth_reason(base: ModelSpec, other: ModelSpec) -> str:
    """Why a network does not cost as many times more as it is deeper."""
    kept = [number for number, stage in enumerate(base.stages, start=2) if not stage.scale_repeats]
    never = ["stem", *(f"stage {number}" for number in kept), "head", "classifier"]
    return (
        f"Numbers of blocks are rounded up in each stage ({len(base.block_specs())} blocks become "
        f"{len(other.block_specs())}); a stage's first block does not cost as much as those that are added; "
        f"{', '.join(never[:-1])} and {never[-1]} are never repeated."
    )


def _width_reason(base: ModelSpec) -> str:
    """Why a network does not cost as many times more as the square of its width."""
    fused = any(stage.operator == "fused_mbconv" for stage in base.stages)
    split = any(stage.operator == "mbconv" for stage in base.stages)
    grow = ["1×1", *(["fused"] if fused else [])]
    grows = base.head_rule != "fixed"
    line = [*(["depthwise convolutions"] if split else []), "the classifier" if grows else "the head"]
    kept = ["the image", *([] if base.scale_stem else ["the stem"]), *([] if grows else ["the classifier"])]
    return (
        f"Channels are rounded to multiples; only {' and '.join(grow)} convolutions grow with the square, "
        f"{' and '.join(line)} in proportion, {' and '.join(kept)} not with the width."
    )


def _without_se(stage: StagePlan | None, quantity: str) -> int:
    if stage is None:
        return 0
    return sum(getattr(layer, quantity) for layer in stage.layers if layer.kind != "se")


def _check(name: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it can be {', '.join(choices)}.")
