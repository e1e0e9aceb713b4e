"""The visitor's own photos and rows: in a folder that goes with the session, and that no other session knows."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import streamlit as st

from effnet_viz.images import PhotoError, open_photo
from effnet_viz.sharing.cores import cores
from effnet_viz.ui.session.photo_picker import forget_upload
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.url_pickers import choose

MOST = 200  # photos of one session
SIDE = 1024  # pixels that are kept of a photo's longer side: nearly no network sees more
KEPT_AS_IT_IS = 2**20  # bytes; a file that is not larger is not written anew
LONGEST_NAME = 120  # bytes of a file's name
QUALITY = 92  # of a photo that is written anew
MOST_MB = 64  # of one photo, as `open_photo` takes it


class OwnPhotos:
    """Uploads of one session.

    Attributes:
        folder: where they lie.
        paths: of the photos, in the order in which they came.
        problems: names of the files that are no photos, and what is wrong with each.
        taken: ids of the uploads that are here already.
    """

    def __init__(self) -> None:
        self.directory = TemporaryDirectory(prefix="effnet-viz-photos-", ignore_cleanup_errors=True)
        self.folder = Path(self.directory.name)
        self.paths: list[str] = []
        self.problems: dict[str, str] = {}
        self.taken: set[str] = set()
        self._labels: list[str] = []

    def add(self, name: str, content: bytes | PhotoError) -> None:
        """Keep one photo; what is no photo is noted with its reason.

        Args:
            name: of the uploaded file; the folder that it came in is its label.
            content: as `small_enough` gives it.
        """
        parts = _parts(name)
        label = parts[-2] if len(parts) > 1 else ""
        if isinstance(content, PhotoError):
            if len(self.problems) < MOST:
                self.problems[parts[-1]] = str(content)
            return
        path = self.folder / f"{len(self.paths):03}-{_safe(parts[-1])}"
        path.write_bytes(content)
        self.paths.append(str(path))
        self._labels.append("" if label in ("", "..", ".", "/") else label[-80:])

    def table(self) -> str:
        """Writes the table of photos and labels, as `run_folder` takes it, and returns its path."""
        path = self.folder / "photos.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("path", "label"), *zip(self.paths, self._labels, strict=True)])
        return str(path)

    def keep_rows(self, name: str, content: memoryview) -> Path:
        """Write an uploaded rows file, in place of an earlier one; returns where it lies.

        Args:
            name: of the uploaded file, by which it is spoken of.
            content: of that file.
        """
        path = (
            self.folder
            / f"rows-{hashlib.sha256(content).hexdigest()[:16]}"
            / f"{_safe(_parts(name)[-1].removesuffix('.parquet'))}.parquet"
        )
        if not path.is_file():
            for earlier in self.folder.glob("rows-*"):
                shutil.rmtree(earlier)
            path.parent.mkdir()
            path.write_bytes(content)
        return path


def small_enough(name: str, content: bytes) -> bytes | PhotoError:
    """A photo's file, written anew and smaller where it is large; what is wrong with it where it is no photo.

    Args:
        name: of the uploaded file.
        content: of that file.
    """
    try:
        photo = open_photo(content, name=_parts(name)[-1])
    except PhotoError as error:
        return error
    if len(content) <= KEPT_AS_IT_IS and max(photo.image.size) <= SIDE:
        return content
    image = photo.image.copy()
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _parts(name: str) -> tuple[str, ...]:
    """Folders and name of an upload."""
    return PurePosixPath(name.replace("\\", "/")).parts or ("photo",)


def _safe(name: str) -> str:
    """The end of a file's name without what a file system takes for something else."""
    letters = "".join(letter if letter.isprintable() and letter not in "/\\" else "_" for letter in name)
    return letters.encode()[-LONGEST_NAME:].decode(errors="ignore")


def own_photos() -> OwnPhotos:
    """Those of this session."""
    return st.session_state.setdefault("many_photos", OwnPhotos())


def upload_photos(own: OwnPhotos) -> bool:
    """An uploader of photos or of a folder of them; returns whether new ones came.

    Args:
        own: where they go.
    """
    if not own.paths:
        return _uploader(own)
    with st.popover("Bring more photos", icon=":material/add_photo_alternate:"):  # the views get the room
        return _uploader(own)


def _uploader(own: OwnPhotos) -> bool:
    room = MOST - len(own.paths)
    came = False
    if room > 0:
        way = choose(
            st.segmented_control,
            "Bring",
            {"photos": "Photos", "folder": "A folder with a folder for each class"},
            key="many_upload_way",
            default="photos",
            required=True,
            label_visibility="collapsed",
        )
        key = f"many_photos_upload_{way}_{len(own.taken)}"
        files = st.file_uploader(
            f"Drop up to {room} photos here" if way == "photos" else "A folder; the names of its folders are labels",
            accept_multiple_files=True if way == "photos" else "directory",
            key=key,
            max_upload_size=MOST_MB,
        )
        came = _take(own, key, files, room)
    note(
        f"Up to {MOST} photos. They stay in this session: nobody else sees them, and they are deleted when it ends. "
        f"Of a large photo, {SIDE:,} pixels of the longer side are kept."
    )
    return came


def _take(own: OwnPhotos, key: str, files: list, room: int) -> bool:
    """Take files out of the uploader in their order, so that a click that ends the run loses none.

    They are made smaller side by side: a class's photos from their phones take a fifth of a second each.
    """
    new = [file for file in files if file.file_id not in own.taken]
    if not new:
        return False
    bar = st.progress(0.0, text="Reading the photos")
    fitting = new[:room]
    with ThreadPoolExecutor(cores(), thread_name_prefix="upload") as threads:
        try:
            contents = threads.map(lambda file: small_enough(file.name, file.getvalue()), fitting)
            for done, (file, content) in enumerate(zip(fitting, contents, strict=True), start=1):
                own.add(file.name, content)
                own.taken.add(file.file_id)
                bar.progress(done / len(fitting), text=f"Reading the photos: {done} of {len(fitting)}")
        finally:
            threads.shutdown(cancel_futures=True)
    for file in new:
        forget_upload(key, file)
    bar.empty()
    if len(new) > room:
        own.problems[f"{len(new) - room} more files"] = f"Only the first {room} were taken: {MOST} photos are kept."
    return True
