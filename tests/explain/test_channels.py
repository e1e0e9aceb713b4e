"""Channel statistics by hand, class evidence against Captum, kernels against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam

from effnet_viz.explain import capture, maps_of
from effnet_viz.explain.channels import ceiling_of, channel_evidence, channel_statistics, depthwise_kernel, strongest_at


def test_statistics_by_hand():
    maps = np.array([[[1, 3], [5, 7]], [[0, 0], [0, 0.01]], [[6, 6], [0, -1]]], dtype=np.float32)
    statistics = channel_statistics(maps, ceiling=6.0)
    np.testing.assert_allclose(statistics.mean, [4, 0.0025, 2.75])
    np.testing.assert_allclose(statistics.maximum, [7, 0.01, 6])
    np.testing.assert_allclose(statistics.variance, [5, 1.875e-5, (3.25**2 * 2 + 2.75**2 + 3.75**2) / 4])
    assert statistics.dead.tolist() == [False, True, False]
    assert statistics.saturated.tolist() == [False, False, True]
    assert not channel_statistics(maps).saturated.any()


def test_only_relu6_has_a_ceiling_and_linear_steps_have_none(b0, lite0):
    assert ceiling_of(b0, "4.2.expand") is None
    assert [ceiling_of(lite0, layer) for layer in ("1", "4.2.expand", "4.2.depthwise", "9")] == [6.0] * 4
    assert [ceiling_of(lite0, layer) for layer in ("4.2", "4.2.project", "4")] == [None] * 3


@pytest.mark.parametrize("layer", ["7.2.se", "6.1.depthwise", "8.1", "9"])
def test_weighted_channels_add_up_to_captums_map(b0, photo, layer):
    run = capture(b0, photo)
    evidence = channel_evidence(b0, run, layer, target=4)
    maps = maps_of(b0, run, layer).values
    network = b0.network
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    try:
        expected = LayerGradCam(network, network.layer(layer)).attribute(b0.input(photo), target=4)
    finally:
        network.requires_grad_(False)
    expected = expected.detach()[0, 0].numpy()
    ours = np.tensordot(evidence.weights, maps, axes=1)
    # Captum averages over channels where the paper sums.
    np.testing.assert_allclose(ours / ours.max(), expected / expected.max(), atol=1e-4)
    assert evidence.contributions.sum() == pytest.approx(float(ours.sum()), abs=1e-4 * float(np.abs(ours).sum()))


def test_evidence_needs_a_class_that_exists(b0, photo):
    with pytest.raises(ValueError, match=r"10.*0 to 9"):
        channel_evidence(b0, capture(b0, photo), "9", target=10)


def test_a_kernel_makes_its_channel(lite0, photo):
    """The kernel laid over one channel by hand gives that channel of the depthwise step."""
    run = capture(lite0, photo)
    expanded, filtered = (maps_of(lite0, run, f"4.2.{step}").values for step in ("expand", "depthwise"))
    kernel = depthwise_kernel(lite0, "4.2", 17)
    assert kernel.shape == (5, 5)
    padded = np.pad(expanded[17], 2)
    row, column = 4, 6
    value = (padded[row : row + 5, column : column + 5] * kernel).sum()
    value += float(lite0.network.layer("4.2.depthwise").conv.bias[17])
    assert filtered[17, row, column] == pytest.approx(min(max(value, 0), 6), abs=1e-4)


def test_kernels_of_channels_that_do_not_exist(b0, make_model):
    with pytest.raises(ValueError, match=r"240.*0 to 239"):
        depthwise_kernel(b0, "4.2", 240)
    with pytest.raises(ValueError, match=r"'1'.*no depthwise"):
        depthwise_kernel(b0, "1", 0)


def test_strongest_at_a_place():
    maps = torch.arange(12.0).reshape(3, 2, 2).numpy().copy()
    maps[0, 1, 0] = 99
    assert strongest_at(maps, 1, 0, 2) == [(0, 99.0), (2, 10.0)]
    with pytest.raises(ValueError, match=r"2, 0.*2 x 2"):
        strongest_at(maps, 2, 0, 2)
