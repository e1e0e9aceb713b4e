"""Peers' networks with our parameters, copied by position so that no table of names is involved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn


@pytest.fixture
def copy_parameters() -> Callable[[nn.Module, nn.Module], None]:
    """Copies all convolutions, batch norms and linear layers, each kind in the order in which both networks run."""
    return _copy_parameters


@pytest.fixture
def randomise() -> Callable[[nn.Module, int], nn.Module]:
    """Gives every parameter and every batch-norm statistic a value of its own; leaves evaluation mode."""
    return _randomise


def _copy_parameters(source: nn.Module, target: nn.Module) -> None:
    for kind in (nn.Conv2d, nn.BatchNorm2d, nn.Linear):
        pairs = zip(
            *([module for module in network.modules() if isinstance(module, kind)] for network in (source, target)),
            strict=True,
        )
        for ours, theirs in pairs:
            for name, value in ours.state_dict().items():
                place = theirs.state_dict()[name]
                assert place.shape == value.shape
                place.copy_(value)


@torch.no_grad()
def _randomise(network: nn.Module, in_channels: int = 3) -> nn.Module:
    """Statistics are those of noise running through the network, then disturbed: activations keep a healthy size."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0.0, 0.3)
        elif isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            module.bias.normal_(0.0, 0.5)
    network.eval()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    network(torch.randn(4, in_channels, 96, 96))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.running_mean += 0.2 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
        # Halfway to the mean over channels: dividing by a variance near zero would blow rounding errors up.
        norm.running_var.lerp_(norm.running_var.mean(), 0.5)
        norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.7, 1.5)
    return network.eval()
