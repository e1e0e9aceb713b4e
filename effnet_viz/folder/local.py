"""Rows on this machine: photos are decoded by threads while the network runs, and written in parts."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from effnet_viz.folder.photo_rows import Answers, Decoded, PhotoRows
from effnet_viz.folder.sources import Listed
from effnet_viz.sharing.cores import cores
from effnet_viz.training.files import write_atomically

AHEAD = 3  # batches that are decoded while the network runs or a part is written
PART_ROWS, PART_SECONDS = 256, 20.0  # a part is written after so many rows or so long: what a pulled plug can cost
# Numbers hardly ever repeat: dictionaries of them and their smallest and largest take a third of the file for nothing.
HOW: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
THREADS = cores()


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


class FolderRun:
    """What an engine is to do: write rows of photos into a folder of parts.

    Args:
        maker: makes the rows.
        photos: those without a row.
        folder: of the parts.
        done: how many photos have a row already.
        on_progress: told whenever some rows more are there.
        should_stop: asked as often; when it says yes, what is there is written and the run ends.
    """

    def __init__(
        self,
        maker: PhotoRows,
        photos: Sequence[Listed],
        folder: Path,
        *,
        done: int,
        on_progress: Callable[[FolderProgress], object],
        should_stop: Callable[[], bool],
    ) -> None:
        self.maker, self.photos, self.folder = maker, photos, folder
        self._on_progress, self._should_stop = on_progress, should_stop
        self._before, self._new, self._errors, self._began = done, 0, 0, time.perf_counter()

    def goes_on(self, rows: int, errors: int) -> bool:
        """Tell that some rows more are there; returns whether the next ones are wanted.

        Args:
            rows: how many.
            errors: how many of them are of photos that could not be read.
        """
        self._new += rows
        self._errors += errors
        self._on_progress(
            FolderProgress(
                done=self._before + self._new,
                total=self._before + len(self.photos),
                errors=self._errors,
                photos_a_second=self._new / (time.perf_counter() - self._began),
            )
        )
        return not self._should_stop()


def run_here(run: FolderRun) -> None:
    """The engine of this machine; progress is told after every batch.

    Args:
        run: what to do.
    """
    maker, waiting, written = run.maker, list[Answers](), time.perf_counter()
    try:
        for batch in _decoded(maker, run.photos):
            waiting.append(maker.answers(batch))
            wanted = run.goes_on(len(batch), sum(bool(photo.error) for photo in batch))
            rows = sum(len(answers.photos) for answers in waiting)
            if rows >= PART_ROWS or time.perf_counter() - written > PART_SECONDS:
                finished, waiting = waiting, []
                write_part(run.folder, maker.table(finished))
                written = time.perf_counter()
            if not wanted:
                break
    finally:
        if waiting:
            write_part(run.folder, maker.table(waiting))


def write_part(folder: Path, rows: pyarrow.Table) -> None:
    """Add a part to a folder of rows, whole or not at all.

    Args:
        folder: the folder of `part-*.parquet` files.
        rows: of one part.
    """
    names = (part.stem.removeprefix("part-") for part in folder.glob("part-*.parquet"))
    numbers = [int(name) for name in names if name.isdecimal()]
    write_table(folder / f"part-{max(numbers, default=-1) + 1:05d}.parquet", rows)


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
            for start in range(0, len(photos), maker.batch):
                ahead.append([threads.submit(maker.decode, photo) for photo in photos[start : start + maker.batch]])
                if len(ahead) > AHEAD:
                    yield [future.result() for future in ahead.popleft()]
            while ahead:
                yield [future.result() for future in ahead.popleft()]
        finally:
            threads.shutdown(cancel_futures=True)
