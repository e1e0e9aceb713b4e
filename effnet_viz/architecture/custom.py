"""Networks that nobody published: V1's stages at any width, depth, resolution and rounding."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

from effnet_viz.architecture.scaling import ALPHA, BETA, GAMMA, compound_scale
from effnet_viz.architecture.spec import ModelSpec
from effnet_viz.architecture.theory import TUTORIAL_PHI
from effnet_viz.architecture.variants import spec

LIMITS = {  # what can still be planned, drawn and, below the memory of the machine, built
    "width": (0.05, 10.0),
    "depth": (0.05, 20.0),
    "resolution": (32, 4096),
    "phi": (-4.0, 12.0),
    "alpha": (1.0, 3.0),
    "beta": (1.0, 3.0),
    "gamma": (1.0, 3.0),
    "se_ratio": (0.01, 1.0),
    "num_classes": (1, 100_000),
    "in_channels": (1, 64),
}

TUTORIAL_HABITS = (
    "a 3×3 convolution in place of the 1×1 expansion (the code that is linked here)",
    "the same chance of 0.2 to skip every block (the code that is linked here), where the original lets it grow",
    "a squeeze that is counted from the expanded channels",
    "biases in convolutions that batch norm follows",
    "no skip at all",
)
"""What tutorial code often does differently besides scaling; none of it is built here."""

TUTORIAL_EXAMPLE = (
    "https://github.com/aladdinpersson/Machine-Learning-Collection/blob/master/ML/Pytorch/CNN_architectures/"
    "pytorch_efficientnet.py"
)

_COUNTS = ("resolution", "num_classes", "in_channels")


def custom_spec(
    *,
    width: float = 1.0,
    depth: float = 1.0,
    resolution: int | None = None,
    phi: float | None = None,
    alpha: float = ALPHA,
    beta: float = BETA,
    gamma: float = GAMMA,
    rounding: str = "official",
    head_rule: str = "official",
    se_ratio: float | None = 0.25,
    num_classes: int = 1000,
    in_channels: int = 3,
) -> ModelSpec:
    """Specification of an EfficientNet (V1 stages) that you scale yourself.

    Args:
        width: width multiplier.
        depth: depth multiplier.
        resolution: side of the square input, in pixels; 224 by default, or what phi gives.
        phi: compound coefficient; takes the place of width, depth and resolution.
        alpha: base of the depth multiplier, used with phi.
        beta: base of the width multiplier, used with phi.
        gamma: base of the resolution multiplier, used with phi.
        rounding: `official` (multiple of 8, never under 90%), `ceil4` (up to a multiple of 4), `tutorial` (whole
            part, then up to a multiple of 4; a stem of any width) or `nearest8` (as V2-B0 to B3).
        head_rule: `official`, `torchvision`, `fixed` or `tutorial` (rounded up to a whole number).
        se_ratio: squeeze channels as a share of a block's input channels; None builds without SE.
        num_classes: outputs of the classifier.
        in_channels: channels of the input image.

    Raises:
        ValueError: a value outside what can be built, with the range.

    Source: EfficientNet paper (arXiv 1905.11946), Table 1 and equation 3.
    """
    given = {"alpha": alpha, "beta": beta, "gamma": gamma, "num_classes": num_classes, "in_channels": in_channels}
    if phi is not None:
        check_limits(phi=phi, **given)
        scale = compound_scale(phi, alpha=alpha, beta=beta, gamma=gamma)
        width, depth = scale.width, scale.depth
        resolution = round(224 * scale.resolution) if resolution is None else resolution
    resolution = 224 if resolution is None else resolution
    check_limits(width=width, depth=depth, resolution=resolution, se_ratio=se_ratio, **given)
    base = spec("b0", origin="timm")
    network = base.replace(
        name="custom",
        family="custom",
        width=width,
        depth=depth,
        resolution=resolution,
        train_resolution=resolution,
        stages=tuple(dataclasses.replace(stage, se_ratio=se_ratio) for stage in base.stages),
        rounding=rounding,
        head_rule=head_rule,
        num_classes=num_classes,
        in_channels=in_channels,
        source="a custom scaling of the EfficientNet paper's Table 1 (arXiv 1905.11946)",
    )
    return network.replace(title=", ".join((_scaling_in_words(network), *_differences(network, se_ratio))))


@lru_cache(maxsize=16)
def tutorial_spec(name: str) -> ModelSpec:
    """What tutorials build under the name of a variant: multipliers from a phi of their own, and their own rounding.

    Depth is 1.2^phi and width 1.1^phi, channels are `4 * ceil(int(c * w) / 4)`, the stem `int(32 * w)`, the head
    `ceil(1280 * w)`. Such code often differs in more: see `TUTORIAL_HABITS`.

    Args:
        name: `b0` to `b7`.

    Raises:
        ValueError: tutorials have no such network.

    Source: aladdinpersson/Machine-Learning-Collection, `ML/Pytorch/CNN_architectures/pytorch_efficientnet.py`.
    """
    _check_tutorial(name)
    scale = compound_scale(TUTORIAL_PHI[name])
    return custom_spec(
        width=round(scale.width, 6),
        depth=round(scale.depth, 6),
        resolution=spec(name).resolution,
        rounding="tutorial",
        head_rule="tutorial",
    )


@lru_cache(maxsize=16)
def ceil4_spec(name: str) -> ModelSpec:
    """A variant's official multipliers, with channels rounded up to multiples of 4.

    Args:
        name: `b0` to `b7`.

    Raises:
        ValueError: no such variant here.
    """
    _check_tutorial(name)
    official = spec(name)
    return custom_spec(width=official.width, depth=official.depth, resolution=official.resolution, rounding="ceil4")


def tutorial_name(network: ModelSpec) -> str | None:
    """The variant under whose name tutorials build a network; None for any other network."""
    return next((name for name in TUTORIAL_PHI if network == tutorial_spec(name)), None)


def ceil4_name(network: ModelSpec) -> str | None:
    """The variant of which a network has the official multipliers, rounded up to 4; None for any other network."""
    return next((name for name in TUTORIAL_PHI if network == ceil4_spec(name)), None)


def _check_tutorial(name: str) -> None:
    if name not in TUTORIAL_PHI:
        raise ValueError(f"name is {name!r}; the tutorial has {', '.join(TUTORIAL_PHI)}.")


def _scaling_in_words(network: ModelSpec) -> str:
    scale = (network.width, network.depth, network.resolution)
    for name, phi in TUTORIAL_PHI.items():
        official, theory = spec(name), compound_scale(phi)
        if network.rounding == "ceil4" and scale == (official.width, official.depth, official.resolution):
            return f"{name.upper()} rounded up to 4 (ceil4)"
        tutorials = (round(theory.width, 6), round(theory.depth, 6), official.resolution)
        if (network.rounding, network.head_rule) == ("tutorial", "tutorial") and scale == tutorials:
            return f"Tutorial's {name.upper()} (phi {phi:g})"
    words = f"EfficientNet, width {network.width:.4g}, depth {network.depth:.4g}"
    return words if network.rounding == "official" else f"{words}, {network.rounding} rounding"


def _differences(network: ModelSpec, se_ratio: float | None) -> list[str]:
    """What is neither scaling nor rounding and not as in the published networks."""
    words = []
    if se_ratio is None:
        words.append("without SE")
    elif se_ratio != 0.25:
        words.append(f"SE ratio {se_ratio:.4g}")
    if network.head_rule != ("tutorial" if network.rounding == "tutorial" else "official"):
        words.append(f"{network.head_rule} head")
    if network.num_classes != 1000:
        words.append(_counted(network.num_classes, "class", "classes"))
    if network.in_channels != 3:
        words.append(_counted(network.in_channels, "channel in", "channels in"))
    return words


def _counted(number: int, singular: str, many: str) -> str:
    return f"{number:,} {singular if number == 1 else many}"


def check_limits(**values: float | None) -> None:
    """Refuse values outside `LIMITS`.

    Raises:
        ValueError: names the argument, the value and the range.
    """
    for name, value in values.items():
        low, high = LIMITS[name]
        if value is None:
            continue
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"{name} is {value}; it can be {low} to {high}.")
        if name in _COUNTS and value != int(value):
            raise ValueError(f"{name} is {value}; it can be a whole number from {low} to {high}.")
