"""Two plans held against each other, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from effnet_viz.architecture.plan import Plan, plan
from effnet_viz.architecture.plan_levels import LAYER_KINDS, BlockPlan, StagePlan
from effnet_viz.architecture.spec import ModelSpec
from effnet_viz.displayed import Displayed


@dataclass(frozen=True, kw_only=True)
class StagePair:
    """The same stage in both networks; a side that has no such stage is None."""

    title: str
    left: StagePlan | None
    right: StagePlan | None

    @property
    def kind(self) -> str:
        """The kind of its blocks, of the right network's where both have the stage."""
        return next(stage.kind for stage in (self.right, self.left) if stage)

    @property
    def params_difference(self) -> int:
        return _params(self.right) - _params(self.left)

    @property
    def macs_difference(self) -> int:
        return _macs(self.right) - _macs(self.left)

    @property
    def blocks(self) -> tuple[tuple[BlockPlan | None, BlockPlan | None], ...]:
        """Blocks in pairs, first with first; None where the other side has fewer."""
        left = self.left.blocks if self.left else ()
        right = self.right.blocks if self.right else ()
        count = max(len(left), len(right))
        return tuple(zip(left + (None,) * (count - len(left)), right + (None,) * (count - len(right)), strict=True))


@dataclass(frozen=True, kw_only=True)
class Comparison(Displayed):
    """Two plans, their stages aligned: stem with stem, head with head, the others by number.

    The plans decide all the rest, so a comparison serves as a cache key as they do.
    """

    left: Plan
    right: Plan
    stages: tuple[StagePair, ...] = field(repr=False, compare=False)

    @property
    def params_difference(self) -> int:
        """Parameters of the right network minus those of the left."""
        return self.right.params - self.left.params

    @property
    def macs_difference(self) -> int:
        """Multiply-adds of the right network minus those of the left."""
        return self.right.macs - self.left.macs

    def by_kind(self, quantity: str = "params") -> dict[str, tuple[int, int]]:
        """Left and right totals of `params` or `macs` for every kind of layer."""
        return {
            kind: tuple(
                sum(getattr(layer, quantity) for layer in side.layers if layer.kind == kind)
                for side in (self.left, self.right)
            )
            for kind in LAYER_KINDS
        }


def compare(left: ModelSpec | Plan | str, right: ModelSpec | Plan | str) -> Comparison:
    """Align two networks stage by stage, each at its own resolution unless a plan says otherwise.

    Args:
        left: a variant's name, a specification or a plan.
        right: the same.

    Raises:
        ValueError: no such variant.
    """
    return _compare(*(side if isinstance(side, Plan) else plan(side) for side in (left, right)))


@lru_cache(maxsize=64)
def _compare(left: Plan, right: Plan) -> Comparison:
    pairs = [StagePair(title=title, left=ours, right=theirs) for title, (ours, theirs) in align_stages([left, right])]
    return Comparison(left=left, right=right, stages=tuple(pairs))


def align_stages(plans: Sequence[Plan]) -> list[tuple[str, list[StagePlan | None]]]:
    """Titles, and the stage of each network or None: stem with stem, head with head, the others by number."""
    last = max(plan.spec.head_stage for plan in plans) - 1
    middle = [
        (f"stage {number}", [plan.stages[number - 1] if number < plan.spec.head_stage else None for plan in plans])
        for number in range(2, last + 1)
    ]
    return [("stem", [plan.stages[0] for plan in plans]), *middle, ("head", [plan.stages[-1] for plan in plans])]


def _params(stage: StagePlan | None) -> int:
    return stage.params if stage else 0


def _macs(stage: StagePlan | None) -> int:
    return stage.macs if stage else 0
