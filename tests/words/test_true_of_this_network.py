"""Sentences that were true of most networks only: each is held against networks at the ends of what can be built."""

from __future__ import annotations

import re

import numpy as np
import pytest
from torch import nn

from effnet_viz.architecture import compare, custom_spec, plan, spec
from effnet_viz.architecture.difference import split
from effnet_viz.draw.block_words import reasons
from effnet_viz.draw.network_words import channels_words
from effnet_viz.draw.numbers import counted
from effnet_viz.lessons.depthwise import Convolution, questions
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.ui.lessons.decision import most_of_it
from effnet_viz.ui.se_attention.all_classes import verdict
from effnet_viz.ui.structure.differences import largest_part
from tests.words.conftest import facts_of_spec


def test_one_is_one_channel_and_many_are_channels():
    assert [counted(number, "channel") for number in (0, 1, 2, 1280)] == [
        "0 channels",
        "1 channel",
        "2 channels",
        "1,280 channels",
    ]
    assert (counted(1, "class", "classes"), counted(2, "class", "classes")) == ("1 class", "2 classes")


@pytest.mark.parametrize("ratio", [0.01, 0.07, 0.25, 0.29, 1.0])
def test_the_middle_is_said_to_be_rounded_the_way_it_was(ratio):
    network = custom_spec(se_ratio=ratio)
    drawn, facts = plan(network), facts_of_spec(network)
    for block in drawn.blocks:
        if block.spec is None:
            continue
        module = facts.layer(block.id)
        middle, wide = module.se.reduce.out_channels, module.se.expand.out_channels
        said = next(reason for reason in reasons(drawn, block) if reason.startswith("**SE "))
        product, way, rounded = re.search(r" = ([\d.]+)(?:, (up|down) to (\d+))?[,.]", said).groups()
        assert int(rounded or float(product)) == middle
        assert way == ("up" if float(product) < middle else "down" if float(product) > middle else None)
        # Where nothing was widened there are no other channels that it could have been counted from.
        assert ("that it weighs" in said) == (wide != block.in_shape[0])


def test_the_narrowest_network_has_stages_of_equal_width():
    assert "never fewer" in channels_words(custom_spec(width=0.05)) and "more and more" in channels_words(spec("b7"))


def test_one_score_is_no_scores():
    drawn = plan(custom_spec(num_classes=1))
    assert "One linear layer: 1 score," in " ".join(reasons(drawn, drawn.block("classifier")))


@pytest.mark.parametrize(("left", "right"), [("b0", "b7"), ("b4", "v2_s"), ("lite0", "lite4"), ("b0", "edgetpu_s")])
def test_a_part_of_a_difference_is_a_share_only_where_it_is_one(left, right):
    both = compare(plan(left), plan(right))
    for way in ("stage", "operator"):
        for quantity in ("params", "macs"):
            changes = split(both, way, quantity)
            total = sum(change.difference for change in changes)
            largest = max(changes, key=lambda change: abs(change.difference))
            said = largest_part(largest, total)
            assert ("of the difference" in said) == (0 < largest.difference / total <= 1)
            assert "<0.01%" not in said and "fused and" not in said and "_" not in said
            if share := re.search(r"([\d.]+)% of the difference", said):
                assert abs(float(share[1]) - 100 * largest.difference / total) < 0.06


@pytest.mark.parametrize(
    ("adds", "said"),
    [
        ([1.0, 1.0, 1.0, -5.0], ": no single channel decides"),
        ([4.0, 1.0, 1.0, -9.0], ", and channel 0 alone has more than half"),
        ([0.1, 2.0, 0.0, 0.0], ", and channel 1 alone has more than half"),
    ],
)
def test_no_single_channel_is_said_to_decide_only_where_none_has_half(adds, said):
    assert most_of_it(np.array(adds)) == said


@pytest.mark.parametrize(
    ("shares", "lost", "said"),
    [
        ({"2.1": 0.01, "3.1": 0.03}, {"2.1": 0.0, "3.1": 0.001}, "gates hardly know the class"),
        ({"2.1": 0.01, "3.1": 0.6}, {"2.1": 0.0, "3.1": 0.001}, "gates know the class, but the answer hardly needs it"),
        ({"2.1": 0.01, "3.1": 0.6}, {"2.1": 0.0, "3.1": 0.3}, "needs what the gates know"),
    ],
)
def test_gates_of_a_network_that_learned_nothing_are_not_said_to_know_the_class(shares, lost, said):
    assert said in verdict(shares, lost)


def test_the_smallest_convolution_of_lesson_2_is_asked_about_in_numbers_that_exist():
    one = Convolution(in_channels=1, out_channels=1, kernel=3, size=1)
    layer = nn.Conv2d(1, 1, 3, groups=1, bias=False)
    filters, _, doubled = questions(one, [one], dice_for("one"))
    assert filters.right == f"filters: {len(layer.weight)}, weights: {layer.weight.numel()}"
    assert "doubled from 1" in doubled.prompt and "2² places" in doubled.because
