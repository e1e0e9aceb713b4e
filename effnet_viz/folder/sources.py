"""From a folder, a list of paths or a table to the photos that are to be run, each with its label if there is one."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".mpo"))
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
        ValueError: there is no such folder or table, it has no photos, or the table has no column `path`.
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
    if table.suffix.lower() == ".parquet":
        rows = pyarrow.parquet.read_table(table).to_pylist()
    else:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    if rows and "path" not in rows[0]:
        raise ValueError(f"{table} has the columns {', '.join(map(str, rows[0]))}; it needs one that is called path.")
    for row in rows:
        yield Listed(path=str(table.parent / row["path"]), label=_words(row.get("label")))


def _words(label: object) -> str | None:
    return None if label is None or label == "" else str(label)
