"""Rows from outside are those of a run, or refused in one sentence; the bundled ones are what a run gives."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import effnet_viz as ev
from effnet_viz.folder import Rows, RowsError, foreign
from effnet_viz.folder.bundled import bundled_rows
from effnet_viz.folder.foreign import open_rows
from effnet_viz.images import samples


@pytest.fixture(scope="module")
def model(make_model):
    return make_model("b0", num_classes=4)


@pytest.fixture(scope="module")
def table(model, tmp_path_factory) -> pa.Table:
    """Rows of three photos, one of which cannot be read."""
    place = tmp_path_factory.mktemp("photos")
    for sample in samples()[:2]:
        (place / sample.file).write_bytes(sample.path.read_bytes())
    (place / "broken.jpg").touch()
    return ev.run_folder(model, place, tmp_path_factory.mktemp("rows") / "rows").dataset.to_table()


def written(folder: Path, table: pa.Table) -> Path:
    path = folder / "rows.parquet"
    pq.write_table(table, path, compression="zstd")
    return path


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def changed(table: pa.Table, name: str, value: float | None) -> pa.Table:
    """The table with another first entry in a column of lists or numbers, in all rows."""
    kind = table.schema.field(name).type
    lists = table[name].to_pylist()
    new = [[value, *entry[1:]] if isinstance(entry, list) else None if entry is None else value for entry in lists]
    return with_column(table, name, pa.array(new, kind))


def test_whole_rows_are_opened(model, table, tmp_path):
    shares = []
    rows = open_rows(written(tmp_path, table), model, shares.append)
    assert len(rows) == 3 and rows.good.sum() == 2 and shares == [1.0]
    assert rows.numbers("top_index").tolist() == Rows(tmp_path / "rows.parquet").numbers("top_index").tolist()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("top_index", 4),
        ("top_index", -1),
        ("chosen", 7),
        ("width", 0),
        ("top_probability", 1.5),
        ("top_probability", float("nan")),
        ("gate.6.2", 2.0),
        ("mean.9", float("inf")),
        ("place.9", 49),
        ("max.1", None),
    ],
)
def test_values_that_cannot_be_are_refused(model, table, tmp_path, column, value):
    with pytest.raises(RowsError, match=rf"^rows\.parquet has [a-z ]+ column {column}, which no run of .*\.$"):
        open_rows(written(tmp_path, changed(table, column, value)), model)


def test_columns_and_descriptions_are_those_of_the_network(model, table, tmp_path):
    wider = with_column(table, "cam", pa.array([[0.0] * 64] * 3, pa.list_(pa.float16(), 64)))
    for strange in (table.drop_columns("gate.6.2"), wider, with_column(table, "width", pa.array(["a", "b", "c"]))):
        with pytest.raises(RowsError, match="has other columns than rows of EfficientNet-B0; run the photos again"):
            open_rows(written(tmp_path, strange), model)
    ((key, value),) = table.schema.metadata.items()
    for about in ({"class_names": ["x"] * 4}, {"shapes": {"1": [1, 1, 1]}}, {"title": "B0"}):
        lying = table.replace_schema_metadata({key: json.dumps(json.loads(value) | about)})
        with pytest.raises(RowsError, match="has other columns"):
            open_rows(written(tmp_path, lying), model)
    lying = table.replace_schema_metadata({key: json.dumps(json.loads(value) | {"target": 4})})
    with pytest.raises(RowsError, match="is about class 4, which EfficientNet-B0 does not have"):
        open_rows(written(tmp_path, lying), model)
    for nonsense in (b"{", b"[]", b'"rows"'):
        with pytest.raises(RowsError, match="not one of this project's rows"):
            open_rows(written(tmp_path, table.replace_schema_metadata({key: nonsense})), model)


def test_a_description_that_lacks_something_is_refused(table, tmp_path):
    ((key, value),) = table.schema.metadata.items()
    about = json.loads(value)
    without = [
        {name: said for name, said in about.items() if name != lacking}
        for lacking in ("model", "title", "weights", "class_names", "shapes", "target")
    ]
    for lacking in (*without, about | {"class_names": 5}, about | {"model": []}, about | {"shapes": {}}):
        with pytest.raises(RowsError, match="does not say of which network its rows are; run the photos again"):
            Rows(written(tmp_path, table.replace_schema_metadata({key: json.dumps(lacking)})))
    long = table.replace_schema_metadata({key: json.dumps(about | {"version": "x" * 10**5})})
    with pytest.raises(RowsError, match="has rows of version x") as problem:
        Rows(written(tmp_path, long))
    assert len(str(problem.value)) < 200 + len(str(tmp_path))


def test_rows_of_another_network_name_it(make_model, table, tmp_path):
    with pytest.raises(RowsError, match=r"has rows of EfficientNet-B0 \(.+\), not of EfficientNet-B1 \(.+\); choose"):
        open_rows(written(tmp_path, table), make_model("b1", num_classes=4))


@pytest.mark.slow
def test_a_word_that_repeats_into_gigabytes_is_refused(model, table, tmp_path):
    many = pa.concat_tables([table] * 40)
    path = written(tmp_path, with_column(many, "path", pa.array(["a" * 2**20] * len(many))))
    assert path.stat().st_size < 2**22  # a small file; as a list of words it takes 120 MB, with more rows any number
    with pytest.raises(RowsError, match=r"too much in the column path|more than 4,096 bytes in the column path"):
        open_rows(path, model)


def test_small_pictures_are_small_and_pictures(model, table, tmp_path):
    large = io.BytesIO()
    Image.new("RGB", (4000, 10)).save(large, "JPEG")
    for content in (large.getvalue(), b"<svg onload='alert(1)'/>"):
        strange = with_column(table, "thumbnail", pa.array([content] * 3, pa.binary()))
        with pytest.raises(RowsError, match="something else than small pictures"):
            open_rows(written(tmp_path, strange), model)


def test_a_file_without_rows_is_refused(model, table, tmp_path):
    """It ended in a division by zero, on the page."""
    with pytest.raises(RowsError, match=r"rows\.parquet has no rows; run some photos first"):
        open_rows(written(tmp_path, table.slice(0, 0)), model)


def test_a_column_whose_name_is_no_utf_8_is_damage(model, table, tmp_path):
    path = written(tmp_path, table)
    content = path.read_bytes()
    at = content.rfind(b"thumbnail")  # in the footer, of the column's chunk: the schema stands before
    at = content.rfind(b"thumbnail", 0, content.rfind(b"ARROW:schema")) if b"ARROW:schema" in content else at
    path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])
    with pytest.raises(RowsError, match=r"rows\.parquet (is damaged|has other columns)"):
        open_rows(path, model)


def test_words_of_a_column_that_is_missing_or_damaged(table, tmp_path):
    with pytest.raises(RowsError, match="There is no column 'label'"):
        Rows(written(tmp_path, table.drop_columns("label"))).words("label")
    words = pa.Array.from_buffers(pa.string(), 3, pa.array([b"\xff\xfe"] * 3, pa.binary()).buffers())
    with pytest.raises(RowsError, match="is damaged in the column label"):
        Rows(written(tmp_path, with_column(table, "label", words))).words("label")


@pytest.mark.parametrize("column", ["path", "label", "digest"])
def test_words_that_are_no_utf_8_are_refused(model, table, tmp_path, column):
    """They passed, and broke the page that showed them."""
    bytes_of_words = pa.array([b"\xff\xfe"] * 3, pa.binary()).buffers()
    words = pa.Array.from_buffers(pa.string(), 3, bytes_of_words)
    with pytest.raises(RowsError, match=r"rows\.parquet is damaged; make it again"):
        open_rows(written(tmp_path, with_column(table, column, words)), model)


def test_too_many_rows_and_cut_off_files_are_refused(model, table, tmp_path, monkeypatch):
    path = written(tmp_path, table)
    whole = path.read_bytes()
    monkeypatch.setattr(foreign, "MOST_ROWS", 2)
    with pytest.raises(RowsError, match="has 3 rows; at most 2 can be opened"):
        open_rows(path, model)
    monkeypatch.undo()
    for end in (0, 3, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(RowsError, match="not a whole Parquet file"):
            open_rows(path, model)
    damaged = bytearray(whole)
    damaged[100 : len(whole) // 2] = bytes(len(whole) // 2 - 100)
    path.write_bytes(bytes(damaged))
    with pytest.raises(RowsError, match=r"rows\.parquet (is damaged|has )"):
        open_rows(path, model)


def test_parts_of_two_networks_do_not_mix(make_model, table, tmp_path):
    place = tmp_path / "rows"
    place.mkdir()
    pq.write_table(table, place / "part-00000.parquet")
    ((key, value),) = table.schema.metadata.items()
    other = table.replace_schema_metadata({key: json.dumps(json.loads(value) | {"model": "other"})})
    pq.write_table(other, place / "part-00001.parquet")
    with pytest.raises(RowsError, match=r"part-00001\.parquet has rows of another network than .*part-00000"):
        Rows(place)


@pytest.mark.parametrize(
    "variant", ["lite0", pytest.param("lite1", marks=pytest.mark.slow), pytest.param("lite2", marks=pytest.mark.slow)]
)
def test_bundled_rows_are_what_a_run_gives(variant, tmp_path):
    model = ev.load(variant, weights="packaged")
    bundled = bundled_rows(model)
    fresh = ev.run_folder(model, [sample.path for sample in samples()], tmp_path / "rows")
    assert bundled.about == fresh.about and bundled.dataset.schema.equals(fresh.dataset.schema, check_metadata=True)
    for column in ("path", "label", "error", "digest"):
        assert bundled.words(column) == fresh.words(column)
    names = [name for name in fresh.dataset.schema.names if name.split(".")[0] in ("mean", "max", "cam", "top_index")]
    for name in [*names, "chosen", "chosen_probability", "width", "height"]:
        expected = fresh.numbers(name)
        np.testing.assert_allclose(bundled.numbers(name), expected, atol=2e-3 * np.abs(expected).max(), err_msg=name)
    assert len(open_rows(bundled.path, model)) == len(samples())


def test_other_networks_have_no_bundled_rows(model):
    assert bundled_rows(model) is None
