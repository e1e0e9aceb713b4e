"""What is said about evidence maps, against the maps, the preprocessing and the curves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from effnet_viz.draw.evidence_words import (
    all_negative_words,
    bright_words,
    grey_words,
    noise_words,
    question_words,
    randomisation_words,
    verdict,
)
from effnet_viz.explain import capture
from effnet_viz.explain.methods import METHODS, evidence_from_capture
from effnet_viz.images import open_photo
from effnet_viz.weights.catalogue import all_weight_sets
from tests.explain.conftest import make_model, photo  # noqa: F401

QUICK = [name for name, method in METHODS.items() if not method.slow and name != "guided_grad_cam"]  # which needs ReLU


@pytest.fixture(scope="module")
def small(make_model, photo):  # noqa: F811
    model = make_model("shapes", num_classes=5)
    return model, capture(model, photo)


@pytest.mark.parametrize("name", QUICK)
def test_a_map_is_said_to_answer_why_only_if_it_depends_on_the_class(name, small):
    model, run = small
    first, second = (evidence_from_capture(model, run, name, target=target).values for target in (0, 3))
    assert METHODS[name].knows_class == (not np.allclose(first, second, rtol=1e-4, atol=1e-7))
    assert ("why tabby?" in question_words(METHODS[name], "tabby")) == METHODS[name].knows_class
    if not METHODS[name].knows_class:
        assert not METHODS[name].signed and "speak against the class:" in all_negative_words(METHODS[name], "tabby")


@pytest.mark.parametrize("name", ["grad_cam_plus_plus", "layer_cam", "score_cam"])
def test_without_negative_activations_some_methods_have_no_negative_value(name, make_model, photo):  # noqa: F811
    model = make_model("lite0", num_classes=4)  # ReLU6: no activation of the last convolution is negative
    run = capture(model, photo)
    assert run.activations["9"].min() >= 0
    if name != "score_cam":  # a run for each of 1,280 channels; its weights are a softmax
        assert evidence_from_capture(model, run, name, target=1).values.min() >= -1e-9
    assert not METHODS[name].signed and "not evidence against the class" in METHODS[name].sentence


def test_grey_is_the_colour_that_becomes_zero():
    for weights in all_weight_sets():
        steps = weights.preprocessing
        colour = tuple(round(255 * value) for value in steps.mean)
        flat = open_photo(Image.new("RGB", (300, 300), colour))
        assert abs(steps.tensor(flat)).max() < 0.02
        assert ("127.5 of 255" in grey_words(steps)) == (steps.mean == (0.5, 0.5, 0.5))
        assert ("red, green, blue 124, 116, 104" in grey_words(steps)) == (steps.mean == (0.485, 0.456, 0.406))


def test_noise_in_grey_levels():
    steps = {weights.preprocessing.std: weights.preprocessing for weights in all_weight_sets()}
    assert noise_words(steps[0.5, 0.5, 0.5], 0.02) == "2.55 grey levels of 255"  # 0.02 · 0.5 · 255
    assert noise_words(steps[0.229, 0.224, 0.225], 0.02) == "1.17 grey levels of 255"  # 0.02 · 0.229 · 255


def curves(deletion: float, insertion: float, centre: float = 0.3) -> SimpleNamespace:
    """Areas of a map's curves, between three random orders of 0.4 to 0.6."""
    random = [SimpleNamespace(area=area) for area in (0.4, 0.5, 0.6)]
    return SimpleNamespace(
        deletion={"map": SimpleNamespace(area=deletion), "centre": SimpleNamespace(area=centre)},
        insertion={"map": SimpleNamespace(area=insertion), "centre": SimpleNamespace(area=1 - centre)},
        random_deletion=random,
        random_insertion=random,
    )


@pytest.mark.parametrize(
    ("deletion", "insertion", "said"),
    [
        (0.2, 0.8, "Better than 3 random orders: what the map marks"),
        (0.35, 0.65, "no better than starting at the centre"),
        (0.2, 0.5, "Only hiding is better"),
        (0.5, 0.8, "Only showing is better"),
        (0.5, 0.5, "Neither curve is better"),
        (0.399, 0.601, "Neither curve is better"),  # nobody sees a thousandth
    ],
)
def test_the_verdict_says_which_curve_speaks(deletion, insertion, said):
    assert said in verdict(curves(deletion, insertion))
    assert "proof" not in verdict(curves(deletion, insertion))


def test_what_a_strong_place_is_depends_on_the_method():
    for method in METHODS.values():
        plain, coloured = bright_words(method, signed=False), bright_words(method, signed=True)
        assert ("depends most" in plain) == method.knows_class == ("every class" not in plain)
        assert ("blue ones against it" in coloured) == (method.signed and method.knows_class)
        assert ("no proof" in plain) == method.knows_class


def test_what_is_left_of_a_map_with_random_weights():
    said = [randomisation_words(share) for share in (0.9, 0.45, 0.0, -0.8)]
    assert ["still looks alike" in sentence for sentence in said] == [True, False, False, False]
    assert "a part of the map" in said[1] and said[2] == said[3] and "depends on the weights" in said[2]


def test_dividing_by_a_negative_score_would_turn_the_map(small):
    """Ablation-CAM at the last convolution, in closed form: without channel k the logit loses w_k times its mean."""
    model, run = small
    target = int(run.logits.argmin())
    assert run.logits[target] < 0
    maps = run.activations[str(model.spec.head_stage)]
    weights = model.network.classifier.weight[target].detach().numpy() * maps.mean(axis=(1, 2))
    by_hand = np.einsum("c,chw->hw", weights, maps)
    values = evidence_from_capture(model, run, "ablation_cam", target=target).values
    np.testing.assert_allclose(values, by_hand, rtol=1e-3, atol=1e-5 * abs(by_hand).max() + 1e-7)
    assert "where y is negative, turns its sign" in METHODS["ablation_cam"].source
