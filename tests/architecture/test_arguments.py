"""What is refused, and in which words; and that planning needs no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from effnet_viz.architecture import custom_spec, plan, spec, with_origin


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spec("lite9"), r"no variant 'lite9'; did you mean lite\d or"),
        (lambda: spec("resnet50"), r"no variant 'resnet50'; the variants are b0, b1, .*shapes_no_se\."),
        (lambda: spec("b0", origin="keras"), r"origin is 'keras'; it can be torchvision, timm, google\."),
        (lambda: spec("lite0", origin="torchvision"), r"torchvision.*no lite0; choose 'google' or 'timm'"),
        (lambda: spec("b0", num_classes=0), r"num_classes is 0; .* at least 1 output"),
        (lambda: spec("b0", in_channels=0), r"in_channels is 0; .* at least 1 channel"),
        (lambda: plan("b0", resolution=31), r"resolution is 31; .*it can be 32 to 4096\."),
        (lambda: plan("b0", resolution=4097), r"resolution is 4097; .*it can be 32 to 4096\."),
        (lambda: plan("b0", num_classes=-1), r"num_classes is -1"),
        (lambda: plan("b0").rows("steps"), r"level is 'steps'; it can be stages, blocks or layers\."),
        (
            lambda: plan("b0").block("4.9"),
            r"EfficientNet-B0 has no block '4\.9'; its blocks run from 1 to classifier\.",
        ),
        (lambda: plan("b0").layer("4.9.se"), r"EfficientNet-B0 has no layer '4\.9\.se'; .*'2\.1\.depthwise'\."),
        (lambda: custom_spec(width=0.0), r"width is 0\.0; it can be 0\.05 to 10\.0\."),
        (lambda: custom_spec(depth=float("nan")), r"depth is nan; it can be 0\.05 to 20\.0\."),
        (lambda: custom_spec(depth=float("inf")), r"depth is inf"),
        (lambda: custom_spec(resolution=16), r"resolution is 16; it can be 32 to 4096\."),
        (lambda: custom_spec(phi=20), r"phi is 20; it can be -4\.0 to 12\.0\."),
        (lambda: custom_spec(phi=1, alpha=0.5), r"alpha is 0\.5; it can be 1\.0 to 3\.0\."),
        (lambda: custom_spec(se_ratio=1.5), r"se_ratio is 1\.5; it can be 0\.01 to 1\.0\."),
        (lambda: custom_spec(num_classes=0), r"num_classes is 0; it can be 1 to 100000\."),
        (lambda: custom_spec(num_classes=2.5), r"num_classes is 2\.5; it can be a whole number from 1 to 100000\."),
        (lambda: custom_spec(rounding="up"), r"rounding is 'up'; it can be official, ceil4, tutorial, nearest8\."),
        (
            lambda: custom_spec(head_rule="wide"),
            r"head_rule is 'wide'; it can be official, torchvision, fixed, tutorial\.",
        ),
        (lambda: spec("b0").replace(activation="gelu"), r"activation is 'gelu'; it can be silu, relu6, relu\."),
        (lambda: spec("b0").replace(padding="valid"), r"padding is 'valid'; it can be symmetric, same\."),
    ],
)
def test_what_cannot_be_is_refused_by_name_value_and_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_compound_coefficient_takes_the_place_of_the_multipliers():
    scaled = custom_spec(phi=2)
    assert (scaled.width, scaled.depth) == pytest.approx((1.1**2, 1.2**2))
    assert scaled.resolution == round(224 * 1.15**2) == 296
    assert custom_spec(phi=2, resolution=260).resolution == 260


@pytest.mark.parametrize(
    ("origin", "padding", "epsilon"),
    [("torchvision", "symmetric", 1e-5), ("timm", "symmetric", 1e-5), ("google", "same", 1e-3)],
)
def test_an_origin_changes_padding_and_epsilon_and_no_count(origin, padding, epsilon):
    b0 = spec("b0", origin=origin)
    assert (b0.padding, b0.norm_epsilon) == (padding, epsilon)
    assert plan(b0).params == 5_288_548


@pytest.mark.parametrize(("name", "epsilon"), [("b4", 1e-5), ("b5", 1e-3), ("b7", 1e-3), ("v2_s", 1e-3)])
def test_torchvisions_epsilon_belongs_to_the_variant(name, epsilon):
    assert with_origin(spec(name), "torchvision").norm_epsilon == epsilon


def test_planning_imports_neither_torch_nor_streamlit():
    program = (
        "import sys, effnet_viz as ev\n"
        "ev.plan('b7').rows('layers'); ev.compare('b0', 'v2_s'); ev.custom_spec(width=1.3, rounding='ceil4')\n"
        "print([name for name in ('torch', 'torchvision', 'streamlit', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
