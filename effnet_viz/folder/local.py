"""Rows on this machine: photos are decoded by threads while the network runs, and written in parts."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from effnet_viz.folder.photo_rows import Decoded, PhotoRows
from effnet_viz.folder.sources import Listed
from effnet_viz.training.files import write_atomically

BATCH = 8  # photos a run of the network: more do not get faster on a CPU, and take memory
AHEAD = 3  # batches that are decoded while the network runs
PART_ROWS, PART_SECONDS = 256, 20.0  # a part is written after so many rows or so long: what a pulled plug can cost
# Numbers hardly ever repeat: dictionaries of them and their smallest and largest take a third of the file for nothing.
HOW: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
THREADS = min(8, os.cpu_count() or 1)


@dataclass(frozen=True, kw_only=True)
class FolderProgress:
    """How a run over many photos stands.

    Attributes:
        done: photos that have a row, those of an earlier run included.
        total: photos in all.
        errors: photos of this run that could not be read.
        photos_a_second: of this run.
    """

    done: int
    total: int
    errors: int
    photos_a_second: float

    @property
    def seconds_left(self) -> float:
        """About how long it still takes."""
        return (self.total - self.done) / self.photos_a_second if self.photos_a_second else float("inf")


def run_here(
    maker: PhotoRows,
    photos: Sequence[Listed],
    folder: Path,
    *,
    done: int,
    on_progress: Callable[[FolderProgress], object],
    should_stop: Callable[[], bool],
) -> None:
    """Write rows of photos into a folder of parts.

    Args:
        maker: makes the rows.
        photos: those without a row.
        folder: of the parts.
        done: how many have a row already.
        on_progress: told after every batch.
        should_stop: asked after every batch; when it says yes, what is there is written and the run ends.
    """
    total, errors, began = done + len(photos), 0, time.perf_counter()
    first = done
    waiting: list[pyarrow.Table] = []
    written = time.perf_counter()
    try:
        for batch in _decoded(maker, photos):
            rows = maker.rows(batch)
            waiting.append(rows)
            done += len(batch)
            errors += len(batch) - rows["error"].null_count
            speed = (done - first) / (time.perf_counter() - began)
            on_progress(FolderProgress(done=done, total=total, errors=errors, photos_a_second=speed))
            if sum(map(len, waiting)) >= PART_ROWS or time.perf_counter() - written > PART_SECONDS:
                write_part(folder, waiting)
                waiting, written = [], time.perf_counter()
            if should_stop():
                break
    finally:
        write_part(folder, waiting)


def write_part(folder: Path, tables: Sequence[pyarrow.Table]) -> None:
    """Add a part to a folder of rows, whole or not at all.

    Args:
        folder: the folder of `part-*.parquet` files.
        tables: rows of one schema, which become one part; without a table nothing is written.
    """
    if tables:
        numbers = [int(part.stem.rpartition("-")[2]) for part in folder.glob("part-*.parquet")]
        path = folder / f"part-{max(numbers, default=-1) + 1:05d}.parquet"
        write_table(path, pyarrow.concat_tables(tables))


def write_table(path: Path, table: pyarrow.Table) -> None:
    """Write rows as one file, whole or not at all.

    Args:
        path: of the file.
        table: the rows.
    """
    write_atomically(path, lambda file: pyarrow.parquet.write_table(table, file, **HOW))


def _decoded(maker: PhotoRows, photos: Sequence[Listed]) -> Iterator[list[Decoded]]:
    """Batches of decoded photos in their order, a few of them ahead of who asks."""
    ahead: deque[list[Future[Decoded]]] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="decode") as threads:
        try:
            for start in range(0, len(photos), BATCH):
                ahead.append([threads.submit(maker.decode, photo) for photo in photos[start : start + BATCH]])
                if len(ahead) > AHEAD:
                    yield [future.result() for future in ahead.popleft()]
            while ahead:
                yield [future.result() for future in ahead.popleft()]
        finally:
            threads.shutdown(cancel_futures=True)
