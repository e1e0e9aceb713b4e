"""The network can be trained: gradients everywhere, dropout and stochastic depth only while training, loss falls."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from effnet_viz.architecture import custom_spec, spec
from effnet_viz.network import build


@pytest.mark.parametrize("name", ["b0", "lite0", "edgetpu_s", "v2_b0"])
def test_every_parameter_gets_a_gradient(name):
    network = build(name, num_classes=10)
    assert network.training
    functional.cross_entropy(network(torch.randn(8, 3, 64, 64)), torch.arange(8)).backward()
    for parameter_name, parameter in network.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
        assert parameter.grad.ne(0).any(), parameter_name


def test_fresh_networks_differ_and_have_a_sane_scale():
    network = build("b0").eval()
    assert not torch.equal(network.classifier.weight, build("b0").classifier.weight)
    stem = network.layer("1").conv.weight
    assert stem.std().item() == pytest.approx((2 / (9 * 32)) ** 0.5, rel=0.1)  # fan-out of a 3x3 to 32 channels
    depthwise = network.layer("8.1.depthwise").conv.weight
    assert depthwise.std().item() == pytest.approx((2 / 9) ** 0.5, rel=0.1)  # each filter feeds one channel
    assert network.classifier.weight.abs().max().item() <= 1000**-0.5


def test_dropout_and_stochastic_depth_act_in_training_only():
    network = build(spec("b0").replace(dropout=0.5, stochastic_depth=0.5), num_classes=10)
    x = torch.randn(16, 3, 32, 32)  # of two pictures, both would go the same way in 1 of 4 tries
    with torch.no_grad():
        network.eval()
        assert torch.equal(network(x), network(x))
        for module in (network.dropout, network.layer("4.2").stochastic_depth):
            module.train()
            assert not torch.equal(network(x), network(x))
            module.eval()


def test_stochastic_depth_skips_a_block_as_often_as_planned():
    network = build(spec("b0").replace(stochastic_depth=0.8), num_classes=2).eval()
    block = network.layer("8.1") if network.layer("8.1").residual else network.layer("7.4")
    block.stochastic_depth.train()
    planned = next(block.stochastic_depth for block in network.spec.block_specs() if block.id == "7.4")
    assert planned == pytest.approx(0.8 * 14 / 16)
    x = torch.randn(400, 192, 2, 2)
    with torch.no_grad():
        skipped = (block(x) == x).flatten(1).all(1).float().mean().item()
    assert skipped == pytest.approx(planned, abs=0.1)


@pytest.mark.slow
def test_a_few_steps_of_gradient_descent_learn_which_side_is_bright():
    network = build(custom_spec(width=0.25, depth=0.5, num_classes=2)).train()
    x = 0.3 * torch.randn(16, 3, 32, 32)
    y = torch.arange(16) % 2
    x[y == 0, :, :, :16] += 1.0
    x[y == 1, :, :, 16:] += 1.0
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(25):
        optimiser.zero_grad()
        loss = functional.cross_entropy(network(x), y)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
