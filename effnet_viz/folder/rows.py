"""Rows, read by columns: a file never has to fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.dataset
from numpy import ndarray

from effnet_viz.displayed import Displayed
from effnet_viz.folder.schema import FORMAT, VERSION
from effnet_viz.weights.errors import shorten

BATCH_ROWS = 512


class RowsError(ValueError):
    """Rows that cannot be used; the message is one plain sentence."""


class Rows(Displayed):
    """The rows of many photos, made by one network.

    Args:
        path: a Parquet file, or the folder of parts that `run_folder` writes.
        photos: the folder from which relative paths of photos start; None leaves them as they were given.

    Raises:
        RowsError: there are no rows, they are of another kind or version, a part is damaged, or the parts do not belong
            together.
    """

    def __init__(self, path: str | Path, *, photos: Path | None = None) -> None:
        self.path = Path(path)
        self._photos = photos
        files = files_of(self.path)
        if not files:
            raise RowsError(f"There are no rows at {self.path}.")
        try:
            self.dataset = pyarrow.dataset.dataset([str(file) for file in files], format="parquet")
            metadata = self.dataset.schema.metadata or {}
            parts = list(self.dataset.get_fragments())
            strange = [part.path for part in parts if not part.physical_schema.equals(self.dataset.schema, True)]
            self._rows = sum(part.count_rows() for part in parts)
        except (pyarrow.ArrowException, OSError) as error:
            raise RowsError(
                f"{self.path} is not a whole Parquet file; make it again, or delete its last part."
            ) from error
        self.about = _described(metadata.get(FORMAT.encode(), b""))
        if not self.about:
            raise RowsError(f"{self.path} is a Parquet file, but not one of this project's rows of photos.")
        if self.about.get("version") != VERSION:
            raise RowsError(
                f"{self.path} has rows of version {shorten(self.about.get('version'))}; this program reads version "
                f"{VERSION}. Run the photos again."
            )
        if not _is_whole(self.about):
            raise RowsError(f"{self.path} does not say of which network its rows are; run the photos again.")
        if strange:
            raise RowsError(f"{strange[0]} has rows of another network than {parts[0].path}; keep them apart.")

    def __len__(self) -> int:
        return self._rows

    @property
    def model(self) -> str:
        """Stands for the network and its weights."""
        return self.about["model"]

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name a class."""
        return tuple(self.about["class_names"])

    @property
    def shapes(self) -> dict[str, tuple[int, int, int]]:
        """Block id to the shape `(C, H, W)` of what it gives."""
        return {block: tuple(shape) for block, shape in self.about["shapes"].items()}

    @property
    def head(self) -> str:
        """Id of the final convolution, whose means the classifier gets."""
        return list(self.shapes)[-1]

    @property
    def gated_blocks(self) -> list[str]:
        """Ids of the blocks with squeeze-and-excitation."""
        return [name.removeprefix("gate.") for name in self.dataset.schema.names if name.startswith("gate.")]

    @cached_property
    def good(self) -> ndarray:
        """Truth values, `(N,)`: which photos could be read."""
        return np.array([error is None for error in self.words("error")], dtype=bool)

    def words(self, column: str) -> list[str | None]:
        """A column of words or bytes, one entry a row.

        Raises:
            RowsError: there is no such column, or its words are damaged.
        """
        self._check(column)
        try:
            words: list[Any] = self.dataset.to_table(columns=[column])[column].to_pylist()
        except UnicodeDecodeError as error:
            raise RowsError(f"{self.path} is damaged in the column {column}; make it again.") from error
        if column == "path" and self._photos is not None:
            return [str(self._photos / path) for path in words]
        return words

    def numbers(self, column: str) -> ndarray:
        """A column of numbers for all photos that could be read: `(M,)`, or `(M, K)` float32 for lists.

        Missing whole numbers (a label that names no class) are -1.

        Raises:
            RowsError: there is no such column.
        """
        return np.concatenate([batch[column] for batch in self.batches([column])])

    def entries(self, wanted: Mapping[str, Sequence[int]]) -> dict[str, ndarray]:
        """Some entries of lists, for all photos that could be read: column to `(M, len(entries))`, float32 or whole.

        Args:
            wanted: by column, which entries of its lists.

        Raises:
            RowsError: there is no such column.
        """
        parts: dict[str, list[ndarray]] = {column: [] for column in wanted}
        for batch in self.lists(list(wanted)):
            for column, which in wanted.items():
                parts[column].append(_as_numbers(batch[column][:, list(which)]))
        return {column: np.concatenate(several) for column, several in parts.items()}

    def lists(self, columns: Sequence[str]) -> Iterator[dict[str, ndarray]]:
        """Columns of lists as `batches` gives them, but in the 16 bits of the file: for whoever needs a few of them."""
        for batch in self._read(columns):
            yield {column: _flat(batch[column]) for column in columns}

    def batches(self, columns: Sequence[str]) -> Iterator[dict[str, ndarray]]:
        """The photos that could be read, some hundred at a time, as arrays by column."""
        for batch in self._read(columns):
            yield {column: _array(batch[column]) for column in columns}

    def _read(self, columns: Sequence[str]) -> Iterator[pyarrow.RecordBatch]:
        """The same as they lie in the files; all columns in one go, since each go opens every file."""
        for column in columns:
            self._check(column)
        readable = (
            None if len(self) and self.good.all() else pyarrow.dataset.field("error").is_null()
        )  # a filter copies all columns
        empty = True
        for batch in self.dataset.to_batches(columns=list(columns), filter=readable, batch_size=BATCH_ROWS):
            if len(batch) or empty:
                empty = False
                yield batch

    def _check(self, column: str) -> None:
        if column not in self.dataset.schema.names:
            raise RowsError(f"There is no column {column!r} in {self.path}.")


def files_of(path: Path) -> list[Path]:
    """The Parquet files at a path: itself, or those in it."""
    if path.is_dir():
        return sorted(part for part in path.glob("*.parquet") if not part.name.startswith("."))
    return [path] if path.is_file() else []


def _described(metadata: bytes) -> dict[str, Any]:
    """What a file says about the network that made it; nothing where it says nothing of the kind."""
    try:
        about = json.loads(metadata or b"{}")
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _is_whole(about: Mapping[str, Any]) -> bool:
    """Whether a description has all that is asked of it, in the right kinds."""
    kinds = {"model": str, "title": str, "weights": str, "class_names": list, "shapes": dict}
    said = {name: about.get(name) for name in kinds}
    return "target" in about and all(said[name] and isinstance(said[name], kind) for name, kind in kinds.items())


def _array(values: pyarrow.Array) -> ndarray:
    kind = values.type
    if pyarrow.types.is_fixed_size_list(kind):
        return _as_numbers(_flat(values))
    if pyarrow.types.is_integer(kind):
        values = values.fill_null(-1)
    return values.to_numpy(zero_copy_only=False)


def _flat(values: pyarrow.Array) -> ndarray:
    """Lists of a fixed length as `(N, K)`."""
    flat: ndarray = values.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, values.type.list_size)


def _as_numbers(values: ndarray) -> ndarray:
    """Halves as float32; all others as they are."""
    return values.astype(np.float32) if values.dtype == np.float16 else values
