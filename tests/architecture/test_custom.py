"""Networks that nobody published: what they are called, and what rounding up to 4 makes of published multipliers."""

from __future__ import annotations

import pytest

import effnet_viz as ev
from effnet_viz.architecture import ceil4_spec, custom_spec, plan, spec
from effnet_viz.architecture.custom import ceil4_name
from effnet_viz.architecture.published import published_name


@pytest.mark.parametrize(
    ("choices", "title"),
    [
        ({"width": 1.3}, "EfficientNet, width 1.3, depth 1"),
        ({"rounding": "nearest8", "width": 1.1}, "EfficientNet, width 1.1, depth 1, nearest8 rounding"),
        ({"se_ratio": None}, "EfficientNet, width 1, depth 1, without SE"),
        ({"se_ratio": 0.5, "in_channels": 1}, "EfficientNet, width 1, depth 1, SE ratio 0.5, 1 channel in"),
        ({"head_rule": "fixed", "num_classes": 1}, "EfficientNet, width 1, depth 1, fixed head, 1 class"),
        ({"num_classes": 2000, "in_channels": 4}, "EfficientNet, width 1, depth 1, 2,000 classes, 4 channels in"),
    ],
)
def test_a_title_says_what_differs(choices, title):
    assert custom_spec(**choices).title == title


def test_networks_rounded_up_to_4_are_known_by_name():
    network = ev.custom_spec(width=2.0, depth=3.1, resolution=600, rounding="ceil4")
    assert network.title == "B7 rounded up to 4 (ceil4)"
    assert network == ceil4_spec("b7") and ceil4_name(network) == "b7"
    assert ceil4_name(network.replace(num_classes=10)) is None
    assert ceil4_name(spec("b7")) is None
    assert custom_spec(width=2.0, depth=3.1, resolution=600, rounding="ceil4", se_ratio=None).title == (
        "B7 rounded up to 4 (ceil4), without SE"
    )


@pytest.mark.parametrize(
    ("name", "stem", "stage_3"),
    [  # 32 and 24 times the width, up to a multiple of 4, by hand
        ("b2", 36, 28),
        ("b3", 40, 32),
        ("b4", 48, 36),
        ("b5", 52, 40),
        ("b6", 60, 44),
    ],
)
def test_rounding_up_to_4_builds_other_networks(name, stem, stage_3):
    network = ceil4_spec(name)
    assert network.scaled_stem_channels == stem
    assert plan(network).block("3.1").out_shape[0] == stage_3
    assert plan(network).params != plan(name).params
    assert published_name(network) is None


@pytest.mark.parametrize("name", ["b0", "b1", "b7"])
def test_at_whole_multiples_rounding_up_to_4_changes_nothing(name):
    # width 1 and 2: every channel count is a multiple of 8 already
    assert published_name(ceil4_spec(name)) == name
    assert plan(ceil4_spec(name)).params == plan(name).params


def test_a_network_that_the_tutorial_has_not_is_named():
    with pytest.raises(ValueError, match=r"name is 'b8'; the tutorial has b0, b1, .*b7"):
        ceil4_spec("b8")
