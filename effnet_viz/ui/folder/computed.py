"""Rows of the chosen photos: computed once for what everybody sees, with a progress bar for one's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from effnet_viz.explain import Model
from effnet_viz.folder import Rows, RowsError, run_folder
from effnet_viz.folder.local import FolderProgress
from effnet_viz.folder.sources import list_photos
from effnet_viz.sharing.turns import long_work
from effnet_viz.ui.folder.collections import Collection
from effnet_viz.ui.widgets.slow_work import duration


@dataclass(frozen=True, kw_only=True, eq=False)
class RowsOnDisk:
    """Rows with the folder that they are deleted with."""

    rows: Rows
    directory: TemporaryDirectory[str]


def rows_of(model: Model, collection: Collection) -> Rows | None:
    """The rows of a collection by the chosen network, those that are there; None where there are none yet.

    Args:
        model: the network.
        collection: the photos.
    """
    if not collection.own:
        return _shared_rows(model.key, collection.id, model, collection).rows
    folder = _own_folder() / hashlib.sha256(f"{model.key}\n{collection.id}".encode()).hexdigest()[:16]
    rows = _there(folder)
    total = collection.count or len(list_photos(collection.source))
    done = 0 if rows is None else len(rows)
    if done >= total:
        return rows
    slot = st.empty()
    with slot.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(
            f"Run {model.spec.title} on {total - done:,} photos", icon=":material/play_arrow:", type="primary",
            key="start_many",
        )  # fmt: skip
    if not wanted:
        return rows
    with slot.container():
        st.button("Stop", icon=":material/stop:", key="stop_many")
        bar = st.progress(0.0, text="The first photos")

        def tell(progress: FolderProgress) -> None:
            # A click on Stop, or anywhere else, ends the run here; what is done so far is written.
            words = (
                f"{progress.done:,} of {progress.total:,}, {progress.photos_a_second:.1f} photos a second, "
                f"{duration(progress.seconds_left)} left"
            )
            bar.progress(progress.done / progress.total, text=words)

        with long_work():
            rows = run_folder(model, collection.source, folder, on_progress=tell)
    slot.empty()
    return rows


@st.cache_resource(max_entries=32, show_spinner="The network looks at all photos")
def _shared_rows(model_key: str, collection_id: str, _model: Model, _collection: Collection) -> RowsOnDisk:
    directory = TemporaryDirectory(prefix="effnet-viz-rows-", ignore_cleanup_errors=True)
    with long_work():
        rows = run_folder(_model, _collection.source, Path(directory.name) / "rows")
    return RowsOnDisk(rows=rows, directory=directory)


def _own_folder() -> Path:
    directory = st.session_state.setdefault(
        "many_rows", TemporaryDirectory(prefix="effnet-viz-rows-", ignore_cleanup_errors=True)
    )
    return Path(directory.name)


def _there(folder: Path) -> Rows | None:
    try:
        return Rows(folder)
    except RowsError:
        return None
