"""Lessons 5 to 7: running totals, rounding and growth against built networks, contributions against the logit."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest
import torch

from effnet_viz.architecture import plan, spec
from effnet_viz.explain import capture
from effnet_viz.lessons import decision, descent, scaling
from effnet_viz.lessons.layer_time import median_seconds
from effnet_viz.network import build


def test_running_totals_are_the_built_networks_parameters():
    network, total = build("b0"), 0
    for level in descent.levels(plan("b0")):
        total += sum(weight.numel() for weight in network.layer(level.stage.id).parameters())
        assert level.params == total


def test_maps_on_the_way_down_are_the_networks(b0, photo):
    run = capture(b0, photo)
    for level in descent.levels(plan(b0.spec, run.input.shape[-1])):
        assert run.activations[level.block].shape == level.shape


def test_b1_to_b3_have_the_published_channels():
    for name in ("b1", "b3"):
        published = spec(name)
        channels = {row.stage: row.multiple_of_8 for row in descent.rounded(published.width)}
        assert channels == {block.stage: block.out_channels for block in published.block_specs()}
    assert all(row.multiple_of_4 == 4 * math.ceil(round(row.exact / 4, 6)) for row in descent.rounded(1.3))


@pytest.mark.parametrize("way", scaling.WAYS)
def test_ways_of_growing_are_predicted_to_cost_the_same(way):
    depth, width, resolution = scaling.multipliers(way, 4.0)
    assert depth * width**2 * resolution**2 == pytest.approx(4.0)
    scaled = scaling.scale_to_factor(way, 4.0)
    assert scaled.plan.params == sum(weight.numel() for weight in build(scaled.plan.spec).parameters())


def test_growing_together_is_the_papers_rule():
    phi = scaling.phi_of(1.2 * 1.1**2 * 1.15**2)
    assert phi == pytest.approx(1.0)
    assert scaling.multipliers("together", 1.2 * 1.1**2 * 1.15**2) == pytest.approx((1.2, 1.1, 1.15))
    with pytest.raises(ValueError, match="together"):
        scaling.multipliers("height", 2.0)


def test_examples_are_the_published_networks():
    base, large, deep, native = scaling.examples()
    assert base.plan.params == large.plan.params == plan("b0").params
    assert large.resolution == 600
    assert native.plan.params == plan("b3").params
    assert deep.blocks > native.blocks


@pytest.mark.parametrize("name", ["b0", "lite0"])
def test_contributions_sum_to_the_logit(name, make_model, photo):
    model = make_model(name)
    run = capture(model, photo)
    for target in (None, 0, 3):
        decided = decision.decide(model, run, target)
        assert decided.total == pytest.approx(decided.logit, abs=1e-4)
        head = torch.from_numpy(run.activations[str(model.spec.head_stage)].copy())[None]
        with torch.no_grad():
            logits = torch.nn.functional.linear(
                torch.nn.functional.adaptive_avg_pool2d(head, 1).flatten(1),
                model.network.classifier.weight,
                model.network.classifier.bias,
            )
        assert decided.total == pytest.approx(float(logits[0, decided.target]), abs=1e-4)
        best, worst = decided.largest(1)[0], decided.smallest(1)[0]
        assert decided.contributions[best] == np.max(decided.contributions)
        assert decided.contributions[worst] == np.min(decided.contributions)
    with pytest.raises(ValueError, match="target"):
        decision.decide(model, run, model.spec.num_classes)


def test_a_time_is_the_median_of_real_calls():
    calls = []

    class Counted(torch.nn.Module):
        def forward(self, x):
            calls.append(x)
            return x

    assert median_seconds(Counted(), torch.zeros(1), budget_s=0.01) > 0
    assert 4 <= len(calls) <= 61


@pytest.mark.parametrize(
    ("gap", "said"), [(0.0, ""), (0.5, "1.6 times"), (2.0, "7.4 times"), (11.0, "59,874.1 times"), (120.0, "")]
)
def test_a_gap_of_logits_is_a_ratio_and_none_or_one_past_sense_is_not_asked(b0, photo, gap, said):
    run = capture(b0, photo)
    logits = np.full_like(run.logits, -200.0)
    logits[3], logits[7] = 50.0, 50.0 - gap  # at 120 the second probability is rounded to 0
    run = dataclasses.replace(run, logits=logits)
    decided = decision.decide(b0, run)
    quiz = decision.questions(b0, run, decided, random.Random(0))
    assert [question.options[question.answer] for question in quiz[2:]] == ([said] if said else [])
