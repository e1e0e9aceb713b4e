"""Each building block against an independent implementation of it."""

from __future__ import annotations

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.layers import Conv2dSame
from torch import nn
from torch.nn import functional

from effnet_viz.architecture import spec
from effnet_viz.network import ConvBlock, MBConv, SamePaddingConv2d, SqueezeExcitation, StochasticDepth

B0 = spec("b0")


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 33),
    width=st.integers(1, 33),
    kernel=st.sampled_from([1, 3, 5, 7]),
    stride=st.integers(1, 3),
    depthwise=st.booleans(),
)
def test_same_padding_equals_timms(height, width, kernel, stride, depthwise):
    options = {"stride": stride, "groups": 4 if depthwise else 1, "bias": False}
    ours, theirs = SamePaddingConv2d(4, 8, kernel, **options), Conv2dSame(4, 8, kernel, **options)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(1, 4, height, width)
    torch.testing.assert_close(ours(x), theirs(x))


def test_same_padding_puts_the_odd_pixel_last():
    conv = SamePaddingConv2d(1, 1, 3, 2, bias=False)
    nn.init.constant_(conv.weight, 1.0)
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    # windows start at rows and columns 0 and 2: nothing is added before, one row and column of zeros after
    assert conv(x).flatten().tolist() == [45.0, 39.0, 66.0, 50.0]


def test_squeeze_excitation_equals_torchvisions():
    ours = SqueezeExcitation(24, 6, "silu")
    theirs = torchvision.ops.SqueezeExcitation(24, 6, activation=nn.SiLU)
    theirs.fc1.load_state_dict(ours.reduce.state_dict())
    theirs.fc2.load_state_dict(ours.expand.state_dict())
    x = torch.randn(3, 24, 9, 7)
    torch.testing.assert_close(ours(x), theirs(x))


def test_squeeze_excitation_by_hand():
    module = SqueezeExcitation(2, 1, "relu")
    with torch.no_grad():
        module.reduce.weight.copy_(torch.tensor([1.0, -1.0]).reshape(1, 2, 1, 1))
        module.expand.weight.copy_(torch.tensor([2.0, -2.0]).reshape(2, 1, 1, 1))
        for bias in (module.reduce.bias, module.expand.bias):
            bias.zero_()
    x = torch.tensor([[[[1.0, 3.0]], [[1.0, 2.0]]]])  # means 2 and 1.5; reduced: 0.5; expanded: 1 and -1
    gates = torch.sigmoid(torch.tensor([1.0, -1.0]))
    torch.testing.assert_close(module(x), x * gates.reshape(1, 2, 1, 1))


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.75])
def test_stochastic_depth_equals_torchvisions(probability):
    ours = StochasticDepth(probability).train()
    x = torch.randn(64, 3, 2, 2)
    torch.manual_seed(1)
    given_by_ours = ours(x)
    torch.manual_seed(1)
    torch.testing.assert_close(given_by_ours, torchvision.ops.stochastic_depth(x, probability, "row"))


def test_stochastic_depth_drops_whole_images_and_keeps_the_mean():
    module = StochasticDepth(0.25).train()
    y = module(torch.ones(20_000, 2, 1, 1))
    dropped = y.flatten(1).eq(0)
    assert torch.equal(dropped.all(1), dropped.any(1))
    assert dropped.all(1).float().mean().item() == pytest.approx(0.25, abs=0.015)  # five standard deviations
    assert y.mean().item() == pytest.approx(1.0, abs=0.02)


def test_stochastic_depth_does_nothing_at_inference():
    x = torch.randn(4, 2, 3, 3)
    assert torch.equal(StochasticDepth(0.9).eval()(x), x)


@pytest.mark.parametrize("stride", [1, 2])
def test_conv_block_is_convolution_norm_activation(stride):
    block = ConvBlock(6, 6, spec("b0", origin="timm").numerics, kernel=5, stride=stride, groups=6).eval()
    nn.init.uniform_(block.norm.running_mean)
    nn.init.uniform_(block.norm.running_var, 0.5, 1.5)
    x = torch.randn(2, 6, 11, 8)
    y = functional.conv2d(x, block.conv.weight, stride=stride, padding=2, groups=6)
    y = functional.batch_norm(y, block.norm.running_mean, block.norm.running_var, eps=1e-5)
    torch.testing.assert_close(block(x), y * torch.sigmoid(y))


def test_a_blocks_input_is_not_changed_by_running_it():
    """What a hook kept must not be overwritten by a later step."""
    block = MBConv(B0.block_specs()[2], B0.numerics).eval()
    assert block.residual
    kept = {}
    for name in ("expand", "depthwise", "se", "project"):
        getattr(block, name).register_forward_hook(
            lambda module, inputs, output, name=name: kept.__setitem__(name, (output, output.detach().clone()))
        )
    x = torch.randn(1, 24, 8, 8)
    before = x.clone()
    block(x)
    assert torch.equal(x, before)
    assert len(kept) == 4
    for output, copy in kept.values():
        assert torch.equal(output, copy)
