"""Every published EfficientNet as data, this project's own small ones, and the way from a name to its specification."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from effnet_viz.architecture.spec import ModelSpec, StageSpec

# operator, kernel, stride, expansion, channels, repeats, SE ratio: one row a stage, stages 2 and up.
_Rows = tuple[tuple[str, int, int, float, int, int, float | None], ...]

_V1: _Rows = (  # EfficientNet paper (arXiv 1905.11946), Table 1
    ("mbconv", 3, 1, 1, 16, 1, 0.25),
    ("mbconv", 3, 2, 6, 24, 2, 0.25),
    ("mbconv", 5, 2, 6, 40, 2, 0.25),
    ("mbconv", 3, 2, 6, 80, 3, 0.25),
    ("mbconv", 5, 1, 6, 112, 3, 0.25),
    ("mbconv", 5, 2, 6, 192, 4, 0.25),
    ("mbconv", 3, 1, 6, 320, 1, 0.25),
)

_EDGETPU: _Rows = (  # tensorflow/tpu efficientnet/edgetpu
    ("fused_mbconv", 3, 1, 4, 24, 1, None),
    ("fused_mbconv", 3, 2, 8, 32, 2, None),
    ("fused_mbconv", 3, 2, 8, 48, 4, None),
    ("mbconv", 5, 2, 8, 96, 5, None),
    ("mbconv", 5, 1, 8, 144, 4, None),
    ("mbconv", 5, 2, 8, 192, 2, None),
)

# EfficientNetV2 paper (arXiv 2104.00298), Table 4, with the numbers of google/automl effnetv2_configs.py where the
# two differ (stage 7 of V2-S: 256 channels in the code, 272 in the paper).
_V2_S: _Rows = (
    ("fused_mbconv", 3, 1, 1, 24, 2, None),
    ("fused_mbconv", 3, 2, 4, 48, 4, None),
    ("fused_mbconv", 3, 2, 4, 64, 4, None),
    ("mbconv", 3, 2, 4, 128, 6, 0.25),
    ("mbconv", 3, 1, 6, 160, 9, 0.25),
    ("mbconv", 3, 2, 6, 256, 15, 0.25),
)
_V2_M: _Rows = (
    ("fused_mbconv", 3, 1, 1, 24, 3, None),
    ("fused_mbconv", 3, 2, 4, 48, 5, None),
    ("fused_mbconv", 3, 2, 4, 80, 5, None),
    ("mbconv", 3, 2, 4, 160, 7, 0.25),
    ("mbconv", 3, 1, 6, 176, 14, 0.25),
    ("mbconv", 3, 2, 6, 304, 18, 0.25),
    ("mbconv", 3, 1, 6, 512, 5, 0.25),
)
_V2_L: _Rows = (
    ("fused_mbconv", 3, 1, 1, 32, 4, None),
    ("fused_mbconv", 3, 2, 4, 64, 7, None),
    ("fused_mbconv", 3, 2, 4, 96, 7, None),
    ("mbconv", 3, 2, 4, 192, 10, 0.25),
    ("mbconv", 3, 1, 6, 224, 19, 0.25),
    ("mbconv", 3, 2, 6, 384, 25, 0.25),
    ("mbconv", 3, 1, 6, 640, 7, 0.25),
)
_V2_XL: _Rows = (
    ("fused_mbconv", 3, 1, 1, 32, 4, None),
    ("fused_mbconv", 3, 2, 4, 64, 8, None),
    ("fused_mbconv", 3, 2, 4, 96, 8, None),
    ("mbconv", 3, 2, 4, 192, 16, 0.25),
    ("mbconv", 3, 1, 6, 256, 24, 0.25),
    ("mbconv", 3, 2, 6, 512, 32, 0.25),
    ("mbconv", 3, 1, 6, 640, 8, 0.25),
)
_V2_B: _Rows = (
    ("fused_mbconv", 3, 1, 1, 16, 1, None),
    ("fused_mbconv", 3, 2, 4, 32, 2, None),
    ("fused_mbconv", 3, 2, 4, 48, 2, None),
    ("mbconv", 3, 2, 4, 96, 3, 0.25),
    ("mbconv", 3, 1, 6, 112, 5, 0.25),
    ("mbconv", 3, 2, 6, 192, 8, 0.25),
)

# This project's own networks for 64 x 64 pictures of drawn shapes, small enough to be trained in class; the twin
# without SE spends the parameters on width instead.
_SHAPES: _Rows = (
    ("mbconv", 3, 1, 1, 16, 1, 0.25),
    ("mbconv", 3, 2, 4, 24, 2, 0.25),
    ("mbconv", 5, 2, 4, 32, 2, 0.25),
    ("mbconv", 3, 1, 4, 48, 2, 0.25),
    ("mbconv", 5, 2, 4, 64, 1, 0.25),
)
_SHAPES_NO_SE: _Rows = (
    ("mbconv", 3, 1, 1, 16, 1, None),
    ("mbconv", 3, 2, 4, 28, 2, None),
    ("mbconv", 5, 2, 4, 36, 2, None),
    ("mbconv", 3, 1, 4, 52, 2, None),
    ("mbconv", 5, 2, 4, 72, 1, None),
)

# name: width, depth, resolution, training resolution, dropout
# name: width, depth, resolution, training resolution, dropout
Scales = Mapping[str, tuple[float, float, int, int, float]]

_V1_SCALES = {  # tensorflow/tpu efficientnet_builder.py; B8 and L2 from AdvProp and Noisy Student
    "b0": (1.0, 1.0, 224, 224, 0.2),
    "b1": (1.0, 1.1, 240, 240, 0.2),
    "b2": (1.1, 1.2, 260, 260, 0.3),
    "b3": (1.2, 1.4, 300, 300, 0.3),
    "b4": (1.4, 1.8, 380, 380, 0.4),
    "b5": (1.6, 2.2, 456, 456, 0.4),
    "b6": (1.8, 2.6, 528, 528, 0.5),
    "b7": (2.0, 3.1, 600, 600, 0.5),
    "b8": (2.2, 3.6, 672, 672, 0.5),
    "l2": (4.3, 5.3, 800, 800, 0.5),
}
_LITE_SCALES = {  # tensorflow/tpu efficientnet/lite/efficientnet_lite_builder.py
    "lite0": (1.0, 1.0, 224, 224, 0.2),
    "lite1": (1.0, 1.1, 240, 240, 0.2),
    "lite2": (1.1, 1.2, 260, 260, 0.3),
    "lite3": (1.2, 1.4, 280, 280, 0.3),
    "lite4": (1.4, 1.8, 300, 300, 0.3),
}
_EDGETPU_SCALES = {  # tensorflow/tpu efficientnet/edgetpu/efficientnet_edgetpu_builder.py
    "edgetpu_s": (1.0, 1.0, 224, 224, 0.2),
    "edgetpu_m": (1.0, 1.1, 240, 240, 0.2),
    "edgetpu_l": (1.2, 1.4, 300, 300, 0.3),
}
_V2_SCALES = {  # google/automl efficientnetv2/effnetv2_configs.py
    "v2_s": (1.0, 1.0, 384, 300, 0.2),
    "v2_m": (1.0, 1.0, 480, 384, 0.3),
    "v2_l": (1.0, 1.0, 480, 384, 0.4),
    "v2_xl": (1.0, 1.0, 512, 384, 0.4),
}
_V2_B_SCALES = {  # the same file
    "v2_b0": (1.0, 1.0, 224, 192, 0.2),
    "v2_b1": (1.0, 1.1, 240, 192, 0.2),
    "v2_b2": (1.1, 1.2, 260, 208, 0.3),
    "v2_b3": (1.2, 1.4, 300, 240, 0.3),
}

ORIGINS = {
    "torchvision": "torchvision's numerics: symmetric padding",
    "timm": "timm's own numerics: symmetric padding, batch-norm epsilon 1e-5",
    "google": "Google's numerics: TensorFlow's SAME padding, batch-norm epsilon 1e-3",
}
_TORCHVISION_EPSILON = {
    "b0": 1e-5,
    "b1": 1e-5,
    "b2": 1e-5,
    "b3": 1e-5,
    "b4": 1e-5,
    "b5": 1e-3,
    "b6": 1e-3,
    "b7": 1e-3,
    "v2_s": 1e-3,
    "v2_m": 1e-3,
    "v2_l": 1e-3,
}


def _stages(rows: _Rows) -> tuple[StageSpec, ...]:
    return tuple(
        StageSpec(
            operator=operator,
            kernel=kernel,
            stride=stride,
            expansion=expansion,
            channels=channels,
            repeats=repeats,
            se_ratio=se_ratio,
        )
        for operator, kernel, stride, expansion, channels, repeats, se_ratio in rows
    )


def _lite_stages() -> tuple[StageSpec, ...]:
    """V1's stages without SE; the depth multiplier leaves the first and the last alone."""
    rows = _stages(_V1)
    return tuple(
        StageSpec(
            operator=row.operator,
            kernel=row.kernel,
            stride=row.stride,
            expansion=row.expansion,
            channels=row.channels,
            repeats=row.repeats,
            scale_repeats=row not in (rows[0], rows[-1]),
        )
        for row in rows
    )


