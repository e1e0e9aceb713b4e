"""Grad-CAM of several blocks at once against Captum, block by block."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam

from effnet_viz.architecture import plan
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
def test_a_block_of_every_stage_tells_how_much_a_gradient_through_all_of_them_takes(b0, photo, first, monkeypatch):
    run, kept = capture(b0, photo), []

    def keep(saved: torch.Tensor) -> torch.Tensor:
        kept.append(saved)
        return saved

    def values_of(work) -> float:
        kept.clear()
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
            work()
        return float(sum(saved.numel() for saved in kept if len(saved) == 1))  # weights have more rows

    # Maps that autograd keeps, as "time".
    monkeypatch.setattr(pass_time, "tried", lambda work, lock, most: values_of(work))
    said = pass_time.seconds_back_to(b0, run, first)
    really = values_of(lambda: grad_cams_of(b0, run, [first, "9"], 0))
    assert really / 1.5 <= said <= 1.5 * really


def test_a_stage_that_takes_longer_for_every_value_does_not_stand_for_the_others(b0, photo, monkeypatch):
    run, tried = capture(b0, photo), []
    planned = plan(b0.spec, run.input.shape[-1])

    def takes(block: str) -> float:
        """So long as its values and multiply-adds say, and in every stage another so many times as long."""
        of_block = planned.block(block)
        values = sum(math.prod(layer.out_shape) for layer in of_block.layers)
        return of_block.stage * (values + of_block.macs / pass_time.MACS_A_VALUE)

    def in_made_up_time(work, lock, most) -> float:
        work()
        return takes(tried[-1])

    monkeypatch.setattr(pass_time, "further_back", lambda model, run, before, later, slopes: tried.append(later))
    monkeypatch.setattr(pass_time, "tried", in_made_up_time)
    really = sum(takes(block) for block in run.blocks[run.blocks.index("3.1") + 1 :])
    assert pass_time.seconds_back_to(b0, run, "3.1") == pytest.approx(really)
    assert len(tried) == 7  # stages 3 to 9
    last_of_stages = capture(b0, photo, keep=["3.1", "3.2", "4.2", "5.3", "6.3", "7.4", "8.1", "9"])
    assert pass_time.seconds_back_to(b0, last_of_stages, "3.1") == pytest.approx(really)  # as large networks keep them
