"""What is usual for gates, and what is not: on gates made up so that the answer can be counted."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from effnet_viz.explain import capture, gate_wall
from effnet_viz.explain.gate_baseline import alike_gates, baseline_of, gate_baseline, moved_gates, telling_gates
from effnet_viz.explain.gate_evidence import gate_evidence_of

PHOTOS = [
    {"2.1": np.array([0.2, 0.5]), "3.1": np.array([0.1, 0.9, 0.4])},
    {"2.1": np.array([0.4, 0.5]), "3.1": np.array([0.3, 0.1, 0.6])},
    {"2.1": np.array([0.9, 0.5]), "3.1": np.array([0.8, 0.5, 0.1])},
]
BASELINE = baseline_of(("a", "b", "c"), PHOTOS)


def test_usual_is_the_mean():
    np.testing.assert_allclose(BASELINE.usual("2.1"), [0.5, 0.5])
    np.testing.assert_allclose(BASELINE.usual("3.1"), [0.4, 0.5, 1.1 / 3])


def test_gates_that_moved_most_come_first():
    gates = {"2.1": np.array([0.45, 0.9]), "3.1": np.array([0.4, 0.0, 0.4])}
    moved = moved_gates(gates, BASELINE, 3)
    assert [(gate.block, gate.channel) for gate in moved] == [("3.1", 1), ("2.1", 1), ("2.1", 0)]
    assert [gate.moved for gate in moved] == pytest.approx([-0.5, 0.4, -0.05])
    assert [(gate.block, gate.channel) for gate in moved_gates(gates, BASELINE, 1, block="2.1")] == [("2.1", 1)]


def test_another_gate_like_this_is_the_best_correlated():
    (first, *_) = alike_gates(BASELINE, "2.1", 0)
    expected = np.corrcoef([0.2, 0.4, 0.9], [0.1, 0.3, 0.8])[0, 1]
    assert first[:2] == ("3.1", 0) and first[2] == pytest.approx(expected)
    assert alike_gates(BASELINE, "2.1", 1) == [], "a gate that never moves is like none"
    with pytest.raises(ValueError, match="at least 3"):
        alike_gates(baseline_of(("a", "b"), PHOTOS[:2]), "2.1", 0)


def test_gates_that_tell_photos_apart():
    assert telling_gates(PHOTOS[:1], PHOTOS[1:2], 1) == [("3.1", 1, pytest.approx(0.8))]
    # Both keep the groups 0.5 apart; the means of gate 0 of block 3.1 are 0.6 apart, those of block 2.1 also.
    groups = telling_gates(PHOTOS[:2], PHOTOS[2:], 3)
    assert {entry[:2] for entry in groups[:2]} == {("2.1", 0), ("3.1", 0)}
    assert [entry[2] for entry in groups] == pytest.approx([-0.6, -0.6, 0.4])
    with pytest.raises(ValueError, match="no photos"):
        telling_gates([], PHOTOS)


def test_a_baseline_runs_each_photo_once_and_says_how_far_it_is(b0, photo, other_photo):
    told = []
    baseline = gate_baseline(b0, [photo, other_photo], told.append)
    assert told == [0.5, 1.0] and baseline.names == (photo.name, other_photo.name)
    np.testing.assert_array_equal(baseline.gates["4.1"][1], capture(b0, other_photo).gates["4.1"])
    with pytest.raises(ValueError, match="at least one"):
        gate_baseline(b0, [])


def test_the_wall_and_its_files(b0, lite0, photo, other_photo):
    baseline = gate_baseline(b0, [other_photo])
    wall = gate_wall(b0, photo, 5, baseline=baseline)
    run = capture(b0, photo)
    assert [(gate.block, gate.channel) for gate in wall.moved] == [(gate.block, gate.channel) for gate in wall.evidence]
    assert list(wall.moved) == moved_gates(run.gates, baseline, 5)
    first = wall.evidence[0]
    np.testing.assert_allclose(first.values, gate_evidence_of(b0, run, first.block, first.channel).values, atol=1e-6)

    rows = list(csv.DictReader(io.StringIO(wall.csv())))
    assert len(rows) == sum(gates.size for gates in run.gates.values())
    row = next(row for row in rows if row["block"] == "5.1" and row["channel"] == "7")
    assert float(row["gate"]) == pytest.approx(run.gates["5.1"][7], abs=1e-6)
    assert float(row["moved"]) == pytest.approx(run.gates["5.1"][7] - baseline.usual("5.1")[7], abs=2e-6)
    with np.load(io.BytesIO(wall.npz())) as arrays:
        np.testing.assert_array_equal(arrays[f"evidence_{first.block}_{first.channel}"], first.values)
        np.testing.assert_array_equal(arrays["gates_5.1"], run.gates["5.1"])
        assert len([name for name in arrays if name.startswith("evidence_")]) == 5
    with pytest.raises(ValueError, match="no squeeze-and-excitation"):
        gate_wall(lite0, photo)
    with pytest.raises(ValueError, match=r"'9.9'"):
        gate_wall(b0, photo, block="9.9", baseline=baseline)
