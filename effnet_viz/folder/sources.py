"""From a folder, a list of paths or a table to the photos that are to be run, each with its label if there is one."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from effnet_viz.images.photo_folder import SUFFIXES
from effnet_viz.weights.errors import shorten

TABLES = (".csv", ".parquet")
COUNT = ("path", "label")  # columns of a table that count
SHOWN = 8  # columns that a sentence names
AT_ONCE = 1024  # rows
LONGEST_PATH, LONGEST_TEXT = 4096, 2**16  # letters of a path, bytes of any word
WORDS = (pyarrow.string(), pyarrow.large_string(), pyarrow.binary(), pyarrow.large_binary())

Source = str | Path | Sequence[str | Path]
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A photo that is to be run: where it lies, and what is on it by the words of whoever collected the photos."""

    path: str
    label: str | None = None


def list_photos(source: Source) -> list[Listed]:
    """All photos of a source, sorted by path where it is a folder, else in the given order, each once.

    Args:
        source: a folder (files with a picture's ending, at any depth; the name of a folder directly below it is the
            label of the photos directly in that), a CSV or Parquet table with a column `path` and, if there are labels,
            a column `label`, or paths. Relative paths of a table start from the table's folder.

    Raises:
        ValueError: there is no such folder or table, it has no photos, or the table cannot be read or lacks a path.
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        if path.is_dir():
            listed: Iterable[Listed] = _in_folder(path)
        elif path.is_file() and path.suffix.lower() in TABLES:
            listed = _in_table(path)
        elif path.is_file():
            listed = [Listed(path=str(path))]
        else:
            raise ValueError(f"source is {str(source)!r}, which is neither a folder nor a table that exists.")
    else:
        listed = [Listed(path=str(path)) for path in source]
    photos = {photo.path: photo for photo in map(_with_text, listed)}
    if not photos:
        raise ValueError(
            f"source is {str(source)!r}, which holds no photos; names end in {', '.join(sorted(SUFFIXES))}."
        )
    return list(photos.values())


def _with_text(photo: Listed) -> Listed:
    """A photo whose path is text: a part of a name that is no UTF-8 goes into no table, and to no browser."""
    if photo.path.isascii() or _as_text(photo.path) == photo.path:
        return photo
    return replace(photo, path=_as_text(photo.path), label=photo.label and _as_text(photo.label))


def _in_folder(folder: Path) -> Iterator[Listed]:
    # Linked folders are not entered: they may lead in a circle. Linked files are photos like others.
    for path, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        depth = len(Path(path).relative_to(folder).parts)
        label = Path(path).name if depth == 1 else None
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield Listed(path=str(Path(path) / name), label=label)


def _in_table(table: Path) -> Iterator[Listed]:
    columns, rows = _tried(lambda: _parquet(table) if _is_parquet(table) else _csv(table), table)
    if columns.count("path") != 1 or columns.count("label") > 1:
        names = ", ".join(map(shorten, columns[:SHOWN])) + (", …" if len(columns) > SHOWN else "")
        raise ValueError(f"{table} has the columns {names}; it needs one that is called path, and at most one label.")
    number = 0
    while some := _tried(lambda: list(islice(rows, AT_ONCE)), table):
        for row in some:
            number += 1
            path = row["path"]
            if not path:
                raise ValueError(f"{table} has no path in row {number}; fill it in, or take the row out.")
            if not isinstance(path, str) or len(path) > LONGEST_PATH:
                raise ValueError(
                    f"{table} has {shorten(path)} in row {number}, which is no path of a photo; write one there."
                )
            yield Listed(path=str(table.parent / path), label=_words(row.get("label")))


def _tried(read: Callable[[], Result], table: Path) -> Result:
    """What a reader of a table gives; the libraries' own errors become one sentence.

    Args:
        read: reads some of it.
        table: the file.
    """
    try:
        return read()
    except (ValueError, OverflowError, csv.Error, pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # not a matter of what is in it
            raise
        kind = "Parquet" if _is_parquet(table) else "CSV in UTF-8"
        raise ValueError(f"{table} cannot be read as {kind}; save it again.") from error


def _is_parquet(table: Path) -> bool:
    return table.suffix.lower() == ".parquet"


def _parquet(table: Path) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The names of all columns, and the two that count, row by row."""
    schema = pyarrow.parquet.read_schema(table)
    wanted = [name for name in COUNT if schema.names.count(name) == 1]
    # As a dictionary each word is there once, however often the file repeats it.
    words = [name for name in wanted if schema.field(name).type in WORDS]
    return schema.names, _parquet_rows(pyarrow.parquet.ParquetFile(table, read_dictionary=words), wanted)


def _parquet_rows(file: pyarrow.parquet.ParquetFile, wanted: list[str]) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(AT_ONCE, columns=wanted):
        columns = [_plain(words).to_pylist() for words in batch.columns]
        yield from (dict(zip(wanted, row, strict=True)) for row in zip(*columns, strict=True))


def _plain(words: pyarrow.Array) -> pyarrow.Array:
    """A column whose words are of a length that can be meant; not as a dictionary, which is slow to read out."""
    distinct = words.dictionary if pyarrow.types.is_dictionary(words.type) else words
    if distinct.type in WORDS and _longest(distinct) > LONGEST_TEXT:
        raise ValueError("a word of megabytes")
    return words.dictionary_decode() if pyarrow.types.is_dictionary(words.type) else words


def _longest(words: pyarrow.Array) -> int:
    return pyarrow.compute.max(pyarrow.compute.binary_length(words)).as_py() or 0


def _csv(table: Path) -> tuple[list[str], Iterator[dict[str, Any]]]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        columns = next(csv.reader(file), [])
    return columns, _csv_rows(table)


def _csv_rows(table: Path) -> Iterator[dict[str, Any]]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def _words(label: object) -> str | None:
    """A label as words; where some are missing, spreadsheets and pandas write whole numbers as 7.0."""
    if isinstance(label, float) and (math.isnan(label) or label.is_integer()):
        return None if math.isnan(label) else str(int(label))
    return None if label is None or label == "" else str(label)


def _as_text(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")
