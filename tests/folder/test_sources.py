"""Tables of photos that people bring: read, or refused in one sentence."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import effnet_viz as ev
from effnet_viz.folder.sources import Listed, list_photos


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


WORDS = ["a" * 2**20] * 3
STRANGE = {
    "words of a megabyte": (parquet(pa.table({"path": WORDS})), "cannot be read as Parquet"),
    "labels of a megabyte": (parquet(pa.table({"path": ["a", "b", "c"], "label": WORDS})), "cannot be read as Parquet"),
    "numbers for paths": (parquet(pa.table({"path": [1.5, 2.5]})), "has 1.5 in row 1, which is no path"),
    "bytes for paths": (parquet(pa.table({"path": [b"a.jpg"]})), "has b'a.jpg' in row 1, which is no path"),
    "lists for paths": (parquet(pa.table({"path": [["a.jpg"] * 999]})), "in row 1, which is no path"),
    "times beyond the calendar": (
        parquet(pa.table({"path": ["a"], "label": pa.array([2**62]).cast(pa.timestamp("us"))})),
        "cannot be read as Parquet",
    ),
    "a gap": (parquet(pa.table({"path": ["a.jpg", None]})), "has no path in row 2"),
    "two of a name": (
        parquet(pa.table([["a"], ["b"]], names=["path", "path"])),
        "the columns path, path; it needs one",
    ),
    "many columns": (parquet(pa.table({f"column{number}": [1] for number in range(3000)})), "it needs one"),
    "a long column": (parquet(pa.table({"x" * 10**5: [1]})), "it needs one"),
    "no file": (b"PAR1" + bytes(100) + b"PAR1", "cannot be read as Parquet"),
    "damaged in front of its end": (
        parquet(pa.table({"path": ["a.jpg"]}))[:-20] + bytes(12) + b"\x40\0\0\0PAR1",
        "Parquet",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_parquet_file_that_is_no_table_of_photos(name: str, tmp_path: Path):
    content, said = STRANGE[name]
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=said) as problem:
        list_photos(tmp_path / "t.parquet")
    assert len(str(problem.value)) < 300 + len(str(tmp_path)) and "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"path,path\na,b\n", "it needs one that is called path"),
        (b"," * 10**5 + b"\n", "it needs one that is called path"),
        (b"path\n" + b"a" * 200_000, "cannot be read as CSV in UTF-8"),
        (b"path\n" + b"a" * 100_000, "which is no path of a photo"),
        ("path\na.jpg\n".encode("utf-16"), "cannot be read as CSV in UTF-8"),
        (b'path\n"' + b"a\n" * 10**5, "cannot be read as CSV in UTF-8"),
        (b"", "it needs one that is called path"),
    ],
)
def test_a_csv_file_that_is_no_table_of_photos(content: bytes, said: str, tmp_path: Path):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ValueError, match=said) as problem:
        list_photos(tmp_path / "t.csv")
    assert len(str(problem.value)) < 300 + len(str(tmp_path)) and "\n" not in str(problem.value)


def test_numbers_of_classes_with_gaps_are_as_pandas_writes_them(tmp_path):
    frame = pd.DataFrame({"path": ["a.jpg", "b.jpg", "c.jpg"], "label": [7, None, 2]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert [photo.label for photo in list_photos(tmp_path / "t.parquet")] == ["7", None, "2"]


def test_a_table_may_repeat_a_photo(tmp_path):
    pq.write_table(pa.table({"path": ["a.jpg"] * 3000 + ["b.jpg"]}), tmp_path / "t.parquet")
    assert list_photos(tmp_path / "t.parquet") == [Listed(path=str(tmp_path / name)) for name in ("a.jpg", "b.jpg")]


def test_a_name_that_is_no_utf_8_is_a_row_that_says_so(b0, photos, tmp_path):
    """It can be written into no table, and one such name ended the run over a whole folder."""
    (photos / "grey.png").rename(os.fsdecode(os.fsencode(photos) + b"/gr\xffn.png"))
    for _ in range(2):  # what has a row is not run again
        rows = ev.run_folder(b0, photos, tmp_path / "rows")
        errors = [error for error in rows.words("error") if error]
        assert len(rows) == 5 and errors == ["gr\ufffdn.png has a name that is not UTF-8: rename the file."]
