"""Rows of the chosen photos: those of the bundled ones once for everybody, one's own a slice at a time.

A run of one's own photos goes on as long as the page is looked at. Between two slices the page is drawn again with what
is done so far, so that it can be used meanwhile; what is pressed in the middle of a slice ends it, and nothing is lost.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.explain import Model
from effnet_viz.folder import Rows, RowsError, run_folder
from effnet_viz.folder.bundled import bundled_rows
from effnet_viz.folder.foreign import open_rows
from effnet_viz.folder.local import FolderProgress
from effnet_viz.folder.pooled import memory_of_runs
from effnet_viz.folder.rows import files_of
from effnet_viz.folder.schema import identity
from effnet_viz.folder.sources import Source, list_photos
from effnet_viz.images import Photo, PhotoError, open_photo
from effnet_viz.sharing.turns import long_work
from effnet_viz.ui.folder.collections import Collection
from effnet_viz.ui.folder.seen import Seen, Stamp, seen_by, stamp_of
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import known_for_a_while, seconds_a_photo
from effnet_viz.ui.widgets.slow_work import duration, on_request

FIRST_SLICE, SLICE, LONG_SLICE = 1.5, 5.0, 20.0  # seconds until the page shows what is done
FEW, MANY = 24, 200  # photos: how many are done in the first slices, from how many on slices are long
PATIENT = 600.0  # seconds; the bundled photos and a rows file need no click
CHECKED_A_SECOND = 1e8  # bytes of rows, by the usual machine


@dataclass(frozen=True, kw_only=True)
class RowsOnDisk:
    """Rows with the folder that they are deleted with."""

    rows: Rows
    directory: TemporaryDirectory[str]


@dataclass(frozen=True, kw_only=True)
class OwnRun:
    """A run that has photos left.

    Attributes:
        model: the network.
        source: the photos, as `run_folder` takes them.
        folder: of the rows.
        done: photos that have a row.
        total: photos in all.
        place: where progress is told.
    """

    model: Model
    source: Source
    folder: Path
    done: int
    total: int
    place: DeltaGenerator


def rows_of(model: Model, collection: Collection) -> tuple[Seen | None, OwnRun | None]:
    """What the network has seen of a collection, and what is left to be run.

    Args:
        model: the network.
        collection: the photos.

    Raises:
        ValueError: there are no photos, or rows that were made by something else.
    """
    if collection.rows is not None:
        rows = _outside(collection.rows, model)
        return None if rows is None else seen_by(model, collection, rows, None), None
    if collection.shared:
        return _of_everybody(model, collection, "bundled"), None
    folder = _folder_of(model, collection)
    rows = _there(str(folder), stamp_of(folder))
    total, done = _count(collection), 0 if rows is None else len(rows)
    left = None
    if done < total:
        left = OwnRun(
            model=model,
            source=collection.source,
            folder=folder,
            done=done,
            total=total,
            place=_start_or_stop(model, collection, done, total),
        )
    return (None if rows is None else seen_by(model, collection, rows, None)), left


def go_on(left: OwnRun) -> None:
    """The next slice of a run, if it was asked for; to be called when all views are drawn, which it draws again.

    Args:
        left: what is left.
    """
    if not st.session_state.get("many_running"):
        return
    seconds = FIRST_SLICE if left.done < FEW else LONG_SLICE if left.total > MANY else SLICE
    ends = time.monotonic() + seconds
    bar = left.place.progress(left.done / left.total, text=f"{left.done:,} of {left.total:,}")

    def tell(progress: FolderProgress) -> None:
        bar.progress(
            progress.done / progress.total,
            text=f"{progress.done:,} of {progress.total:,}, {progress.photos_a_second:.1f} photos a second, "
            f"{duration(progress.seconds_left)} left",
        )

    try:
        with long_work(), BUDGET.room_for(memory_of_runs(left.model), left.model.spec.title):
            rows = run_folder(
                left.model, left.source, left.folder, on_progress=tell, should_stop=lambda: time.monotonic() > ends
            )
    except (ValueError, RuntimeError, OSError):
        st.session_state["many_running"] = False
        raise
    if len(rows) >= left.total:
        st.session_state["many_running"] = False
    st.rerun()


def _start_or_stop(model: Model, collection: Collection, done: int, total: int) -> DeltaGenerator:
    """The button of the moment; returns the place beside it."""

    def run(wanted: bool) -> None:
        st.session_state["many_running"] = wanted

    running = st.session_state.get("many_running", False)
    words = f"{done:,} of {total:,} photos are done." if done else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        if running:
            st.button("Stop", icon=":material/stop:", key="stop_many", on_click=run, args=(False,))
            return st.container()
        seconds = (total - done) * seconds_a_file(model, collection.id, lambda: _first_of(collection))
        verb = "Go on with" if done else f"Run {model.spec.title} on"
        st.button(
            f"{verb} {total - done:,} photos ({duration(seconds)})",
            icon=":material/play_arrow:", type="primary", key="start_many", on_click=run, args=(True,),
        )  # fmt: skip
        if words:
            note(words)
    return st.container()


def _of_everybody(model: Model, collection: Collection, name: str) -> Seen | None:
    """Rows of bundled photos: those that come with the project, else computed once, under a button of this name."""
    shipped = _shipped(model.key, model) if drawn_pictures.task_of(model) is None else None
    if shipped is not None:
        return seen_by(model, collection, shipped, None)
    shared = _shared(model, collection, name)
    return None if shared is None else seen_by(model, collection, shared.rows, shared)


@st.cache_resource(max_entries=32, show_spinner=False)
def _shipped(model_key: str, _model: Model) -> Rows | None:
    return bundled_rows(_model)


def _shared(model: Model, collection: Collection, name: str) -> RowsOnDisk | None:
    """Rows of photos that everybody sees: shown at once where somebody has asked before."""
    source = collection.source

    def work(progress: Any) -> RowsOnDisk:
        directory = TemporaryDirectory(prefix="effnet-viz-rows-", ignore_cleanup_errors=True)
        with BUDGET.room_for(memory_of_runs(model), model.spec.title):
            rows = run_folder(
                model, source, Path(directory.name) / "rows", on_progress=lambda done: progress(done.done / done.total)
            )
        return RowsOnDisk(rows=rows, directory=directory)

    count = _count(collection)
    return on_request(
        ("rows of photos", model.key, collection.id),
        lambda: count * seconds_a_file(model, collection.id, lambda: _first_of(collection)),
        work,
        label=f"{model.spec.title} looks at {count} photos",
        name=name,
        patience=PATIENT,
    )


def rows_of_another(model: Model, seen: Seen) -> Rows | None:
    """What another network says of photos that one has seen; None until it was asked, where that takes long.

    Args:
        model: the other network.
        seen: the photos.
    """
    collection = seen.collection
    source = collection.source
    if collection.shared:
        other = _of_everybody(model, collection, "bundled_other")
        return None if other is None else other.rows
    folder = _folder_of(model, collection)
    rows = _there(str(folder), stamp_of(folder))
    left = len(seen.rows) - (0 if rows is None else len(rows))
    if left <= 0:
        return rows

    def work(progress: Any) -> Rows:
        with BUDGET.room_for(memory_of_runs(model), model.spec.title):
            return run_folder(
                model, source, folder, on_progress=lambda done: progress(min(1.0, done.done / done.total))
            )

    return on_request(
        ("rows of another", str(folder), len(seen.rows)),  # a folder of this session, which goes with it
        lambda: left * seconds_a_file(model, collection.id, lambda: _first_of(collection)),
        work,
        label=f"Run the other weights on {left:,} photos",
        name="other",
    )


def seconds_a_file(model: Model, files: str, opened: Callable[[], Photo | None]) -> float:
    """Seconds from a file to what the network makes of its photo, tried with one of many.

    Args:
        model: the network.
        files: stands for them.
        opened: opens one of them; None where no file is a photo.
    """

    def one() -> float:
        began = time.perf_counter()
        photo = opened()
        took = time.perf_counter() - began
        return took if photo is None else took + seconds_a_photo(model, photo)

    return known_for_a_while(("file", model.key, files), one)


def _first_of(collection: Collection) -> Photo | None:
    for listed in list_photos(collection.source):
        with suppress(PhotoError):
            return open_photo(listed.path)
    return None


def _folder_of(model: Model, collection: Collection) -> Path:
    """Where this session has a network's rows of a collection."""
    directory = st.session_state.setdefault(
        "many_rows", TemporaryDirectory(prefix="effnet-viz-rows-", ignore_cleanup_errors=True)
    )
    return Path(directory.name) / hashlib.sha256(f"{model.key}\n{collection.id}".encode()).hexdigest()[:16]


@kept
def _there(folder: str, stamp: Stamp) -> Rows | None:
    try:
        return Rows(folder) if stamp else None
    except RowsError:
        return None


def _outside(path: Path, model: Model) -> Rows | None:
    """Rows of which nothing is known; every value is looked at before anybody draws them."""
    return on_request(
        ("rows from outside", str(path), stamp_of(path), identity(model)),
        lambda: sum(file.stat().st_size for file in files_of(path)) / CHECKED_A_SECOND,
        lambda progress: open_rows(path, model, progress),
        label="Look through the rows",
        name="outside",
        patience=PATIENT,
    )


def _count(collection: Collection) -> int:
    return _listed(collection.id, collection.source) if collection.count is None else collection.count


@st.cache_data(max_entries=64, ttl=60, show_spinner=False)
def _listed(collection_id: str, source: str | tuple[str, ...]) -> int:
    return len(list_photos(source))
