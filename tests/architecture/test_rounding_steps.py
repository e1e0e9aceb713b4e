"""The way of every number through scaling and rounding, against what one computes by hand."""

from __future__ import annotations

import pytest

from effnet_viz.architecture import custom_spec, list_variants, spec
from effnet_viz.architecture.rounding_steps import channel_steps, repeat_steps, stage_steps


@pytest.mark.parametrize(
    ("channels", "width", "rule", "steps"),
    [
        (32, 1.1, "official", ("32·1.1 = 35.2", "nearest multiple of 8: 32", "32 ≥ 0.9·35.2 = 31.68, stays")),
        (32, 1.1, "ceil4", ("32·1.1 = 35.2", "4·⌈35.2 / 4⌉ = 36")),
        (32, 1.1, "nearest8", ("32·1.1 = 35.2", "nearest multiple of 8: 32")),
        # 24 · 0.45 = 10.8: the nearest multiple of 8 is 8, but 8 is less than nine tenths of it.
        (24, 0.45, "official", ("24·0.45 = 10.8", "nearest multiple of 8: 8", "8 < 0.9·10.8 = 9.72, one step up: 16")),
        (24, 0.45, "nearest8", ("24·0.45 = 10.8", "nearest multiple of 8: 8")),
        (80, 1.4, "official", ("80·1.4 = 112", "nearest multiple of 8: 112")),
        (40, 1.1, "ceil4", ("40·1.1 = 44", "4·⌈44 / 4⌉ = 44")),
    ],
)
def test_channels_step_by_step(channels, width, rule, steps):
    assert channel_steps(channels, width, rule).steps == steps


def test_repeats_are_rounded_up():
    se = repeat_steps(2, 1.1)
    assert (str(se), se.result) == ("⌈1.1·2⌉ = ⌈2.2⌉ = 3", 3)
    assert repeat_steps(4, 3.1).result == 13


@pytest.mark.parametrize("name", list_variants())
def test_the_last_step_is_what_is_built(name):
    network = spec(name)
    stem, *stages, head = stage_steps(network)
    assert stem.channels[network.rounding].result == network.scaled_stem_channels
    assert head.channels[network.rounding].result == network.scaled_head_channels
    for number, stage in enumerate(stages, start=2):
        blocks = [block for block in network.block_specs() if block.stage == number]
        assert stage.channels[network.rounding].result == blocks[-1].out_channels
        assert stage.repeats.result == len(blocks)


def test_rules_differ_where_the_tutorial_builds_something_else():
    parted = [stage.title for stage in stage_steps(custom_spec(width=1.1)) if stage.rules_differ]
    # 35.2, 17.6, 26.4, 44, 123.2, 211.2 round differently; 88, 352 and 1408 are multiples of both.
    assert parted == ["stem", "stage 2", "stage 3", "stage 4", "stage 6", "stage 7"]
    assert not any(stage.rules_differ for stage in stage_steps(spec("b0")))
