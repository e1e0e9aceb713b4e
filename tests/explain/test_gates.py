"""Statistics of gates, against numpy and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.explain import capture, se_gates
from effnet_viz.explain.gate_statistics import (
    QUANTILES,
    agreement,
    correlation,
    group_contrast,
    group_profiles,
    mean_gates,
    summarise_gates,
)


def test_summary_by_hand():
    (summary,) = summarise_gates({"2.1": np.array([0.05, 0.0, 0.5, 0.95, 1.0])})
    assert (summary.block, summary.channels) == ("2.1", 5)
    assert summary.quantiles[QUANTILES.index(0.5)] == 0.5
    assert summary.quantiles[0] == 0.0 and summary.quantiles[-1] == 1.0
    assert (summary.closed, summary.open) == (0.4, 0.4)
    assert summary.mean == pytest.approx(0.5)


def test_gates_of_a_network(b0, lite0, photo):
    gates = se_gates(b0, photo)
    assert list(gates) == [block.id for block in b0.spec.block_specs()]
    assert {block: values.size for block, values in gates.items()} == {
        block.id: block.expanded_channels for block in b0.spec.block_specs()
    }
    assert all(((values > 0) & (values < 1)).all() for values in gates.values())
    assert se_gates(lite0, photo) == {}


def test_correlation_is_numpys(b0, photo, other_photo):
    gates, other = capture(b0, photo).gates["6.1"], capture(b0, other_photo).gates["6.1"]
    assert correlation(gates, other) == pytest.approx(np.corrcoef(gates, other)[0, 1], abs=1e-6)
    assert correlation(gates, gates) == pytest.approx(1.0)
    assert correlation(np.ones(4), np.ones(4)) == 1.0
    assert correlation(np.ones(4), np.zeros(4)) == 0.0


def test_agreement_by_hand():
    photos = [{"2.1": np.array([0.2, 0.8])}, {"2.1": np.array([0.4, 1.0])}, {"2.1": np.array([0.8, 0.2])}]
    (pair,) = agreement(photos)
    assert pair.correlation == pytest.approx((1 - 1 - 1) / 3)
    assert pair.difference == pytest.approx((0.2 + 0.6 + 0.6) / 3)
    (same,) = agreement(photos[:1] * 2)
    assert (same.correlation, same.difference) == (pytest.approx(1.0), 0.0)


def test_groups_by_hand():
    groups = {
        "cats": [{"2.1": np.array([0.0, 1.0])}, {"2.1": np.array([0.2, 1.0])}],
        "dogs": [{"2.1": np.array([1.0, 1.0])}],
    }
    profiles, everything = group_profiles(groups, "2.1")
    assert [(profile.group, profile.photos) for profile in profiles] == [("cats", 2), ("dogs", 1)]
    np.testing.assert_allclose(profiles[0].mean, [0.1, 1.0])
    np.testing.assert_allclose(profiles[0].spread, [0.1, 0.0])
    np.testing.assert_allclose(everything, [0.4, 1.0])
    (contrast,) = group_contrast(groups)
    assert contrast.between == pytest.approx(np.std([0.1, 1.0]) / 2)
    assert contrast.within == pytest.approx((0.05 + 0.0) / 2)


def test_reference_gates_are_means():
    photos = [{"2.1": np.array([0.0, 1.0])}, {"2.1": np.array([0.5, 0.5])}]
    np.testing.assert_allclose(mean_gates(photos)["2.1"], [0.25, 0.75])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: agreement([{"2.1": np.ones(2)}]), "at least 2"),
        (lambda: agreement([{"2.1": np.ones(2)}, {"3.1": np.ones(2)}]), "different SE blocks"),
        (lambda: group_profiles({}, "2.1"), "at least one group"),
        (lambda: group_profiles({"cats": []}, "2.1"), "'cats'"),
        (lambda: group_profiles({"cats": [{"2.1": np.ones(2)}]}, "3.1"), "'3.1'.*2.1"),
        (lambda: group_contrast({"cats": [{"2.1": np.ones(2)}]}), "at least 2"),
        (lambda: mean_gates([]), "at least one"),
    ],
)
def test_what_is_missing_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
