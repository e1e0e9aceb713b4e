"""Ten visitors, each with a large checkpoint of their own: each sees its own, and memory has a bound."""

from __future__ import annotations

import gc
import hashlib

import pytest
import safetensors.torch
import torch

from effnet_viz.explain import capture
from effnet_viz.images import open_sample, samples
from effnet_viz.network import build
from effnet_viz.sharing import allocator
from effnet_viz.ui.session import byte_cache, models_and_runs
from effnet_viz.ui.session.byte_cache import ByteCache
from effnet_viz.weights.memory import memory_used

VARIANT, BOUND = "b3", 150 * 10**6  # 48 MB of weights, and as much again once it has run


def checkpoint(seed: int) -> bytes:
    torch.manual_seed(seed)
    network = build(VARIANT)
    with torch.no_grad():  # an answer that tells the files apart
        network.classifier.bias[seed] += 100
    return safetensors.torch.save({name: values.contiguous() for name, values in network.state_dict().items()})


@pytest.mark.slow
def test_ten_large_checkpoints_are_let_go_in_turn(monkeypatch):
    monkeypatch.setattr(byte_cache, "NETWORKS", ByteCache(BOUND, growing=True, left=byte_cache.NETWORKS._left))
    photo, used = open_sample(samples()[0].name), []
    for seed in range(10):
        content = checkpoint(seed)
        model = models_and_runs.checkpoint_model(
            hashlib.sha256(content).hexdigest(), None, 96, "", "cpu", "", content, None
        )
        assert int(capture(model, photo, keep=()).logits.argmax()) == seed
        del model, content
        gc.collect()
        allocator.trim()
        used.append(memory_used())
        assert byte_cache.NETWORKS.nbytes <= BOUND
    assert max(used[3:]) < used[2] + BOUND, "each kept what the one before had taken"
