"""Networks with random parameters in which every step does something, folded as the engine gets them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from effnet_viz.architecture import ModelSpec, spec
from effnet_viz.network import EfficientNet, build, for_inference

GIANTS = ("l2", "v2_l", "v2_xl")  # run at a part of their width: as deep, and not 2 GB


def specification(variant: str, **changes: object) -> ModelSpec:
    """A variant with ten classes, the giants narrowed."""
    narrow = {"width": 0.3, "head_rule": "fixed"} if variant in GIANTS else {}
    return spec(variant).replace(num_classes=10, **narrow, **changes)


def stirred(network: EfficientNet) -> EfficientNet:
    """A folded copy whose batch norms and biases were moved first; activations keep their size."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(0, 0.3)
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
                module.bias.normal_(0, 0.5)
        network.eval()
        for norm in norms:
            norm.train()
            norm.momentum = 1.0
        network(torch.randn(2, network.spec.in_channels, 64, 64))  # statistics are those of noise running through
        for norm in norms:
            norm.running_var.lerp_(norm.running_var.mean(), 0.5)  # dividing by near zero would blow up rounding errors
    return for_inference(network.eval())


@pytest.fixture(scope="session")
def folded_network():
    """`folded_network("b0")` or `folded_network(spec)`: a folded network with stirred random parameters."""

    def make(network: str | ModelSpec) -> EfficientNet:
        torch.manual_seed(7)
        return stirred(build(specification(network) if isinstance(network, str) else network))

    return make


@pytest.fixture(scope="session")
def b0(folded_network) -> EfficientNet:
    return folded_network("b0")