def _edgetpu_stages() -> tuple[StageSpec, ...]:
    """EdgeTPU's stages; its first counts its expansion from 24 channels and adds no residual."""
    first, *rest = _stages(_EDGETPU)
    first = StageSpec(
        operator=first.operator,
        kernel=first.kernel,
        stride=first.stride,
        expansion=first.expansion,
        channels=first.channels,
        repeats=first.repeats,
        residual=False,
        expansion_base=24,
    )
    return (first, *rest)


def _published() -> dict[str, ModelSpec]:
    def family(scales: Scales, title: Callable[[str], str], **common: Any) -> Iterator[ModelSpec]:
        for name, (width, depth, resolution, train_resolution, dropout) in scales.items():
            yield with_origin(
                ModelSpec(
                    name=name,
                    title=title(name),
                    width=width,
                    depth=depth,
                    resolution=resolution,
                    train_resolution=train_resolution,
                    dropout=dropout,
                    **common,
                ),
                "torchvision" if name in _TORCHVISION_EPSILON else "google",
            )

    specs = [
        *family(
            _V1_SCALES,
            lambda name: f"EfficientNet-{name.upper()}",
            family="v1",
            stages=_stages(_V1),
            stem_channels=32,
            head_channels=1280,
            source="Tan & Le 2019 (arXiv 1905.11946), Table 1; tensorflow/tpu efficientnet_builder.py",
        ),
        *family(
            _LITE_SCALES,
            lambda name: f"EfficientNet-Lite{name[-1]}",
            family="lite",
            stages=_lite_stages(),
            stem_channels=32,
            scale_stem=False,
            head_channels=1280,
            head_rule="fixed",
            activation="relu6",
            source="tensorflow/tpu efficientnet/lite/efficientnet_lite_builder.py",
        ),
        *family(
            _EDGETPU_SCALES,
            lambda name: f"EfficientNet-EdgeTPU-{name[-1].upper()}",
            family="edgetpu",
            stages=_edgetpu_stages(),
            stem_channels=32,
            head_channels=1280,
            activation="relu",
            source="tensorflow/tpu efficientnet/edgetpu/efficientnet_edgetpu_builder.py",
        ),
    ]
    for name, rows, stem in (("v2_s", _V2_S, 24), ("v2_m", _V2_M, 24), ("v2_l", _V2_L, 32), ("v2_xl", _V2_XL, 32)):
        specs += family(
            {name: _V2_SCALES[name]},
            lambda name: f"EfficientNetV2-{name[3:].upper()}",
            family="v2",
            stages=_stages(rows),
            stem_channels=stem,
            head_channels=1280,
            source="Tan & Le 2021 (arXiv 2104.00298), Table 4; google/automl effnetv2_configs.py",
        )
    specs += family(
        _V2_B_SCALES,
        lambda name: f"EfficientNetV2-{name[3:].upper()}",
        family="v2",
        stages=_stages(_V2_B),
        stem_channels=32,
        head_channels=1280,
        rounding="nearest8",
        source="google/automl efficientnetv2/effnetv2_configs.py",
    )
    for name, title, rows, head in (
        ("shapes", "Shapes", _SHAPES, 192),
        ("shapes_no_se", "Shapes without SE", _SHAPES_NO_SE, 200),
    ):
        specs.append(
            ModelSpec(
                name=name,
                title=title,
                family="shapes",
                width=1.0,
                depth=1.0,
                resolution=64,
                train_resolution=64,
                dropout=0.0,
                stochastic_depth=0.0,
                stages=_stages(rows),
                stem_channels=16,
                head_channels=head,
                head_rule="fixed",
                rounding="ceil4",
                num_classes=24,
                source="this project: effnet_viz.training, for 64 x 64 pictures of drawn shapes",
            )
        )
    return {spec.name: spec for spec in specs}


