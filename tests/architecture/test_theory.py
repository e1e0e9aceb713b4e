"""Theory beside what was shipped, equal cost, and published accuracies."""

from __future__ import annotations

import math

import pytest
from torchvision.models import get_model_weights

from effnet_viz.architecture import custom_spec, list_variants, plan, spec
from effnet_viz.architecture.equal_cost import scale_to_cost
from effnet_viz.architecture.published import ACCURACIES, accuracies, published_name
from effnet_viz.architecture.theory import TUTORIAL_PHI, shipped_beside_theory


def test_phi_behind_b7_as_people_computed_it():
    # github.com/tensorflow/tpu/issues/1047: log(600 / 224) / log(1.15) = 7.04, which would give depth 3.6, not 3.1
    b7 = shipped_beside_theory()[-1]
    assert b7.name == "b7"
    assert b7.phi_resolution == pytest.approx(7.05, abs=0.02)
    assert 1.2**b7.phi_depth == pytest.approx(3.1)
    assert 1.1**b7.phi_width == pytest.approx(2.0)
    assert b7.phi_depth < b7.best.phi < b7.phi_width


def test_no_single_phi_gives_a_shipped_variant_beyond_b2():
    for row in shipped_beside_theory():
        implied = (row.phi_depth, row.phi_width, row.phi_resolution)
        assert (max(implied) - min(implied) < 0.1) == (row.name in ("b0", "b2"))


def test_tutorials_resolutions_do_not_follow_from_their_phi():
    assert list(TUTORIAL_PHI) == [f"b{number}" for number in range(8)]
    assert round(224 * 1.15 ** TUTORIAL_PHI["b7"]) == 518 != spec("b7").resolution


def test_a_base_of_one_gives_nothing_else():
    rows = shipped_beside_theory(alpha=1.0)
    assert rows[0].phi_depth == 0.0
    assert math.isnan(rows[-1].phi_depth)
    with pytest.raises(ValueError, match="gamma is 0"):
        shipped_beside_theory(gamma=0)


@pytest.mark.parametrize("target", ["b1", "b2", "b4"])
def test_equal_cost_is_met(target):
    macs = plan(target).macs
    depth, width, resolution = scale_to_cost(spec("b0"), macs)
    for scaled in (depth, width, resolution):
        assert scaled.plan.macs == pytest.approx(macs, rel=0.06)
    assert resolution.plan.params == plan("b0").params
    assert depth.plan.resolution == width.plan.resolution == 224
    assert len(width.plan.blocks) == len(plan("b0").blocks) < len(depth.plan.blocks)


def test_what_cannot_be_built_is_said():
    depth, width, resolution = scale_to_cost(spec("b0"), plan("b7").macs)
    assert depth.plan is None and width.plan is None
    assert resolution.plan.macs == pytest.approx(plan("b7").macs, rel=0.05)
    with pytest.raises(ValueError, match="macs is 0"):
        scale_to_cost(spec("b0"), 0)


def test_torchvisions_accuracies_are_those_in_its_metadata():
    listed = {
        (accuracy.variant, accuracy.source[-len("V1 weights") :][:2]): accuracy
        for accuracy in ACCURACIES
        if accuracy.by == "torchvision"
    }
    seen = set()
    for name in [f"b{number}" for number in range(8)] + ["v2_s", "v2_m", "v2_l"]:
        for weights in get_model_weights(f"efficientnet_{name}"):
            key = (name, weights.name[-2:])
            accuracy = listed[key]
            assert accuracy.top1 == weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
            assert [accuracy.resolution] == weights.transforms().crop_size
            assert round(accuracy.plan.macs / 1e9, 3) == weights.meta["_ops"]
            seen.add(key)
    assert seen == set(listed)


def test_every_variant_has_an_accuracy_with_a_source():
    for name in list_variants():
        if spec(name).family != "shapes":
            assert accuracies(name), name
    assert all(60 < accuracy.top1 < 90 and accuracy.source for accuracy in ACCURACIES)
    assert len(accuracies()) == len(ACCURACIES)


def test_a_network_finds_its_name():
    assert published_name(custom_spec(width=2.0, depth=3.1, resolution=600)) == "b7"
    assert published_name(custom_spec(phi=1)) == "b2"  # rounding makes 1.1 and 1.2 of 1.1 and 1.2
    assert published_name(custom_spec(width=1.1, depth=1.2, rounding="ceil4")) is None
    for name in list_variants():
        assert published_name(spec(name)) == name
