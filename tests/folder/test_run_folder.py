"""Rows hold what the library says about each photo by itself; runs can be stopped at any moment and go on."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import effnet_viz as ev
from effnet_viz.explain import capture
from effnet_viz.folder import Rows, RowsError, photo_rows, pooled
from effnet_viz.folder.photo_rows import PhotoRows
from effnet_viz.images import photo


def photo_names(rows: Rows) -> list[str]:
    return [Path(path).name for path in rows.words("path")]


@pytest.mark.parametrize("variant", ["b0", "lite0"])
def test_rows_are_what_the_library_says_of_each_photo(make_model, photos, tmp_path, variant):
    model = make_model(variant)
    rows = ev.run_folder(model, photos, tmp_path / "rows.parquet")
    assert len(rows) == 5 and rows.good.all()
    contents = [Path(path).read_bytes() for path in rows.words("path")]
    assert rows.words("digest") == [hashlib.sha256(content).hexdigest() for content in contents]
    assert rows.numbers("bytes").tolist() == [len(content) for content in contents]
    sizes = [Image.open(path).size for path in rows.words("path")]
    assert np.stack((rows.numbers("width"), rows.numbers("height")), axis=1).tolist() == [list(size) for size in sizes]
    head = ev.feature_maps(model, ev.open_photo(rows.words("path")[0]), rows.head).values
    np.testing.assert_allclose(rows.numbers(f"mean.{rows.head}")[0], head.mean((1, 2)), atol=1e-3 * np.abs(head).max())
    for position, path in enumerate(rows.words("path")):
        photo = ev.open_photo(path)
        run = capture(model, photo)
        predictions = ev.predict(model, photo)
        assert rows.numbers("top_index")[position].tolist() == [prediction.index for prediction in predictions]
        np.testing.assert_allclose(
            rows.numbers("top_probability")[position], [prediction.probability for prediction in predictions], rtol=1e-4
        )
        chosen = int(rows.numbers("chosen")[position])
        assert rows.numbers("chosen_probability")[position] == pytest.approx(run.probabilities[chosen], rel=1e-4)
        cam = ev.grad_cam(model, photo, target=chosen).values
        np.testing.assert_allclose(
            rows.numbers("cam")[position].reshape(cam.shape), cam, rtol=1e-3, atol=1e-3 * np.abs(cam).max()
        )
        assert rows.gated_blocks == list(ev.se_gates(model, photo))
        for block, gates in ev.se_gates(model, photo).items():
            np.testing.assert_allclose(rows.numbers(f"gate.{block}")[position], gates, atol=1e-3)
        for block in rows.shapes:
            maps = run.activations[block]
            scale = np.abs(maps).max()
            flat = maps.reshape(len(maps), -1)
            np.testing.assert_allclose(rows.numbers(f"mean.{block}")[position], flat.mean(1), atol=1e-3 * scale)
            np.testing.assert_allclose(rows.numbers(f"max.{block}")[position], flat.max(1), atol=1e-3 * scale)
            at_place = flat[np.arange(len(flat)), rows.numbers(f"place.{block}")[position]]
            np.testing.assert_allclose(at_place, flat.max(1), atol=1e-4 * scale)


def test_a_row_holds_the_photo_as_a_small_picture(b0, photos, tmp_path):
    (photos / "broken.jpg").write_bytes(b"no picture")
    rows = ev.run_folder(b0, photos, tmp_path / "rows")
    for path, content in zip(rows.words("path"), rows.words("thumbnail"), strict=True):
        if path.endswith("broken.jpg"):
            assert content is None
            continue
        photo, small = Image.open(path).convert("RGB"), Image.open(io.BytesIO(content))
        assert small.format == "JPEG" and max(small.size) == min(128, max(photo.size))
        assert small.width / small.height == pytest.approx(photo.width / photo.height, rel=0.02)
        expected = np.asarray(photo.resize(small.size, Image.Resampling.BOX), dtype=float)
        assert np.abs(np.asarray(small.convert("RGB"), dtype=float) - expected).mean() < 8


def test_folder_names_are_labels_and_choose_the_class(b0, photos, tmp_path):
    rows = ev.run_folder(b0, photos, tmp_path / "rows")
    labels = dict(zip(photo_names(rows), rows.words("label"), strict=True))
    assert labels["grey.png"] is None
    assert sorted(set(labels.values()) - {None}) == ["class_3", "unknown thing"]
    chosen, top = rows.numbers("chosen"), rows.numbers("top_index")[:, 0]
    named = np.array([label == "class_3" for label in rows.words("label")])
    assert rows.numbers("label_index").tolist() == np.where(named, 3, -1).tolist()
    assert (chosen[named] == 3).all() and (chosen[~named] == top[~named]).all()


def test_lists_and_tables_are_sources_too(b0, photos, tmp_path):
    paths = [photos / "grey.png", next(photos.rglob("*.jpg"))]
    assert len(ev.run_folder(b0, paths, tmp_path / "list")) == 2
    table = photos / "table.csv"
    table.write_text(f"path,label\ngrey.png,class 7\n{paths[1].relative_to(photos)},\n")
    rows = ev.run_folder(b0, table, tmp_path / "table")
    assert rows.words("label") == ["class 7", None]
    assert rows.numbers("label_index").tolist() == [7, -1]
    pq.write_table(pa.table({"path": ["grey.png"], "label": [7]}), photos / "table.parquet")
    rows = ev.run_folder(b0, photos / "table.parquet", tmp_path / "numbers")
    assert photo_names(rows) == ["grey.png"] and rows.numbers("label_index").tolist() == [7]
    pq.write_table(pa.table({"path": [str(paths[1]), "/nowhere.jpg"]}), photos / "paths.parquet")
    rows = ev.run_folder(b0, photos / "paths.parquet", tmp_path / "paths")
    assert rows.words("path") == [str(paths[1]), "/nowhere.jpg"] and rows.words("label") == [None, None]
    assert "does not exist" in rows.words("error")[1]
    for name, content, complaint in (
        (
            "latin.csv",
            "path\nmüsli.png\n".encode("latin-1"),
            r"latin\.csv cannot be read as CSV in UTF-8; save it again",
        ),
        ("cut.parquet", (photos / "paths.parquet").read_bytes()[:-9], r"cut\.parquet cannot be read as Parquet"),
        ("gap.csv", b"path,label\ngrey.png,a\n,b\n", r"gap\.csv has no path in row 2; fill it in"),
    ):
        (photos / name).write_bytes(content)
        with pytest.raises(ValueError, match=complaint):
            ev.run_folder(b0, photos / name, tmp_path / "wrong")
    (photos / "wrong.csv").write_text("file\na.png\n")
    with pytest.raises(ValueError, match="columns file; it needs one that is called path"):
        ev.run_folder(b0, photos / "wrong.csv", tmp_path / "wrong")


def test_what_is_wrong_with_a_file_is_its_row(b0, photos, tmp_path):
    (photos / "empty.jpg").touch()
    (photos / "text.png").write_text("not a picture")
    whole = next(photos.rglob("*.jpg")).read_bytes()
    (photos / "cut.jpg").write_bytes(whole[: len(whole) // 50])
    (photos / "folder.jpg").mkdir()
    (photos / "folder.jpg" / "loop").symlink_to(photos, target_is_directory=True)
    (photos / "nowhere.jpg").symlink_to(photos / "absent.jpg")
    rows = ev.run_folder(b0, photos, tmp_path / "rows")
    errors = {name: error for name, error in zip(photo_names(rows), rows.words("error"), strict=True) if error}
    assert set(errors) == {"empty.jpg", "text.png", "cut.jpg", "nowhere.jpg"}
    assert all(error.endswith(".") and len(error) > 15 for error in errors.values())
    assert len(rows) == 9 and len(rows.numbers("chosen")) == 5


def test_a_stopped_run_goes_on_and_equals_an_unbroken_one(b0, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(PhotoRows, "batch", 2)
    seen = []
    halves = ev.run_folder(b0, photos, tmp_path / "rows", on_progress=seen.append, should_stop=lambda: True)
    assert len(halves) == 2 and (seen[-1].done, seen[-1].total) == (2, 5)
    calls = []
    monkeypatch.setattr(PhotoRows, "decode", record(PhotoRows.decode, calls))
    rows = ev.run_folder(b0, photos, tmp_path / "rows", on_progress=seen.append)
    assert len(calls) == 3 and (seen[-1].done, seen[-1].total) == (5, 5)
    whole = ev.run_folder(b0, photos, tmp_path / "whole")
    assert rows.words("path") == whole.words("path")
    for column in ("top_probability", "gate.6.2", "mean.9"):
        np.testing.assert_allclose(rows.numbers(column), whole.numbers(column), atol=2e-3)


def record(function, calls):
    def wrapped(self, listed):
        calls.append(listed)
        return function(self, listed)

    return wrapped


def test_rows_of_something_else_are_refused(b0, make_model, photos, tmp_path):
    out = tmp_path / "rows"
    ev.run_folder(b0, photos, out)
    with pytest.raises(RowsError, match="holds rows of EfficientNet-B0"):
        ev.run_folder(make_model("b1"), photos, out)
    with pytest.raises(RowsError, match="rows about class None, not 2"):
        ev.run_folder(b0, photos, out, target=2)
    with pytest.raises(ValueError, match="target is 10; EfficientNet-B0 has classes 0 to 9"):
        ev.run_folder(b0, photos, tmp_path / "other", target=10)
    with pytest.raises(ValueError, match="engine is 'dask'; it can be local, ray"):
        ev.run_folder(b0, photos, out, engine="dask")
    with pytest.raises(ValueError, match="neither a folder nor a table that exists"):
        ev.run_folder(b0, tmp_path / "absent", out)
    (tmp_path / "bare").mkdir()
    with pytest.raises(ValueError, match="holds no photos"):
        ev.run_folder(b0, tmp_path / "bare", out)


def test_damaged_and_foreign_rows_are_named(b0, photos, tmp_path):
    ev.run_folder(b0, photos, tmp_path / "rows")
    (part,) = (tmp_path / "rows").glob("*.parquet")
    table = pq.read_table(part)
    foreign = tmp_path / "foreign.parquet"
    pq.write_table(table.replace_schema_metadata({}), foreign)
    with pytest.raises(RowsError, match="not one of this project's rows"):
        Rows(foreign)
    older = {key: value.replace(b'"version": 2', b'"version": 0') for key, value in table.schema.metadata.items()}
    pq.write_table(table.replace_schema_metadata(older), foreign)
    with pytest.raises(RowsError, match="version 0; this program reads version 2"):
        Rows(foreign)
    part.write_bytes(part.read_bytes()[:-200])
    with pytest.raises(RowsError, match="not a whole Parquet file"):
        Rows(tmp_path / "rows")
    with pytest.raises(RowsError, match="no rows at"):
        Rows(tmp_path / "absent")


@pytest.mark.slow
def test_many_tiny_files_in_flat_memory(tmp_path):
    """Each photo's row is written and forgotten: ten times the photos take no more memory."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for index in range(2_000):
        Image.new("RGB", (4, 4), (index % 255, index // 255, 0)).save(folder / f"{index:05}.png")
    script = (
        "import sys, resource, effnet_viz as ev, pathlib\n"
        "paths = sorted(pathlib.Path(sys.argv[1]).iterdir())[: int(sys.argv[2])]\n"
        "rows = ev.run_folder('shapes', paths, sys.argv[3])\n"
        "print(len(rows), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for count in (200, 2_000):
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder), str(count), str(tmp_path / f"rows{count}")],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        rows, peak = map(int, done.stdout.split())
        assert rows == count
        peaks.append(peak)
    assert peaks[1] < 1.25 * peaks[0]


@pytest.mark.slow
def test_ten_thousand_empty_files_are_ten_thousand_rows(b0, tmp_path):
    place = tmp_path / "photos"
    place.mkdir()
    for index in range(10_000):
        (place / f"{index:05}.jpg").touch()
    rows = ev.run_folder(b0, place, tmp_path / "rows")
    assert len(rows) == 10_000 and not rows.good.any()
    assert rows.words("error")[9_999] == "09999.jpg is empty (0 bytes): choose a file that holds a picture."


def test_every_way_to_run_gives_the_same_rows(b0, photos, tmp_path, monkeypatch):
    """Side by side, one at a time as large networks run, and in PyTorch as on a GPU."""
    side_by_side = ev.run_folder(b0, photos, tmp_path / "side_by_side")
    with monkeypatch.context() as patch:
        patch.setattr(pooled, "SCRATCH", 0)
        one_by_one = ev.run_folder(b0, photos, tmp_path / "one_by_one")
    with monkeypatch.context() as patch:
        patch.setattr(b0.runner._sessions, "refused", "to be compared")
        in_pytorch = ev.run_folder(b0, photos, tmp_path / "in_pytorch")
    for rows in (one_by_one, in_pytorch):
        assert rows.words("path") == side_by_side.words("path")
        for column in ("top_probability", "chosen_probability", "cam", "gate.6.2", "mean.9", "max.2.1", "mean.1"):
            expected = side_by_side.numbers(column)
            np.testing.assert_allclose(rows.numbers(column), expected, atol=1e-3 * np.abs(expected).max())


def test_what_is_no_ordinary_file_is_not_read(b0, photos, tmp_path, monkeypatch):
    """A named pipe would never end, and a file beyond the limit would fill the memory."""
    monkeypatch.setattr(photo_rows, "MAX_BYTES", 1000)
    monkeypatch.setattr(photo, "MAX_BYTES", 1000)
    os.mkfifo(photos / "pipe.jpg")
    rows = ev.run_folder(b0, photos, tmp_path / "rows")
    errors = dict(zip(photo_names(rows), rows.words("error"), strict=True))
    assert "not an ordinary file" in errors["pipe.jpg"]
    large = [errors[path.name] for path in photos.rglob("*") if path.is_file() and path.stat().st_size > 10_000]
    assert len(large) == 4 and all("too large" in error for error in large)


def test_the_command(photos, tmp_path, capsys):
    from effnet_viz.command_line.commands import main

    out = tmp_path / "rows.parquet"
    assert main(["folder", str(photos), "--model", "shapes", "--out", str(out)]) == 0
    assert "5 rows in" in capsys.readouterr().out
    assert main(["folder", str(photos), "--model", "shapes", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"out": str(out), "rows": 5, "unreadable": 0, "finished": True}
    assert main(["folder", str(tmp_path / "absent"), "--out", str(out)]) == 1
    assert "neither a folder nor a table" in capsys.readouterr().err
