"""Weights are randomised from the head downwards, on a copy; a map that shows the weights changes."""

from __future__ import annotations

import copy

import numpy as np
import torch

from effnet_viz.explain import capture, grad_cam_of
from effnet_viz.explain.methods import evidence_from_capture
from effnet_viz.explain.randomisation import randomisation_check, randomise, randomised_parts


def test_steps_go_from_the_classifier_to_the_stem_and_the_network_stays(b0, photo):
    run = capture(b0, photo)
    before = copy.deepcopy(b0.network.state_dict())
    evidence = grad_cam_of(b0, run, 3)
    steps = randomisation_check(b0, run, evidence)
    assert [step.part for step in steps] == ["classifier", "9", "8", "7", "6", "5", "4", "3", "2", "1"]
    for name, values in b0.network.state_dict().items():
        assert torch.equal(values, before[name])
    np.testing.assert_array_equal(grad_cam_of(b0, capture(b0, photo), 3).values, evidence.values)
    assert all(step.evidence.values.shape == evidence.values.shape for step in steps)
    assert all(-1 <= step.similarity <= 1 for step in steps)


def test_a_step_leaves_what_lies_below_alone(b0, photo):
    """With only the classifier random, the last maps are the same; by hand, Grad-CAM there weighs them anew."""
    run = capture(b0, photo)
    first = randomisation_check(b0, run, grad_cam_of(b0, run, 3))[0]
    network = copy.deepcopy(b0.network)
    randomise(network.layer("classifier"), torch.Generator().manual_seed(0))
    maps = run.activations["9"]
    weights = network.classifier.weight[3].numpy() / maps[0].size
    np.testing.assert_allclose(first.evidence.values, np.tensordot(weights, maps, axes=1), rtol=1e-3, atol=1e-6)


def test_a_method_that_looks_at_the_photo_only_keeps_its_map(b0, photo):
    """Eigen-CAM of the stem knows nothing of any later weight."""
    run = capture(b0, photo)
    evidence = evidence_from_capture(b0, run, "eigen_cam", target=3, layer="1")
    steps = randomisation_check(b0, run, evidence, "eigen_cam")
    assert all(abs(step.similarity - 1) < 1e-6 for step in steps[:-1])
    assert steps[-1].similarity < 1


def test_random_weights_keep_mean_and_spread():
    layer = torch.nn.Linear(200, 100)
    with torch.no_grad():
        layer.weight.normal_(0.5, 2.0)
    old = layer.weight.clone()
    randomise(layer, torch.Generator().manual_seed(1))
    assert not torch.equal(old, layer.weight)
    assert abs(float(layer.weight.mean() - old.mean())) < 0.06 and abs(float(layer.weight.std() - old.std())) < 0.06


def test_parts_are_the_stages_in_reverse(lite0):
    assert randomised_parts(lite0.network)[:2] == ["classifier", "9"] and randomised_parts(lite0.network)[-1] == "1"
