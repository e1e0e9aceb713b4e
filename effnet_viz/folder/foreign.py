"""Rows from outside, such as an upload: looked through before anybody draws them, and refused in one sentence.

A Parquet file can say anything: columns of other kinds and lengths, classes and places that do not exist, missing
values, a word of gigabytes that compresses to nothing. After this every value is one that `run_folder` could have
written for the network, and what is read at once is bounded.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet
from PIL import Image

from effnet_viz.explain import Model
from effnet_viz.folder.photo_rows import THUMBNAIL
from effnet_viz.folder.rows import Rows, RowsError
from effnet_viz.folder.schema import FORMAT, blocks_of, identity, planned, schema_of
from effnet_viz.one_line import one_line

MOST_ROWS = 100_000
LONGEST = {"path": 4096, "label": 1024, "error": 4096, "digest": 64, "thumbnail": 2**16}  # bytes
LARGEST_SIDE = 10**6  # of a photo, in pixels
MAY_MISS = frozenset(("label", "error", "label_index"))
ROUNDING = 1e-3  # of numbers in 16 bits
AT_ONCE = 256  # rows
SLACK = 2**16  # bytes of a column beside its entries


def open_rows(path: str | Path, model: Model, on_progress: Callable[[float], object] | None = None) -> Rows:
    """Rows that were made by this network, from a file of which nothing is known.

    The photos need not be here: paths are only words, and nothing may be read from where they point.

    Args:
        path: a Parquet file, or a folder of parts.
        model: the network that they are to be of.
        on_progress: told the share of the rows that has been looked through.

    Raises:
        RowsError: the rows are of another kind, version or network, are damaged, too many, or say what cannot be.
    """
    rows = Rows(path)
    name = rows.path.name
    if rows.model != identity(model):
        made_by = f"{_short(rows.about.get('title'))} ({_short(rows.about.get('weights'))})"
        raise RowsError(
            f"{name} has rows of {made_by}, not of {model.spec.title} ({model.provenance.label}); choose that network."
        )
    if not len(rows):
        raise RowsError(f"{name} has no rows; run some photos first.")
    if len(rows) > MOST_ROWS:
        raise RowsError(f"{name} has {len(rows):,} rows; at most {MOST_ROWS:,} can be opened. Take a part of them.")
    target = rows.about.get("target")
    if target is not None and not (type(target) is int and 0 <= target < model.spec.num_classes):
        raise RowsError(f"{name} is about class {_short(target)}, which {model.spec.title} does not have.")
    expected = schema_of(model, target)
    if rows.about != json.loads(expected.metadata[FORMAT.encode()]) or not rows.dataset.schema.equals(expected):
        raise RowsError(f"{name} has other columns than rows of {model.spec.title}; run the photos again.")
    try:
        wrong = _wrong_length(rows) or _wrong_value(rows, model, on_progress or (lambda share: None))
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:  # the last of a column's name
        raise RowsError(f"{name} is damaged; make it again.") from error
    if wrong:
        raise RowsError(f"{name} has {wrong}, which no run of {model.spec.title} writes; run the photos again.")
    return rows


def _wrong_length(rows: Rows) -> str:
    """A word or small picture that is too long, in words; empty if all is well."""
    for column, longest in LONGEST.items():
        for file in rows.dataset.files:
            # As a dictionary each word is there once, however often the file repeats it.
            part = pyarrow.parquet.ParquetFile(file, read_dictionary=[column])
            if _unpacked(part, column) > longest * part.metadata.num_rows + SLACK:
                return f"too much in the column {column}"
            for batch in part.iter_batches(AT_ONCE, columns=[column]):
                words = batch[column]
                distinct = words.dictionary if pyarrow.types.is_dictionary(words.type) else words
                distinct.validate(full=True)  # words are UTF-8
                if (pyarrow.compute.max(pyarrow.compute.binary_length(distinct)).as_py() or 0) > longest:
                    return f"an entry of more than {longest:,} bytes in the column {column}"
    return ""


def _unpacked(part: pyarrow.parquet.ParquetFile, column: str) -> int:
    """Bytes that a column takes when it is no longer compressed, by what the file says."""
    groups = [part.metadata.row_group(at) for at in range(part.metadata.num_row_groups)]
    chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
    return sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema == column)


def _wrong_value(rows: Rows, model: Model, on_progress: Callable[[float], object]) -> str:
    """A value that cannot be, in words; empty if all is well."""
    bounds, done = _bounds(model), 0
    for batch in rows.dataset.to_batches(batch_size=AT_ONCE):
        readable = batch["error"].is_null()
        for column in batch.schema.names:
            values = batch[column].filter(readable)
            if values.null_count and column not in MAY_MISS:
                return f"gaps in the column {column}"
            if column == "thumbnail":
                if not _are_small_pictures(values.to_pylist()):
                    return "something else than small pictures in the column thumbnail"
            elif column not in LONGEST:
                flat = values.flatten() if pyarrow.types.is_fixed_size_list(values.type) else values.drop_null()
                if flat.null_count:
                    return f"gaps in the column {column}"
                numbers = flat.to_numpy(zero_copy_only=False)
                least, most = bounds.get(column.partition(".")[0], bounds.get(column, (-np.inf, np.inf)))
                if not (np.isfinite(numbers) & (numbers >= least) & (numbers <= most)).all():
                    return f"an impossible value in the column {column}"
        done += len(batch)
        on_progress(done / len(rows))
    return ""


def _bounds(model: Model) -> dict[str, tuple[float, float]]:
    """The smallest and the largest value by column, or by what its name begins with."""
    classes, share = (0, model.spec.num_classes - 1), (0, 1 + ROUNDING)
    places = {f"place.{block}": (0, shape[1] * shape[2] - 1) for block, shape in blocks_of(planned(model)).items()}
    return {
        "width": (1, LARGEST_SIDE),
        "height": (1, LARGEST_SIDE),
        "top_index": classes,
        "label_index": classes,
        "chosen": classes,
        "top_probability": share,
        "chosen_probability": share,
        "gate": share,
        **places,
    }


def _are_small_pictures(contents: Iterable[bytes]) -> bool:
    """Whether these are JPEG files no larger than the small pictures of rows, as far as their headers say."""
    try:
        return all(max(Image.open(io.BytesIO(content), formats=["JPEG"]).size) <= THUMBNAIL for content in contents)
    except Exception:  # noqa: BLE001 - decoders raise whatever they like on a damaged header
        return False


def _short(words: object) -> str:
    return one_line(str(words), 60)
