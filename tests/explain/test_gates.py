"""Statistics of gates, against numpy and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from effnet_viz.explain import capture, se_gates
from effnet_viz.explain.gate_statistics import (
    QUANTILES,
    agreement,
    correlations,
    group_contrast,
    group_profiles,
    mean_gates,
    moving_channels,
    order_of_likeness,
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


def test_correlations_are_numpys(b0, photo, other_photo):
    stack = np.stack([capture(b0, shown).gates["6.1"] for shown in (photo, other_photo)])
    np.testing.assert_allclose(correlations(stack), np.corrcoef(stack.astype(float)), atol=1e-6)
    flat = np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    np.testing.assert_allclose(correlations(flat), [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]], atol=1e-12)


def test_what_is_alike_stands_side_by_side():
    low, high = np.array([0.1, 0.2, 0.1]), np.array([0.9, 0.7, 0.8])
    assert order_of_likeness(np.stack([low, high, low + 0.01, high - 0.01])) == [0, 2, 3, 1]
    photos = np.array([[0.1, 0.5, 0.9, 0.2, 0.5], [0.9, 0.5, 0.1, 0.8, 0.6], [0.1, 0.5, 0.8, 0.2, 0.5]])
    assert moving_channels(photos, 3) == [0, 3, 2]


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
