"""What tutorials build, against a count that follows their code line by line and knows nothing of this package."""

from __future__ import annotations

from math import ceil

import pytest

from effnet_viz.architecture import ceil4_spec, custom_spec, plan, spec, tutorial_spec
from effnet_viz.architecture.custom import ceil4_name, tutorial_name
from effnet_viz.architecture.published import published_name
from effnet_viz.architecture.scaling import scale_stem_channels
from effnet_viz.architecture.theory import TUTORIAL_PHI

STAGES = [(1, 16, 1, 3), (6, 24, 2, 3), (6, 40, 2, 5), (6, 80, 3, 3), (6, 112, 3, 5), (6, 192, 4, 5), (6, 320, 1, 3)]


def counted(phi: float) -> int:
    """Parameters of a tutorial's network, with 1×1 expansions."""
    width, depth = 1.1**phi, 1.2**phi
    channels = int(32 * width)
    total = 27 * channels + 2 * channels
    for expansion, base, repeats, kernel in STAGES:
        out = 4 * ceil(int(base * width) / 4)
        for _ in range(ceil(repeats * depth)):
            wide, squeezed = channels * expansion, channels // 4
            total += channels * wide + 2 * wide if expansion > 1 else 0
            total += kernel * kernel * wide + 2 * wide
            total += wide * squeezed + squeezed + squeezed * wide + wide
            total += wide * out + 2 * out
            channels = out
    last = ceil(1280 * width)
    return total + channels * last + 2 * last + last * 1000 + 1000


@pytest.mark.parametrize("name", TUTORIAL_PHI)
def test_the_plan_counts_what_the_tutorial_builds(name):
    network = tutorial_spec(name)
    assert plan(network).params == counted(TUTORIAL_PHI[name])
    assert network.title == f"Tutorial's {name.upper()} (phi {TUTORIAL_PHI[name]:g})"
    assert (tutorial_name(network), ceil4_name(network)) == (name, None)


def test_by_hand():
    b7, b1 = tutorial_spec("b7"), tutorial_spec("b1")
    assert (round(b7.width, 3), round(b7.depth, 3)) == (1.772, 2.986)  # 1.1^6, 1.2^6
    assert (b7.scaled_stem_channels, b7.scaled_head_channels, b1.scaled_stem_channels) == (56, 2268, 33)
    assert round(plan(b7).params / 1e6, 1) == 45.0 and round(plan(b1).params / 1e6, 2) == 8.64
    assert plan(tutorial_spec("b0")).params == plan("b0").params


@pytest.mark.parametrize("name", TUTORIAL_PHI)
def test_rounded_up_to_4_stands_beside(name):
    network = ceil4_spec(name)
    assert (network.width, network.depth, network.rounding) == (spec(name).width, spec(name).depth, "ceil4")
    assert (ceil4_name(network), tutorial_name(network)) == (name, None)
    assert network.title == f"{name.upper()} rounded up to 4 (ceil4)"


def test_other_networks_have_no_such_name():
    assert tutorial_name(custom_spec(width=1.3)) is ceil4_name(custom_spec(width=1.3)) is None
    assert published_name(tutorial_spec("b4")) is None
    assert "Tutorial" not in custom_spec(width=1.3, rounding="tutorial", head_rule="tutorial").title
    with pytest.raises(ValueError, match="name is 'v2_s'; the tutorial has b0"):
        ceil4_spec("v2_s")
    with pytest.raises(ValueError, match="rounding is 'up'"):
        scale_stem_channels(32, 1.1, "up")
