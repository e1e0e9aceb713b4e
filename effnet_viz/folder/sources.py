"""From a folder, a list of paths or a table to the photos that are to be run, each with its label if there is one."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from effnet_viz.images.photo_folder import SUFFIXES

TABLES = (".csv", ".parquet")

Source = str | Path | Sequence[str | Path]


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
            listed = list(_in_folder(path))
        elif path.is_file() and path.suffix.lower() in TABLES:
            listed = list(_in_table(path))
        elif path.is_file():
            listed = [Listed(path=str(path))]
        else:
            raise ValueError(f"source is {str(source)!r}, which is neither a folder nor a table that exists.")
    else:
        listed = [Listed(path=str(path)) for path in source]
    if not listed:
        raise ValueError(
            f"source is {str(source)!r}, which holds no photos; names end in {', '.join(sorted(SUFFIXES))}."
        )
    return list({photo.path: photo for photo in listed}.values())


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
    try:
        columns, rows = _parquet(table) if table.suffix.lower() == ".parquet" else _csv(table)
    except (ValueError, csv.Error, pyarrow.ArrowException) as error:
        kind = "Parquet" if table.suffix.lower() == ".parquet" else "CSV in UTF-8"
        raise ValueError(f"{table} cannot be read as {kind}; save it again.") from error
    if "path" not in columns:
        raise ValueError(f"{table} has the columns {', '.join(columns)}; it needs one that is called path.")
    for number, row in enumerate(rows, start=1):
        if not row["path"]:
            raise ValueError(f"{table} has no path in row {number}; fill it in, or take the row out.")
        yield Listed(path=str(table.parent / str(row["path"])), label=_words(row.get("label")))


def _parquet(table: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of all columns, and the two that count."""
    columns = pyarrow.parquet.read_schema(table).names
    wanted = [name for name in ("path", "label") if name in columns]
    return columns, pyarrow.parquet.read_table(table, columns=wanted).to_pylist()


def _csv(table: Path) -> tuple[list[str], list[dict[str, Any]]]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def _words(label: object) -> str | None:
    return None if label is None or label == "" else str(label)
