"""Every network that sentences are tried on, and what PyTorch says about each, without one number in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from unittest.mock import patch

import pytest
import torch
from torch import nn

from effnet_viz.architecture import ModelSpec, ceil4_spec, custom_spec, list_variants, spec, tutorial_spec
from effnet_viz.network import EfficientNet, StochasticDepth, build

CUSTOM = {
    "tutorial_b4": tutorial_spec("b4"),
    "ceil4_b3": ceil4_spec("b3"),
    "no_se": custom_spec(se_ratio=None),
    "half_squeezed": custom_spec(se_ratio=0.5, width=1.3),
    "narrow": custom_spec(width=0.25),
    "deep": custom_spec(depth=3.1, width=0.5),
    "shallow": custom_spec(depth=0.3),
    "grey": custom_spec(in_channels=1, num_classes=2),
    "large": custom_spec(resolution=600, width=1.1),
    "small": custom_spec(resolution=33, rounding="nearest8"),
}
KEEP_SHAPES = (nn.BatchNorm2d, nn.SiLU, nn.ReLU6, nn.ReLU, nn.Sigmoid, StochasticDepth)
NETWORKS: dict[str, ModelSpec] = {name: spec(name) for name in list_variants()} | CUSTOM


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a pass through the built network says: output shapes and multiply-adds, module by module."""

    network: EfficientNet
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    macs: dict[str, int] = field(default_factory=dict)

    def layer(self, id: str) -> nn.Module:
        return self.network.layer(id)

    def sum_under(self, id: str, counts: dict[str, int] | None = None) -> int:
        """Multiply-adds of a stage, block or step: of all convolutions that lie inside it."""
        inside = {id_of for id_of, _ in self.layer(id).named_modules(prefix=id)}
        return sum(count for name, count in (counts or self.macs).items() if name in inside)


@contextmanager
def no_numbers() -> Iterator[None]:
    """Parameters without values: drawing them takes most of the time, and none is read."""
    with ExitStack() as stack:
        for name in ("normal_", "uniform_", "kaiming_uniform_"):
            stack.enter_context(patch.object(nn.init, name, lambda tensor, *_, **__: tensor))
        yield


def facts_of(name: str) -> Facts:
    """What PyTorch says about one of the networks."""
    return facts_of_spec(NETWORKS[name])


@lru_cache(maxsize=64)
def facts_of_spec(chosen: ModelSpec) -> Facts:
    """A network run on PyTorch's meta device, which computes shapes only; what keeps every shape is passed over."""
    with torch.device("meta"), no_numbers():
        facts = Facts(network=build(chosen).eval())
    for module in facts.network.modules():
        if isinstance(module, KEEP_SHAPES):
            module.forward = _pass
    for block in chosen.block_specs():
        for id, module in facts.layer(block.id).named_modules(prefix=block.id):
            module.register_forward_hook(_note(facts, id))
    for id in ("1", str(chosen.head_stage)):
        for inner, module in facts.layer(id).named_modules(prefix=id):
            module.register_forward_hook(_note(facts, inner))
    with torch.no_grad():
        facts.network(torch.empty(1, chosen.in_channels, chosen.resolution, chosen.resolution, device="meta"))
    return facts


def _pass(x: torch.Tensor) -> torch.Tensor:
    return x


def _note(facts: Facts, id: str):
    def hook(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        facts.shapes[id] = tuple(output.shape[1:])
        if isinstance(module, nn.Conv2d):
            facts.macs[id] = module.weight.numel() * output.shape[-1] * output.shape[-2]

    return hook


@pytest.fixture(params=NETWORKS)
def named(request) -> tuple[str, ModelSpec, Facts]:
    return request.param, NETWORKS[request.param], facts_of(request.param)
