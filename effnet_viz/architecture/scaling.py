"""How an EfficientNet grows: compound scaling, and the rules that round what it gives to buildable numbers.

Compound scaling (EfficientNet paper, equation 3) multiplies depth by alpha^phi, width by beta^phi and resolution by
gamma^phi. A width is then a real number such as 35.2; a channel count is a multiple of 8 or 4. Which one depends on
the rule, and the rules disagree, so a rule is always named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ALPHA, BETA, GAMMA = 1.2, 1.1, 1.15  # EfficientNet paper, section 3.3: found by grid search at phi = 1


@dataclass(frozen=True, kw_only=True)
class CompoundScale:
    """Multipliers that compound scaling gives for one phi (EfficientNet paper, equation 3)."""

    phi: float
    depth: float
    width: float
    resolution: float

    @property
    def cost(self) -> float:
        """Predicted factor on MACs: depth x width² x resolution²."""
        return self.depth * self.width**2 * self.resolution**2


def compound_scale(phi: float, *, alpha: float = ALPHA, beta: float = BETA, gamma: float = GAMMA) -> CompoundScale:
    """Depth, width and resolution multipliers for a compound coefficient.

    Args:
        phi: compound coefficient; each step of 1 is meant to double the MACs.
        alpha: base of the depth multiplier.
        beta: base of the width multiplier.
        gamma: base of the resolution multiplier.

    Raises:
        ValueError: a base is not positive.

    Source: EfficientNet paper (arXiv 1905.11946), equation 3.
    """
    for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma)):
        if not value > 0:
            raise ValueError(f"{name} is {value}; a scaling base has to be greater than 0.")
    return CompoundScale(phi=phi, depth=alpha**phi, width=beta**phi, resolution=gamma**phi)


def scaled_exactly(count: int, multiplier: float) -> float:
    """A count times its multiplier before any rule rounds it, to six decimals.

    A product such as 100 * 1.12 = 112.00000000000001 must not be pushed to the next multiple by its last binary digit.

    Args:
        count: channels or blocks at multiplier 1.0.
        multiplier: of width or depth.
    """
    return round(count * multiplier, 6)


def scale_repeats(repeats: int, depth: float) -> int:
    """Blocks in a stage after depth scaling: always rounded up, so that no stage disappears.

    Args:
        repeats: blocks in the stage at depth 1.0.
        depth: depth multiplier.
    """
    return math.ceil(scaled_exactly(repeats, depth))


def round_official(exact: float) -> int:
    """Nearest multiple of 8, at least 8, one step up where that would lose more than a tenth.

    Source: tensorflow/tpu `efficientnet_model.py`, `round_filters`.
    """
    rounded = round_nearest8(exact)
    return rounded + 8 if rounded < 0.9 * exact else rounded


def round_ceil4(exact: float) -> int:
    """Up to the next multiple of 4; no trained weights exist for what differs from the official rule."""
    return max(4, 4 * math.ceil(exact / 4))


def round_tutorial(exact: float) -> int:
    """The whole part, then up to the next multiple of 4, as much tutorial code has it: `4 * ceil(int(c * w) / 4)`.

    Source: aladdinpersson/Machine-Learning-Collection, `ML/Pytorch/CNN_architectures/pytorch_efficientnet.py`.
    """
    return round_ceil4(int(exact))


def round_nearest8(exact: float) -> int:
    """Nearest multiple of 8, at least 8, without the 90% rule.

    Source: google/automl `efficientnetv2/effnetv2_model.py`, `round_filters`, used by V2-B0 to B3.
    """
    return max(8, int(exact + 4) // 8 * 8)


ROUNDING_RULES = {
    "official": round_official,
    "ceil4": round_ceil4,
    "tutorial": round_tutorial,
    "nearest8": round_nearest8,
}


def scale_channels(channels: int, width: float, rounding: str) -> int:
    """Channel count after width scaling and rounding.

    Args:
        channels: count at width 1.0.
        width: width multiplier.
        rounding: `official`, `ceil4`, `tutorial` or `nearest8`.

    Raises:
        ValueError: the rule does not exist.
    """
    if rounding not in ROUNDING_RULES:
        raise ValueError(f"rounding is {rounding!r}; the rules are {', '.join(ROUNDING_RULES)}.")
    return ROUNDING_RULES[rounding](scaled_exactly(channels, width))


def scale_stem_channels(channels: int, width: float, rounding: str) -> int:
    """Channels of the stem: rounded as every other count, but a tutorial's stem takes the whole part and no multiple.

    Args:
        channels: count at width 1.0.
        width: width multiplier.
        rounding: `official`, `ceil4`, `tutorial` or `nearest8`.

    Raises:
        ValueError: the rule does not exist.
    """
    if rounding == "tutorial":
        return max(1, int(scaled_exactly(channels, width)))
    return scale_channels(channels, width, rounding)


def head_official(channels: int, width: float, rounding: str) -> int:
    """Google's and timm's head: the base count scaled and rounded like every other.

    Args:
        channels: the head's count at width 1.0.
        width: width multiplier.
        rounding: one of `ROUNDING_RULES`.
    """
    return scale_channels(channels, width, rounding)


def head_from_last_stage(channels: int, width: float, rounding: str) -> int:
    """Torchvision's head: four times the rounded last stage (channels is 4 x 320 in the published networks).

    Args:
        channels: the head's count at width 1.0, four times the last stage's.
        width: width multiplier.
        rounding: one of `ROUNDING_RULES`.
    """
    return 4 * scale_channels(channels // 4, width, rounding)


def head_fixed(channels: int, width: float, rounding: str) -> int:
    """Lite's head: the same width in every variant.

    Args:
        channels: the head's count at width 1.0.
        width: width multiplier; it makes no difference.
        rounding: makes no difference.
    """
    return channels


def head_tutorial(channels: int, width: float, rounding: str) -> int:
    """A tutorial's head: the base count scaled and rounded up to a whole number, no multiple of anything.

    Args:
        channels: the head's count at width 1.0.
        width: width multiplier.
        rounding: makes no difference.
    """
    return math.ceil(scaled_exactly(channels, width))


HEAD_RULES = {
    "official": head_official,
    "torchvision": head_from_last_stage,
    "fixed": head_fixed,
    "tutorial": head_tutorial,
}
