"""Measures of what gates do, against numbers worked out by hand or by others."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from sklearn.feature_selection import f_classif

from effnet_viz.architecture import spec
from effnet_viz.network import build, for_inference
from effnet_viz.training.evaluation import between_class_share, evaluate, knock_out, se_blocks
from effnet_viz.training.tasks import held_out


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    shapes = spec("shapes")
    return for_inference(build(shapes.replace(stages=shapes.stages[:2], head_channels=32)))


def test_share_by_hand():
    # Classes have the means 1 and 5, each value lies 1 from its mean: 4 between the classes, 1 within, so 4 of 5.
    gates = np.array([[0.0], [2.0], [4.0], [6.0]])
    assert between_class_share(gates, np.array([0, 0, 1, 1])) == pytest.approx(0.8)


def test_share_of_nothing_and_of_all():
    labels = np.array([0, 1, 0, 1])
    assert between_class_share(np.array([[1.0], [1.0], [2.0], [2.0]]), labels) == pytest.approx(0)
    assert between_class_share(np.array([[1.0, 7.0], [2.0, 7.0], [1.0, 7.0], [2.0, 7.0]]), labels) == pytest.approx(1)
    assert between_class_share(np.ones((4, 3)), labels) == 0


def test_share_agrees_with_scikit_learn():
    """The F statistic is (between / (k - 1)) / (within / (n - k)), so it can be turned into the share."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 200)
    gates = rng.normal(size=(200, 7)) + labels[:, None] * rng.normal(size=7)
    f, _ = f_classif(gates, labels)
    ratio = f * (5 - 1) / (200 - 5)
    assert between_class_share(gates, labels) == pytest.approx((ratio / (1 + ratio)).mean())


def test_answers_are_those_of_the_network(network):
    said = evaluate(network, "shapes", 200)
    batches = list(held_out("shapes", 200))
    pixels = np.concatenate([batch.pixels for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])
    with torch.no_grad():
        logits = network(torch.from_numpy(pixels).float() / 127.5 - 1).numpy()
    assert np.allclose(said.logits, logits, atol=1e-4)
    assert np.array_equal(said.labels, labels)
    assert said.accuracy == pytest.approx((logits.argmax(axis=1) == labels).mean())
    assert list(said.gates) == se_blocks(network) == ["2.1", "3.1", "3.2"]
    assert said.gates["3.1"].shape == (200, 64)


@pytest.mark.slow
def test_knock_out_equals_gates_written_into_the_bias(network):
    """A gate is constant when its last convolution has no weights and a bias of the logit of that constant."""
    lost = knock_out(network, "shapes", 128)
    whole = evaluate(network, "shapes", 128)
    for block in se_blocks(network):
        changed = copy.deepcopy(network)
        mean = torch.from_numpy(whole.gates[block].mean(axis=0))
        last = changed.layer(f"{block}.se.expand")
        last.weight.zero_()
        last.bias.copy_(mean.logit())
        assert lost[block] == pytest.approx(whole.accuracy - evaluate(changed, "shapes", 128).accuracy)


def test_network_without_se_has_nothing_to_knock_out():
    plain = spec("shapes_no_se")
    network = for_inference(build(plain.replace(stages=plain.stages[:1], head_channels=8)))
    assert knock_out(network, "shapes", 8) == {}
    assert not evaluate(network, "shapes", 8).gates


@pytest.mark.slow
def test_progress_goes_from_start_to_end(network):
    shares = []
    knock_out(network, "shapes", 256, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) == 2 * 4
    assert shares[-1] == pytest.approx(1)


def test_hooks_are_gone_afterwards(network):
    knock_out(network, "shapes", 8)
    assert not any(module._forward_hooks for module in network.modules())
