"""Which photos the page is about: those that come with the project, one's own, a folder on the server, a rows file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.folder.rows import files_of
from effnet_viz.images import samples
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.session.own_photos import OwnPhotos, own_photos, upload_photos
from effnet_viz.ui.session.photo_picker import forget_upload
from effnet_viz.ui.session.photos_from import (
    BUNDLED,
    SERVER,
    UPLOADS,
    choose_folder,
    choose_photos_from,
    inside,
    server_folder,
)
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.weights.server import is_text

if TYPE_CHECKING:
    from effnet_viz.explain import Model

DRAWN = 60  # pictures that are drawn for networks of drawn pictures
ROWS = "rows"
DEEPEST = 2  # folders below the server's one in which rows are looked for


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Photos that belong together, or rows of such.

    Attributes:
        kind: where they come from.
        id: stands for them.
        source: as `run_folder` takes it; empty where rows are all there is.
        count: how many photos the source has, where that is known; a folder is looked through.
        rows: the rows that are there from the start, or None.
        root: the only folder whose photos may be opened; None opens none, and small pictures stand for them.
        problems: files that are no photos, and what is wrong with each.
    """

    kind: str
    id: str
    source: str | tuple[str, ...]
    count: int | None = None
    rows: Path | None = None
    root: Path | None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """Whether everybody sees the same photos, so that their rows are computed once."""
        return self.kind == BUNDLED


def choose_collection(model: Model) -> Collection | None:
    """The picker of a collection, and below it what that one needs; None as long as there are no photos."""
    which = choose_photos_from({ROWS: "A rows file"})
    if which == UPLOADS:
        return _uploads()
    if which == ROWS:
        path = upload_rows(own_photos())
        return None if path is None else Collection(kind=ROWS, id=str(path), source=(), rows=path, root=None)
    if which == SERVER and (root := server_folder()) is not None:
        return _on_server(root)
    task = drawn_pictures.task_of(model)
    if task is not None:
        folder = _drawn_folder(task).name
        return Collection(kind=BUNDLED, id=f"drawn/{task}", source=folder, root=Path(folder))
    paths = tuple(str(sample.path) for sample in samples())
    return Collection(kind=BUNDLED, id="bundled", source=paths, root=Path(paths[0]).parent)


def upload_rows(own: OwnPhotos) -> Path | None:
    """An uploader of a rows file; returns where it lies, or None as long as there is none.

    Args:
        own: where it goes.
    """
    file = st.file_uploader("A rows file (Parquet)", type=["parquet"], key="many_rows_upload")
    note(
        "`effnet-viz folder PHOTOS --out rows` writes rows on any machine. The file stays in this session. Photos are "
        "shown as the small pictures in it: paths in a file from outside are never opened."
    )
    if file is not None:
        st.session_state["many_rows_file"] = own.keep_rows(file.name, file.getbuffer())
        forget_upload("many_rows_upload", file)
    kept: Path | None = st.session_state.get("many_rows_file")
    return kept if kept is not None and kept.is_file() else None


def _uploads() -> Collection | None:
    own = own_photos()
    if upload_photos(own):
        st.session_state["many_running"] = True
        st.rerun()
    if not own.paths:
        return None
    return Collection(
        kind=UPLOADS,
        id=str(own.folder),
        source=own.table(),
        count=len(own.paths),
        root=own.folder,
        problems=dict(own.problems),
    )


def _on_server(root: Path) -> Collection:
    rows = {path.relative_to(root).as_posix(): path for path in _rows_below(root) if is_text(str(path))}
    path = choose_folder(root, rows)
    if path in rows.values():
        return Collection(kind=SERVER, id=str(path), source=(), rows=path, root=root)
    return Collection(kind=SERVER, id=str(path), source=str(path), root=root)


def _rows_below(root: Path) -> list[Path]:
    """Rows files, and folders of parts, near the top of the server's folder."""
    near = [path for depth in range(1, DEEPEST + 1) for path in sorted(root.glob("/".join("*" * depth)))]
    folders = [
        path for path in near if path.is_dir() and inside(path, root) and next(path.glob("part-*.parquet"), None)
    ]
    files = [path for path in near if path.suffix == ".parquet" and path.parent not in folders and inside(path, root)]
    return folders + [path for path in files if path not in folders and files_of(path)]


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn_folder(task: str) -> TemporaryDirectory[str]:
    directory = TemporaryDirectory(prefix="effnet-viz-drawn-", ignore_cleanup_errors=True)
    for number in range(DRAWN):
        picture = drawn_pictures.picture(number, task)
        folder = Path(directory.name) / picture.name
        folder.mkdir(exist_ok=True)
        picture.image.save(folder / f"{number:03}.png")
    return directory
