"""What the network is, as data and arithmetic; standard library only."""

from effnet_viz.architecture.compare import Comparison, StagePair, compare
from effnet_viz.architecture.custom import LIMITS, ceil4_spec, custom_spec, tutorial_spec
from effnet_viz.architecture.plan import Plan, plan
from effnet_viz.architecture.plan_levels import LAYER_KINDS, BlockPlan, LayerPlan, StagePlan
from effnet_viz.architecture.spec import BlockSpec, ModelSpec, Numerics, StageSpec
from effnet_viz.architecture.variants import ORIGINS, list_variants, spec, with_origin

__all__ = [
    "LAYER_KINDS",
    "LIMITS",
    "ORIGINS",
    "BlockPlan",
    "BlockSpec",
    "Comparison",
    "LayerPlan",
    "ModelSpec",
    "Numerics",
    "Plan",
    "StagePair",
    "StagePlan",
    "StageSpec",
    "ceil4_spec",
    "compare",
    "custom_spec",
    "list_variants",
    "plan",
    "spec",
    "tutorial_spec",
    "with_origin",
]
