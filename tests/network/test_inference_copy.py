"""The copy for inference: frozen, folded, channels-last, and the source as it was."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from effnet_viz.network import build, for_inference


@pytest.fixture(scope="module")
def source():
    return build("v2_b0", num_classes=5)


def test_it_is_frozen_folded_and_channels_last(source):
    folded = for_inference(source)
    assert not folded.training
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert not any(module.training for module in folded.modules())
    for parameter in folded.parameters():
        if parameter.dim() == 4:
            assert parameter.is_contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        maps = folded.feature_extractor(torch.randn(1, 3, 64, 64))
    assert maps.is_contiguous(memory_format=torch.channels_last)


def test_the_source_is_left_as_it_was(source):
    before = copy.deepcopy(source.state_dict())
    folded = for_inference(source)
    with torch.no_grad():
        for parameter in folded.parameters():
            parameter.zero_()
    assert source.training
    assert all(module.training for module in source.modules())
    assert all(parameter.requires_grad for parameter in source.parameters())
    assert all(parameter.is_contiguous() for parameter in source.parameters())
    for name, value in source.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_ids_lead_to_the_same_steps(source):
    folded = for_inference(source)
    absent = {name for name, module in folded.named_modules() if isinstance(module, nn.Identity)}
    assert [name for name, _ in folded.named_modules()] == [name for name, _ in source.named_modules()]
    assert {name for name in absent if name.endswith(".norm")} == {
        name for name, module in source.named_modules() if isinstance(module, nn.BatchNorm2d)
    }


@pytest.mark.slow
def test_folding_in_double_precision_is_exact_to_rounding(source, randomise):
    network = randomise(copy.deepcopy(source)).double()
    x = torch.randn(1, 3, 75, 64, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(for_inference(network)(x), network(x), rtol=1e-10, atol=1e-10)


def test_a_folded_copy_can_be_folded_again(source):
    folded = for_inference(source)
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(for_inference(folded)(x), folded(x))
