"""Which photos the page is about: those that come with the project, one's own, a folder on the server, a rows file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.folder.rows import files_of
from effnet_viz.images import samples
from effnet_viz.ui.folder.uploads import own_photos, upload_photos, upload_rows
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.widgets.url_pickers import choose

if TYPE_CHECKING:
    from effnet_viz.explain import Model

FOLDER_VARIABLE = "EFFNET_VIZ_PHOTOS"
DRAWN = 60  # pictures that are drawn for networks of drawn pictures
BUNDLED, UPLOADS, SERVER, ROWS = "bundled", "uploads", "server", "rows"
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
    root = server_folder()
    titles = {BUNDLED: "Bundled", UPLOADS: "Your photos"} | ({SERVER: "On the server"} if root else {})
    titles[ROWS] = "A rows file"
    which = choose(st.segmented_control, "Photos", titles, key="photos_from", default=BUNDLED, required=True)
    if which == UPLOADS:
        return _uploads()
    if which == ROWS:
        path = upload_rows(own_photos())
        return None if path is None else Collection(kind=ROWS, id=str(path), source=(), rows=path, root=None)
    if which == SERVER and root is not None:
        return _on_server(root)
    task = drawn_pictures.task_of(model)
    if task is not None:
        folder = _drawn_folder(task).name
        return Collection(kind=BUNDLED, id=f"drawn/{task}", source=folder, root=Path(folder))
    paths = tuple(str(sample.path) for sample in samples())
    return Collection(kind=BUNDLED, id="bundled", source=paths, root=Path(paths[0]).parent)


def server_folder() -> Path | None:
    """The folder that `EFFNET_VIZ_PHOTOS` names, or None where none is named or it does not exist."""
    name = os.environ.get(FOLDER_VARIABLE)
    folder = Path(name).expanduser().resolve() if name else None
    return folder if folder and folder.is_dir() else None


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
    photos = {"": "The whole folder"} | {
        path.name: path.name for path in sorted(root.iterdir()) if path.is_dir() and _inside(path, root)
    }
    rows = {path.relative_to(root).as_posix(): path for path in _rows_below(root)}
    titles = {name: words for name, words in photos.items() if name not in rows}
    titles |= {name: f"{name} (rows)" for name in rows}
    name = choose(st.selectbox, "Folder", titles, key="server_folder", default="", width=320)
    if name in rows:
        return Collection(kind=SERVER, id=str(rows[name]), source=(), rows=rows[name], root=root)
    folder = root / name
    return Collection(kind=SERVER, id=str(folder), source=str(folder), root=root)


def _rows_below(root: Path) -> list[Path]:
    """Rows files, and folders of parts, near the top of the server's folder."""
    near = [path for depth in range(1, DEEPEST + 1) for path in sorted(root.glob("/".join("*" * depth)))]
    folders = [
        path for path in near if path.is_dir() and _inside(path, root) and next(path.glob("part-*.parquet"), None)
    ]
    files = [path for path in near if path.suffix == ".parquet" and path.parent not in folders and _inside(path, root)]
    return folders + [path for path in files if path not in folders and files_of(path)]


def _inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root)


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn_folder(task: str) -> TemporaryDirectory[str]:
    directory = TemporaryDirectory(prefix="effnet-viz-drawn-", ignore_cleanup_errors=True)
    for number in range(DRAWN):
        picture = drawn_pictures.picture(number, task)
        folder = Path(directory.name) / picture.name
        folder.mkdir(exist_ok=True)
        picture.image.save(folder / f"{number:03}.png")
    return directory
