"""Which photos the page is about: those that come with the project, uploads, or a folder on the server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.images import samples
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose

if TYPE_CHECKING:
    from effnet_viz.explain import Model

FOLDER_VARIABLE = "EFFNET_VIZ_PHOTOS"
MOST_UPLOADS = 200
DRAWN = 60  # pictures that are drawn for networks of drawn pictures


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Photos that belong together.

    Attributes:
        id: stands for them.
        source: as `run_folder` takes it.
        own: whether only this session may see them.
        count: how many.
    """

    id: str
    source: str | tuple[str, ...]
    own: bool
    count: int


class OwnPhotos:
    """Uploads of one session, in a folder that goes with it."""

    def __init__(self) -> None:
        self.directory = TemporaryDirectory(prefix="effnet-viz-photos-", ignore_cleanup_errors=True)
        self.folder = Path(self.directory.name)
        self.paths: list[str] = []

    def add(self, name: str, content: bytes) -> None:
        """Keep one upload under a name of ours that ends with its own.

        Args:
            name: of the uploaded file.
            content: of that file.
        """
        path = self.folder / f"{len(self.paths):03}-{Path(name).name[-80:]}"
        path.write_bytes(content)
        self.paths.append(str(path))


def choose_collection(model: Model) -> Collection | None:
    """The picker of a collection, and below it what that one needs; None as long as there are no photos."""
    titles = {"bundled": "Bundled", "uploads": "Your photos"} | ({"server": "On the server"} if server_folder() else {})
    which = choose(st.segmented_control, "Photos", titles, key="photos_from", default="bundled", required=True)
    if which == "uploads":
        return _uploads()
    if which == "server":
        return _on_server()
    task = drawn_pictures.task_of(model)
    if task is not None:
        return Collection(id=f"drawn/{task}", source=_drawn_folder(task).name, own=False, count=DRAWN)
    paths = tuple(str(sample.path) for sample in samples())
    return Collection(id="bundled", source=paths, own=False, count=len(paths))


def server_folder() -> Path | None:
    """The folder that `EFFNET_VIZ_PHOTOS` names, or None where none is named or it does not exist."""
    name = os.environ.get(FOLDER_VARIABLE)
    folder = Path(name).expanduser().resolve() if name else None
    return folder if folder and folder.is_dir() else None


def _uploads() -> Collection | None:
    own = st.session_state.setdefault("many_photos", OwnPhotos())
    room = MOST_UPLOADS - len(own.paths)
    if room > 0:
        with st.form("many_photos_form", clear_on_submit=True):
            files = st.file_uploader(f"Photos, up to {room} more", accept_multiple_files=True, key="many_photos_upload")
            if st.form_submit_button("Add", icon=":material/add_photo_alternate:"):
                for file in files[:room]:
                    own.add(file.name, file.getvalue())
                if len(files) > room:
                    st.warning(
                        f"{len(files)} photos were chosen; the first {room} were added, {MOST_UPLOADS} are kept."
                    )
    note("Your photos stay in this session: nobody else sees them, and they are deleted when it ends.")
    if not own.paths:
        return None
    return Collection(id=str(own.folder), source=tuple(own.paths), own=True, count=len(own.paths))


def _on_server() -> Collection | None:
    root = server_folder()
    if root is None:
        return None
    inner = sorted(path.name for path in root.iterdir() if path.is_dir() and path.resolve().is_relative_to(root))
    titles = {"": "the whole folder", **{name: name for name in inner}}
    name = choose(st.selectbox, "Folder", titles, key="server_folder", default="", width=320)
    folder = root / name
    return Collection(id=str(folder), source=str(folder), own=True, count=0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn_folder(task: str) -> TemporaryDirectory[str]:
    directory = TemporaryDirectory(prefix="effnet-viz-drawn-", ignore_cleanup_errors=True)
    for number in range(DRAWN):
        picture = drawn_pictures.picture(number, task)
        folder = Path(directory.name) / picture.name
        folder.mkdir(exist_ok=True)
        picture.image.save(folder / f"{number:03}.png")
    return directory
