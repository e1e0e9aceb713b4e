"""Equal questions have equal answers, however many threads ask, and whatever random numbers others draw meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from effnet_viz.explain import capture
from effnet_viz.explain.methods import evidence_from_capture
from effnet_viz.explain.robustness import sensitivity
from effnet_viz.images import open_sample
from effnet_viz.loading import load
from effnet_viz.network import build
from tests.explain.conftest import answers_of_threads


@pytest.mark.slow
def test_untrained_networks_are_the_same_whoever_loads_meanwhile():
    def weights() -> np.ndarray:
        return load("shapes", weights="untrained").network.classifier.weight.numpy()

    first, *others = answers_of_threads(weights, 20)
    assert all(np.array_equal(first, other) for other in others)


def test_a_seed_gives_one_network_and_no_seed_another():
    first, again, other = (build("shapes", seed=seed).classifier.weight for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(build("shapes").classifier.weight, build("shapes").classifier.weight)


@pytest.fixture(scope="module")
def asked():
    model = load("shapes")
    return model, capture(model, open_sample("coffee"))


def test_smooth_grad_draws_its_noise_by_itself(asked):
    first, *others = answers_of_threads(lambda: evidence_from_capture(*asked, "smooth_grad").values)
    assert all(np.allclose(first, other, rtol=1e-5, atol=1e-7) for other in others)


def test_sensitivity_draws_its_noise_by_itself(asked):
    evidence = evidence_from_capture(*asked, "grad_cam")
    first, *others = answers_of_threads(lambda: np.array(sensitivity(*asked, evidence, "grad_cam", noises=2)), 4)
    assert np.allclose(first, others, rtol=1e-5)
