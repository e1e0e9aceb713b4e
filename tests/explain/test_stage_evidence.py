"""Grad-CAM of several blocks at once against Captum, block by block."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam

from effnet_viz.explain import capture, pass_time
from effnet_viz.explain.stage_evidence import grad_cams_of

TARGET, AGAINST = 3, 5


@pytest.mark.parametrize("against", [None, AGAINST])
def test_every_block_has_the_map_that_captum_gives_it(b0, photo, against):
    run = capture(b0, photo)
    blocks = [block for block in run.blocks if block not in ("1", "4.1")]
    maps = grad_cams_of(b0, run, blocks, TARGET, against)
    assert list(maps) == blocks
    x = b0.input(photo).requires_grad_()
    for block in ("2.1", "3.2", "5.1", "7.4", "9"):
        captum = LayerGradCam(b0.network, b0.network.layer(block))
        expected = captum.attribute(x, TARGET)
        if against is not None:
            expected = expected - captum.attribute(x, against)
        expected = expected[0, 0].detach().numpy()
        assert maps[block].layer == block
        np.testing.assert_allclose(maps[block].values, expected, atol=1e-4 * np.abs(expected).max())


def test_the_network_is_left_as_it_was(b0, photo):
    grad_cams_of(b0, capture(b0, photo), ["3.2", "9"])
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in b0.network.parameters())
    assert not any(module._forward_hooks for module in b0.network.modules())
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(("blocks", "said"), [(["3.9"], "There is no block '3.9'"), ([], "blocks is empty")])
def test_blocks_that_are_not_there_are_named(b0, photo, blocks, said):
    with pytest.raises(ValueError, match=said):
        grad_cams_of(b0, capture(b0, photo), blocks)


@pytest.mark.parametrize("first", ["1", "2.1", "4.1", "6.2", "8.1", "9"])
def test_one_block_tells_how_much_a_gradient_through_all_the_others_takes(b0, photo, first, monkeypatch):
    run, kept = capture(b0, photo), []

    def keep(saved: torch.Tensor) -> torch.Tensor:
        kept.append(saved)
        return saved

    def values_of(work) -> float:
        kept.clear()
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
            work()
        return float(sum(saved.numel() for saved in kept if len(saved) == 1))  # weights have more rows

    monkeypatch.setattr(pass_time, "tried", lambda work, lock: values_of(work))  # maps that autograd keeps, as "time"
    said = pass_time.seconds_back_to(b0, run, first) / pass_time.NEW_MEMORY
    really = values_of(lambda: grad_cams_of(b0, run, [first, "9"], 0))
    assert really / 1.5 <= said <= 1.5 * really
