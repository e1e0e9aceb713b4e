"""Peak activations, measured: bytes of all tensors alive while a block runs, counted by PyTorch's dispatcher."""

from __future__ import annotations

import weakref

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from effnet_viz.architecture import plan, spec
from effnet_viz.network import build, for_inference

SIDE = 64


class Alive(TorchDispatchMode):
    """Bytes of the storages that operations made and nobody has dropped yet, and the most of them at once."""

    def __init__(self, start: torch.Tensor) -> None:
        super().__init__()
        self.bytes = self.most = start.untyped_storage().nbytes()
        self._seen = {start.untyped_storage()._cdata}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage()._cdata not in self._seen:
                storage = tensor.untyped_storage()
                self._seen.add(storage._cdata)
                self.bytes += storage.nbytes()
                weakref.finalize(storage, self._gone, storage._cdata, storage.nbytes())
        self.most = max(self.most, self.bytes)
        return made

    def _gone(self, key: int, count: int) -> None:
        self._seen.discard(key)
        self.bytes -= count


def measured(block: nn.Module, shape: tuple[int, ...]) -> int:
    given = torch.rand(1, *shape)
    with torch.inference_mode(), Alive(given) as alive:
        block(given)
    return alive.most


@pytest.mark.parametrize("name", ["b0", "lite0", pytest.param("edgetpu_s", marks=pytest.mark.slow), "v2_b0", "shapes"])
def test_the_named_peak_is_what_fused_steps_hold(name):
    network = spec(name, origin="timm")  # symmetric padding: TensorFlow's would copy each map once more
    fused, as_written = for_inference(build(network)), for_inference(build(network))
    for module in fused.modules():
        if isinstance(module, (nn.SiLU, nn.ReLU, nn.ReLU6)):
            module.inplace = True  # convolution and activation share their memory, as in one step
    for block in plan(network, SIDE).blocks:
        if block.spec is None:
            continue
        vectors = 4 * 4 * (block.expanded_channels + block.squeeze_channels)  # SE's own, which the plan leaves out
        named = block.peak_activation_bytes
        assert named <= measured(fused.layer(block.id), block.in_shape) + vectors
        assert measured(as_written.layer(block.id), block.in_shape) <= 2 * named + vectors
        if not block.residual and not block.squeeze_channels:
            held = measured(fused.layer(block.id), block.in_shape) - 4 * torch.Size(block.in_shape).numel()
            assert held <= named
