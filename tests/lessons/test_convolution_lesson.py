"""Lesson 1's arithmetic against PyTorch's own layers and against the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from effnet_viz.architecture import spec
from effnet_viz.explain import capture
from effnet_viz.lessons import convolution

PHOTO = np.random.default_rng(0).random((1, 17, 20), dtype=np.float32)
ACTIVATIONS = {"silu": nn.SiLU(), "relu6": nn.ReLU6()}


@pytest.mark.parametrize("name", ["b0", "lite0"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
def test_a_kernel_by_hand_is_what_pytorch_gives(name, stride, padding):
    network = spec(name)
    kernel = np.array(convolution.KERNELS["Vertical edges"])
    steps = convolution.by_hand(PHOTO, kernel, network, stride=stride, padding=padding)

    conv = nn.Conv2d(1, 1, 3, stride, padding, bias=False)
    conv.weight.data = torch.tensor(kernel, dtype=torch.float32)[None, None]
    norm = nn.BatchNorm2d(1, eps=network.norm_epsilon).train()  # in training it takes this very image's statistics
    with torch.no_grad():
        convolved = conv(torch.from_numpy(PHOTO)[None])
        normalised = norm(convolved)
    assert np.allclose(steps.convolved, convolved[0, 0], atol=1e-6)
    assert np.allclose(steps.normalised, normalised[0, 0], atol=1e-5)
    assert np.allclose(steps.activated, ACTIVATIONS[network.activation](normalised)[0, 0], atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
def test_every_window_sums_to_the_value_it_stands_for(stride, padding):
    steps = convolution.by_hand(PHOTO, np.arange(9).reshape(3, 3) - 3.5, spec("b0"), stride=stride, padding=padding)
    sums = [steps.window(index).total for index in range(steps.windows)]
    assert np.allclose(np.reshape(sums, steps.convolved.shape), steps.convolved, atol=1e-4)


def test_a_window_by_hand():
    image = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    steps = convolution.by_hand(image, np.ones((3, 3)), spec("b0"))
    corner = steps.window(0)
    assert corner.patch.tolist() == [[[0, 0, 0], [0, 0, 1], [0, 3, 4]]]
    assert corner.total == 8
    assert corner.box == (-1, -1, 2, 2)
    assert steps.window(4).total == 36
    with pytest.raises(ValueError, match="windows 0 to 8"):
        steps.window(9)


@pytest.mark.parametrize("name", ["b0", "lite0"])
def test_a_channel_of_the_stem_is_the_networks_own(name, make_model, photo):
    model = make_model(name)  # b0 pads symmetrically, lite0 as TensorFlow's SAME
    run = capture(model, photo)
    for channel in (0, 7, 31):
        steps = convolution.by_stem(model, run, channel)
        assert np.allclose(steps.activated, run.activations["1"][channel], atol=1e-5)
        middle = steps.windows // 2
        assert steps.window(middle).total == pytest.approx(float(steps.convolved.reshape(-1)[middle]), abs=1e-4)
    with pytest.raises(ValueError, match="0 to 31"):
        convolution.by_stem(model, run, 32)
