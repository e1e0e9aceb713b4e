"""Rounding rules, repeats and compound scaling, against hand-computed values and timm."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from timm.layers import make_divisible

from effnet_viz.architecture.scaling import (
    compound_scale,
    head_fixed,
    head_from_last_stage,
    head_official,
    round_ceil4,
    round_nearest8,
    round_official,
    scale_channels,
    scale_repeats,
)

exact_widths = st.floats(0.1, 4000).map(lambda value: round(value, 6))


@pytest.mark.parametrize(
    ("exact", "official", "nearest8", "ceil4"),
    [
        (1.0, 8, 8, 4),
        (11.0, 16, 8, 12),  # 8 would lose more than a tenth of 11
        (17.6, 16, 16, 20),  # B2: 16 x 1.1
        (20.0, 24, 24, 20),
        (26.4, 24, 24, 28),  # B2: 24 x 1.1
        (28.0, 32, 32, 28),
        (35.2, 32, 32, 36),  # B2: 32 x 1.1; 32 is more than nine tenths of it
        (44.0, 48, 48, 44),  # B2: 40 x 1.1; halfway goes up
        (123.2, 120, 120, 124),  # B2: 112 x 1.1
        (1408.0, 1408, 1408, 1408),  # B2: 1280 x 1.1
    ],
)
def test_rounding_rules_by_hand(exact, official, nearest8, ceil4):
    assert round_official(exact) == official
    assert round_nearest8(exact) == nearest8
    assert round_ceil4(exact) == ceil4


@given(exact_widths)
@example(11.0)
@example(4.0)
def test_official_and_nearest8_round_as_timm_does(exact):
    assert round_official(exact) == make_divisible(exact, 8)
    assert round_nearest8(exact) == make_divisible(exact, 8, round_limit=0.0)


@given(exact_widths)
def test_rules_keep_what_they_promise(exact):
    assert round_official(exact) % 8 == 0
    assert round_official(exact) >= 0.9 * exact
    assert round_ceil4(exact) % 4 == 0
    assert exact <= round_ceil4(exact) < exact + 4
    assert abs(round_nearest8(exact) - exact) <= 4 or round_nearest8(exact) == 8


def test_a_products_last_binary_digit_does_not_reach_the_rounding():
    assert 100 * 1.12 > 112  # 112.00000000000001
    assert scale_channels(100, 1.12, "ceil4") == 112


@pytest.mark.parametrize(
    ("repeats", "depth", "blocks"), [(1, 0.1, 1), (1, 1.1, 2), (4, 1.4, 6), (3, 3.1, 10), (4, 3.1, 13), (5, 2.2, 11)]
)
def test_repeats_round_up(repeats, depth, blocks):
    assert scale_repeats(repeats, depth) == blocks


def test_head_rules_agree_at_published_widths_and_differ_elsewhere():
    for width in (1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 4.3):
        assert head_official(1280, width, "official") == head_from_last_stage(1280, width, "official")
    assert head_official(1280, 1.3, "official") == 1664
    assert head_from_last_stage(1280, 1.3, "official") == 4 * 416
    assert head_official(1280, 1.03, "official") == 1320  # 1318.4
    assert head_from_last_stage(1280, 1.03, "official") == 4 * 328  # 329.6
    assert head_fixed(1280, 1.4, "official") == 1280


def test_compound_scaling_doubles_the_cost_with_each_step():
    scale = compound_scale(1)
    assert (scale.depth, scale.width, scale.resolution) == (1.2, 1.1, 1.15)
    assert scale.cost == pytest.approx(1.2 * 1.1**2 * 1.15**2)
    assert 1.9 < scale.cost < 2.0  # the paper: alpha x beta² x gamma² is about 2
    assert compound_scale(3).cost == pytest.approx(scale.cost**3)
    assert compound_scale(0).cost == 1


def test_rules_and_bases_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match=r"rounding is 'floor'; the rules are official, ceil4, tutorial, nearest8\."):
        scale_channels(32, 1.0, "floor")
    with pytest.raises(ValueError, match=r"alpha is 0; .* greater than 0"):
        compound_scale(1, alpha=0)
