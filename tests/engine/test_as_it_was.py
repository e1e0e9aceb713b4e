"""Whatever somebody changes in a network, the runner gives what PyTorch gives, and goes back once it is as it was."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from effnet_viz.engine import Runner
from effnet_viz.engine.as_it_was import AsItWas


def hook(network):
    return network.layer("4.2.depthwise.conv").register_forward_hook(lambda *given: given[-1] * 0.5).remove


def hook_before(network):
    return network.layer("4.2.project").register_forward_pre_hook(lambda module, inputs: (inputs[0] * 0.5,)).remove


def hook_on_a_stage(network):
    return network.layer("4").register_forward_hook(lambda *given: given[-1] * 0.5).remove


def another_module(network):
    block = network.layer("5.1")
    was = block.expand.activation
    block.expand.activation = nn.ReLU6()
    return lambda: setattr(block.expand, "activation", was)


def another_parameter(network):
    was = network.classifier.bias
    network.classifier.bias = nn.Parameter(torch.ones_like(was), requires_grad=False)
    return lambda: setattr(network.classifier, "bias", was)


def other_values(network):
    weight = network.layer("3.1.expand").conv.weight
    was = weight.data
    weight.data = was * 2
    return lambda: setattr(weight, "data", was)


def one_block_more(network):
    stage = network.layer("6")
    stage.add_module("more", nn.ReLU())
    return lambda: stage.__delattr__("more")


@pytest.mark.parametrize(
    "change", [hook, hook_before, hook_on_a_stage, another_module, another_parameter, other_values, one_block_more]
)
def test_a_change_is_seen_and_so_is_its_end(b0, change):
    x = torch.randn(1, 3, 64, 64)
    runner, modules = Runner(b0), AsItWas([b0])
    before = runner.logits(x)
    undo = change(b0)
    try:
        assert not modules.holds()
        if change is not one_block_more:  # which is not of the specification: parts run by their ids
            with torch.no_grad():
                expected = b0(x)
            assert (runner.logits(x) - expected).abs().max() <= 1e-4 * expected.abs().max()
            assert (expected - before).abs().max() > 1e-3 * before.abs().max()
    finally:
        undo()
    assert modules.holds()
    assert torch.equal(runner.logits(x), before)


def test_what_skips_at_random_while_it_trains_is_seen(b0):
    modules = AsItWas([b0])
    for layer in (b0.layer("4.2"), b0.dropout, b0):
        layer.train()
        assert not modules.holds()
        layer.eval()
        assert modules.holds()


def test_values_changed_in_place_are_seen(folded_network):
    network = folded_network("shapes")
    modules = AsItWas([network])
    with torch.no_grad():
        network.classifier.bias.add_(1)
    assert not modules.holds()


def test_what_changed_before_the_first_session_does_not_count(b0):
    x = torch.randn(1, 3, 64, 64)
    runner = Runner(b0)
    undo = hook(b0), other_values(b0)
    runner.logits(x)  # looks at the network, and has PyTorch run what is hooked
    for one in undo:
        one()
    assert runner._sessions.row(["classifier"]) is not None
    assert torch.allclose(runner.logits(x), b0(x), rtol=1e-4, atol=1e-5)
