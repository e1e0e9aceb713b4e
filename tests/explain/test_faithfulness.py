"""Curves and scores against torchcam's metrics and Captum's; a map that is right beats chance, a wrong one does not."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from captum.metrics import infidelity as captum_infidelity
from torchcam.methods import LayerCAM
from torchcam.metrics import ClassificationMetric, DeletionInsertionMetric

from effnet_viz.engine.progress import quiet
from effnet_viz.explain import capture, grad_cam_of
from effnet_viz.explain.faithfulness import ConfidenceCurve, enlarge, faithfulness, runs_needed
from effnet_viz.explain.replacement import blurred, replaced
from effnet_viz.explain.robustness import infidelity, random_squares, sensitivity
from effnet_viz.explain.similarity import pairwise_similarity, similarity

TARGET = 4


@pytest.fixture(scope="module")
def run(b0, photo):
    return capture(b0, photo)


@pytest.fixture(scope="module")
def evidence(b0, run):
    return grad_cam_of(b0, run, TARGET, "6.1")


def test_the_area_under_a_curve_is_that_of_its_trapezoids():
    curve = ConfidenceCurve(fractions=np.array([0, 0.25, 1.0]), scores=np.array([1.0, 0.5, 0.1]))
    assert curve.area == pytest.approx(0.25 * 0.75 + 0.75 * 0.3)
    assert curve.at(0.125) == pytest.approx(0.75)


def test_deletion_and_insertion_equal_torchcam_s(b0, photo, run, evidence):
    images = b0.input(photo).requires_grad_()
    with LayerCAM(b0.network, "feature_extractor.6.1") as extractor:
        metric = DeletionInsertionMetric(extractor, partial(torch.softmax, dim=-1), steps=20)
        metric.update(images, TARGET)
        theirs = metric.summary()
        drops = ClassificationMetric(extractor, partial(torch.softmax, dim=-1))
        drops.update(images, TARGET)
        scores = b0.network(images)
        their_map = extractor(TARGET, scores)[0][0].detach().numpy()
    ours = faithfulness(b0, run, replace(evidence, values=their_map), steps=20, draws=1)
    assert ours.deletion["map"].area == pytest.approx(theirs["deletion_auc"], abs=1e-5)
    assert ours.insertion["map"].area == pytest.approx(theirs["insertion_auc"], abs=1e-5)
    assert ours.drop == pytest.approx(drops.summary()["avg_drop"], abs=1e-5)
    assert ours.increase == bool(drops.summary()["conf_increase"])


def test_curves_begin_and_end_where_they_must(b0, run, evidence):
    checked = faithfulness(b0, run, evidence, steps=5, draws=2)
    whole = float(run.probabilities[TARGET])
    with torch.no_grad():
        nothing = float(b0.network(torch.zeros(1, 3, 96, 96)).softmax(dim=1)[0, TARGET])
    assert checked.probability == pytest.approx(whole, abs=1e-5)
    for lines, ends in ((checked.deletion, (whole, nothing)), (checked.insertion, (nothing, whole))):
        for line in lines.values():
            assert (line.fractions[0], line.fractions[-1]) == (0.0, 1.0)
            assert (line.scores[0], line.scores[-1]) == pytest.approx(ends, abs=1e-5)


def test_two_classes_are_judged_between_each_other(b0, run):
    checked = faithfulness(b0, run, grad_cam_of(b0, run, 2, against=5), steps=3, draws=1)
    assert checked.probability == pytest.approx(1 / (1 + np.exp(run.logits[5] - run.logits[2])), abs=1e-5)


def test_the_announced_number_of_runs_is_the_real_one(b0, run, evidence):
    images: list[int] = []
    handle = b0.network.register_forward_pre_hook(lambda _, given: images.append(len(given[0])))
    faithfulness(b0, run, evidence)
    handle.remove()
    assert sum(images) == runs_needed()


def test_progress_is_told_and_can_stop(b0, run, evidence):
    shares: list[float] = []
    faithfulness(b0, run, evidence, steps=4, draws=1, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0
    with pytest.raises(KeyboardInterrupt):
        faithfulness(b0, run, evidence, progress=lambda share: (_ for _ in ()).throw(KeyboardInterrupt))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [({"steps": 0}, "steps is 0"), ({"draws": 0}, "draws is 0"), ({"replacement": "black"}, "replacement is 'black'")],
)
def test_wrong_arguments_are_named(b0, run, evidence, wanted, said):
    with pytest.raises(ValueError, match=said):
        faithfulness(b0, run, evidence, **wanted)


def test_maps_that_point_nowhere_are_refused(b0, run, evidence):
    with pytest.raises(ValueError, match="same everywhere"):
        faithfulness(b0, run, replace(evidence, values=np.full((6, 6), 0.3)))
    with pytest.raises(ValueError, match="single cell"):
        faithfulness(b0, run, replace(evidence, values=np.array([[1.0]])))


def test_replacements(b0, photo):
    images = b0.input(photo)
    assert not replaced(images, "grey").any()
    assert replaced(images, "mean").std(dim=(2, 3)).max() < 1e-6
    np.testing.assert_allclose(replaced(images, "mean")[0, :, 0, 0], images.mean(dim=(2, 3))[0], rtol=1e-5)
    from torchvision.transforms.functional import gaussian_blur

    ours = blurred(images, 4.0)
    theirs = gaussian_blur(images, [25, 25], [4.0, 4.0])
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_infidelity_is_captum_s_as_a_share_of_the_squared_drops(b0, photo, run, evidence):
    images = b0.input(photo)
    attribution = (enlarge(evidence.values, (96, 96)) / 3).expand_as(images)

    def score(given):
        return b0.network(given)[:, TARGET]

    def remove_squares(given):
        inside = torch.zeros_like(given)
        for image, (rows, columns) in zip(inside, random_squares(96, 16), strict=True):
            image[:, rows, columns] = 1
        return inside, given * (1 - inside)

    with torch.no_grad():
        missed = captum_infidelity(score, remove_squares, images, attribution, n_perturb_samples=16, normalize=True)
        blank = captum_infidelity(score, remove_squares, images, torch.zeros_like(images), n_perturb_samples=16)
    ours = infidelity(b0, run, evidence, squares=16)
    assert ours == pytest.approx(float(missed / blank), rel=1e-3)
    assert 0 <= ours <= 1.0001


def test_sensitivity_is_small_for_a_smooth_network_and_grows_with_nothing(b0, run, evidence):
    moved = sensitivity(b0, run, evidence, "grad_cam", noises=3, progress=quiet)
    assert 0 < moved < 1
    assert moved == sensitivity(b0, run, evidence, "grad_cam", noises=3)


def test_similarity_is_spearman_s():
    from scipy.stats import spearmanr

    generator = np.random.default_rng(0)
    values, other = generator.normal(size=(7, 7)), generator.integers(0, 4, (7, 7)).astype(float)
    assert similarity(values, other) == pytest.approx(spearmanr(values.ravel(), other.ravel()).statistic)
    assert similarity(values, -values) == pytest.approx(-1) and similarity(values, np.exp(3 * values)) == pytest.approx(
        1
    )
    assert similarity(values, np.zeros((7, 7))) == 0.0
    assert similarity(values, np.kron(values, np.ones((4, 4)))) == pytest.approx(1)
    matrix = pairwise_similarity([values, other, -values])
    np.testing.assert_allclose(matrix, matrix.T)
    np.testing.assert_allclose(np.diag(matrix), 1)
