"""Receptive fields: by hand for B0, and measured with gradients on a small network."""

from __future__ import annotations

import pytest
import torch

from effnet_viz.architecture import plan, spec
from effnet_viz.network import build

# r grows by (kernel - 1) x jump, then the jump by the stride; 1x1 convolutions leave both.
B0_BY_HAND = {  # block: receptive field, jump
    "1": (3, 2),
    "2.1": (7, 2),  # 3 + 2·2
    "3.1": (11, 4),  # 7 + 2·2
    "3.2": (19, 4),  # 11 + 2·4
    "4.1": (35, 8),  # 19 + 4·4
    "4.2": (67, 8),  # 35 + 4·8
    "5.1": (83, 16),  # 67 + 2·8
    "5.3": (147, 16),
    "6.3": (339, 16),
    "7.1": (403, 32),
    "8.1": (851, 32),
    "9": (851, 32),
}


@pytest.mark.parametrize("block_id", B0_BY_HAND)
def test_receptive_field_of_b0_by_hand(block_id):
    block = plan("b0").block(block_id)
    assert (block.receptive_field, block.jump) == B0_BY_HAND[block_id]


@pytest.mark.parametrize("name", ["b0", pytest.param("v2_b0", marks=pytest.mark.slow)])
def test_receptive_field_is_what_the_gradient_reaches(name):
    base = spec(name, origin="timm")
    shallow = base.replace(
        stages=tuple(stage.__class__(**{**vars(stage), "channels": 8, "se_ratio": None}) for stage in base.stages[:4])
    )
    planned = plan(shallow, resolution=384)
    network = build(shallow).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():  # all positive, so that no path cancels another
            parameter.copy_(parameter.abs() + 0.01)
    x = torch.ones(1, 3, 384, 384, dtype=torch.float64, requires_grad=True)
    for block in planned.blocks[:-2]:
        extractor = network.feature_extractor
        output = extractor[: block.stage - 1](x)
        for module in (
            list(extractor[block.stage - 1])[: int(block.id.split(".")[1])]
            if "." in block.id
            else [extractor[block.stage - 1]]
        ):
            output = module(output)
        middle = output.shape[-1] // 2
        reached = torch.autograd.grad(output[0, :, middle, middle].sum(), x)[0][0].sum(0).ne(0)
        assert reached.any(0).sum().item() == block.receptive_field
        assert reached.any(1).sum().item() == block.receptive_field