def with_origin(spec: ModelSpec, origin: str) -> ModelSpec:
    """The same network with the padding and batch-norm epsilon that one project's weights need.

    Args:
        spec: the network.
        origin: `torchvision`, `timm` or `google`.

    Raises:
        ValueError: the origin does not exist, or torchvision has no such network.
    """
    if origin == "google":
        return spec.replace(origin=origin, padding="same", norm_epsilon=1e-3)
    if origin == "timm":
        return spec.replace(origin=origin, padding="symmetric", norm_epsilon=1e-5)
    if origin == "torchvision":
        if spec.name not in _TORCHVISION_EPSILON:
            raise ValueError(f"origin is 'torchvision', which has no {spec.name}; choose 'google' or 'timm'.")
        return spec.replace(origin=origin, padding="symmetric", norm_epsilon=_TORCHVISION_EPSILON[spec.name])
    raise ValueError(f"origin is {origin!r}; it can be {', '.join(ORIGINS)}.")


_VARIANTS = _published()


def list_variants() -> list[str]:
    """Names of all variants, family by family, each from small to large; this project's own `shapes` come last."""
    return list(_VARIANTS)


def spec(
    name: str, *, origin: str | None = None, num_classes: int | None = None, in_channels: int | None = None
) -> ModelSpec:
    """Specification of a variant.

    Args:
        name: one of `list_variants()`, such as `b7`.
        origin: whose numerics; None takes those of the variant's usual weights.
        num_classes: outputs of the classifier; by default those of the variant's weights (ImageNet's 1000).
        in_channels: channels of the input image, 3 by default.

    Raises:
        ValueError: no such variant or origin, or a count under 1.
    """
    if name not in _VARIANTS:
        close = difflib.get_close_matches(str(name), _VARIANTS, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"the variants are {', '.join(_VARIANTS)}."
        raise ValueError(f"There is no variant {name!r}; {hint}")
    chosen = _VARIANTS[name]
    if origin is not None:
        chosen = with_origin(chosen, origin)
    given = {"num_classes": num_classes, "in_channels": in_channels}
    changes = {key: value for key, value in given.items() if value is not None}
    return chosen.replace(**changes) if changes else chosen
