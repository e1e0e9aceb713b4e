"""A cluster in this process group gives the rows that this machine gives."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import ray

import effnet_viz as ev
from effnet_viz.folder import on_ray


@pytest.fixture(scope="module")
def cluster():
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


@pytest.mark.slow
def test_local_and_ray_rows_are_equal(cluster, b0, photos, tmp_path, monkeypatch):
    (photos / "empty.jpg").touch()
    monkeypatch.setattr(on_ray, "CHUNK", 4)
    here = ev.run_folder(b0, photos, tmp_path / "here")
    told = []
    there = ev.run_folder(
        b0, photos, tmp_path / "there", engine="ray", on_progress=told.append, should_stop=lambda: len(told) == 1
    )
    assert (len(there), told[0].done, told[0].total, told[0].errors) == (4, 4, 6, 4 - there.good.sum())
    there = ev.run_folder(b0, photos, tmp_path / "there", engine="ray")
    assert there.about == here.about
    assert sorted(there.words("path")) == sorted(here.words("path"))
    assert sorted(map(str, there.words("error"))) == sorted(map(str, here.words("error")))
    order = [
        np.argsort([path for path, good in zip(rows.words("path"), rows.good, strict=True) if good])
        for rows in (here, there)
    ]
    for column in (
        "digest",
        "width",
        "label_index",
        "chosen",
        "chosen_probability",
        "cam",
        "gate.6.2",
        "mean.9",
        "max.1",
    ):
        ours, theirs = (rows.numbers(column)[index] for rows, index in zip((here, there), order, strict=True))
        if ours.dtype.kind in "OU":
            assert ours.tolist() == theirs.tolist()
        else:
            np.testing.assert_allclose(theirs, ours, rtol=2e-3, atol=2e-3 * np.abs(ours).max())
    again = ev.run_folder(b0, photos, tmp_path / "there", engine="ray")
    assert len(again) == len(there) and not (tmp_path / "there" / ".ray").exists()


def test_without_ray_the_remedy_is_said(b0, photos, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=r"pip install 'effnet-viz\[ray\]'"):
        ev.run_folder(b0, photos, tmp_path / "rows", engine="ray")
