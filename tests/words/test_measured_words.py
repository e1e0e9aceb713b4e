"""Statements about what networks do, measured: silent channels, guided edges, maps before the classifier."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from captum.attr import GuidedBackprop
from torch import nn

import effnet_viz as ev
from effnet_viz.architecture import spec
from effnet_viz.explain import capture
from effnet_viz.explain.methods import METHODS
from effnet_viz.images import open_sample
from effnet_viz.network import build
from effnet_viz.ui.lessons import decision as decision_lesson


def test_a_channel_that_is_silent_on_one_photo_speaks_on_another():
    """Under such a channel stands: on this photo it stays near zero, on another it may not."""
    model = ev.load("lite0")
    peaks = [capture(model, open_sample(name)).activations["9"].max(axis=(1, 2)) for name in ("coffee", "chelsea")]
    silent, speaks = peaks[0] <= 0.01 * peaks[0].max(), peaks[1] > 0.01 * peaks[1].max()
    assert silent.sum() > 100
    assert (silent & speaks).sum() > silent.sum() / 4


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
def test_guided_edges_depend_little_on_the_weights_of_higher_layers():
    """Adebayo et al. 2018, on a network with ReLU: plain gradients change with any weights, guided ones hardly."""
    torch.manual_seed(0)
    network, other = (build(spec("edgetpu_s", num_classes=10)).eval() for _ in range(2))
    pixels = np.asarray(open_sample("chelsea").image.resize((96, 96)), dtype=np.float32) / 255
    x = torch.from_numpy((pixels - 0.45) / 0.22).permute(2, 0, 1)[None]

    def gradients(of: nn.Module) -> tuple[np.ndarray, np.ndarray]:
        guided = GuidedBackprop(of).attribute(x.clone().requires_grad_(), target=3)
        pixels = x.clone().requires_grad_()
        plain = torch.autograd.grad(of(pixels)[0, 3], pixels)[0]
        return tuple(values.detach().abs().amax(1).flatten().numpy() for values in (guided, plain))

    def alike_with_other_weights(stages: str) -> tuple[float, float]:
        changed = copy.deepcopy(network)
        for id, block in changed.blocks().items():
            if id[0] in stages:
                block.load_state_dict(other.layer(id).state_dict())
        pairs = zip(gradients(network), gradients(changed), strict=True)
        return tuple(np.corrcoef([values.argsort().argsort() for values in pair])[0, 1] for pair in pairs)

    high, low = alike_with_other_weights("5678"), alike_with_other_weights("12")
    assert high[0] > 0.95 and high[1] < 0.7
    assert low[0] < 0.9
    assert "depend little on the weights of higher layers" in METHODS["guided_grad_cam"].sentence


def test_there_is_one_last_map_for_each_channel_and_one_weight_for_each_map(named):
    _, network, facts = named
    channels, side, _ = facts.shapes[str(network.head_stage)]
    assert facts.network.classifier.weight.shape == (network.num_classes, channels) and side > 0
    assert "maps, one for each channel of the last convolution" in " ".join(decision_lesson.LEAD.split())
