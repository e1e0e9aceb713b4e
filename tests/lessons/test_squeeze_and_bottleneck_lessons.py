"""Lessons 3 and 4: the numbers of SE against its layers, the dice against the module that training uses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from effnet_viz.architecture import plan
from effnet_viz.explain import capture, se_steps
from effnet_viz.lessons import bottleneck, squeeze
from effnet_viz.network import StochasticDepth, build

BLOCK = "4.2"


@pytest.fixture(scope="module")
def run(b0, photo):
    return capture(b0, photo)


def test_terms_add_up_to_what_the_layers_gave(b0, run):
    se = se_steps(b0, run, BLOCK)
    for unit in range(se.reduced.size):
        terms, bias = squeeze.reduce_terms(b0, se, unit)
        assert terms.sum() + bias == pytest.approx(float(se.reduced[unit]), abs=1e-4)
    for channel in (0, 17, 239):
        terms, bias = squeeze.expand_terms(b0, se, channel)
        assert terms.sum() + bias == pytest.approx(float(se.expanded[channel]), abs=1e-4)


def test_gates_by_other_functions(b0, run):
    se = se_steps(b0, run, BLOCK)
    numbers = torch.from_numpy(se.expanded.copy())
    assert np.allclose(squeeze.gates_by(se, "sigmoid"), torch.sigmoid(numbers), atol=1e-6)
    assert np.allclose(squeeze.gates_by(se, "softmax"), torch.softmax(numbers, 0), atol=1e-6)
    assert np.allclose(squeeze.logits_with(b0, run, BLOCK, se.gates), run.logits, atol=1e-4)
    assert not np.allclose(squeeze.logits_with(b0, run, BLOCK, squeeze.gates_by(se, "softmax")), run.logits)
    with pytest.raises(ValueError, match="softmax"):
        squeeze.gates_by(se, "tanh")


def test_the_cost_of_a_middle_is_the_plans_and_the_networks():
    drawn, network = plan("b0"), build("b0")
    for block in drawn.se_blocks:
        params = squeeze.squeeze_params(block.expanded_channels, block.squeeze_channels)
        built = sum(weight.numel() for weight in network.layer(f"{block.id}.se").parameters())
        assert params == drawn.layer(f"{block.id}.se").params == built


def test_the_dice_fall_as_often_as_trainings():
    drawn = plan("b3")
    deepest = [block for block in drawn.blocks if block.residual][-1]
    ours = np.mean([bottleneck.roll(drawn, seed)[deepest.id] for seed in range(4000)])
    module = StochasticDepth(deepest.stochastic_depth).train()
    theirs = float((module(torch.ones(4000, 1, 1, 1)) > 0).float().mean())
    assert ours == pytest.approx(theirs, abs=0.03)
    runs = np.mean([sum(bottleneck.roll(drawn, seed).values()) for seed in range(1000)])
    assert runs == pytest.approx(bottleneck.expected_blocks(drawn), abs=0.2)


def test_blocks_without_a_skip_always_run():
    drawn = plan("b0")
    rolled = bottleneck.roll(drawn, 3)
    assert set(rolled) == {block.id for block in build("b0").spec.block_specs() if block.residual}
    assert bottleneck.used_macs(drawn, dict.fromkeys(rolled, True)) == drawn.macs
    assert bottleneck.used_macs(drawn, {**dict.fromkeys(rolled, True), "4.2": False}) == (
        drawn.macs - drawn.block("4.2").macs
    )


def test_a_skipped_block_hands_its_input_on(b0, run):
    drawn = plan(b0.spec, run.input.shape[-1])
    kept = {"3.2": False, "4.2": True}
    said = bottleneck.logits_after(b0, run, drawn, kept)
    x = torch.from_numpy(run.input.copy())[None]
    with torch.no_grad():
        for name, block in b0.network.blocks().items():
            if name == "3.2":
                continue
            if name == "4.2":
                x = x + (block(x) - x) / (1 - drawn.block("4.2").stochastic_depth)
                continue
            x = block(x)
        logits = b0.network.classifier(b0.network.pool(x))[0].numpy()
    assert np.allclose(said, logits, atol=1e-3)


def test_widths_are_the_modules_channels(b0, run, photo):
    drawn = plan("b0")
    block = b0.network.layer(BLOCK)
    assert bottleneck.widths(drawn.block(BLOCK)) == [
        ("input", block.expand.conv.in_channels),
        ("expand", block.expand.conv.out_channels),
        ("depthwise", block.depthwise.conv.out_channels),
        ("se", block.se.expand.out_channels),
        ("project", block.project.conv.out_channels),
    ]
