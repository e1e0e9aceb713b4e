"""Where several photos come from, on every page that takes some: bundled, the visitor's own, or the server's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.weights.server import is_text

FOLDER_VARIABLE = "EFFNET_VIZ_PHOTOS"
BUNDLED, UPLOADS, SERVER = "bundled", "uploads", "server"


def choose_photos_from(others: Mapping[str, str]) -> str:
    """The picker of where photos come from.

    Args:
        others: what the page takes beside photos, with its words.
    """
    on_server = {SERVER: "On the server"} if server_folder() else {}
    titles = {BUNDLED: "Bundled", UPLOADS: "Your photos", **on_server, **others}
    return choose(st.segmented_control, "Photos", titles, key="photos_from", default=BUNDLED, required=True)


def server_folder() -> Path | None:
    """The folder that `EFFNET_VIZ_PHOTOS` names, or None where none is named or it does not exist."""
    name = os.environ.get(FOLDER_VARIABLE)
    folder = Path(name).expanduser().resolve() if name else None
    return folder if folder and folder.is_dir() else None


def choose_folder(root: Path, rows: Mapping[str, Path]) -> Path:
    """A folder in the server's one, that one itself, or one of the rows there.

    Args:
        root: the server's folder.
        rows: what there are rows in, by its name; nothing for who cannot read them.
    """
    folders = {
        path.name: path
        for path in sorted(root.iterdir())
        if path.is_dir() and inside(path, root) and is_text(path.name)
    }
    titles = {"": "The whole folder"} | {name: name for name in folders if name not in rows}
    titles |= {name: f"{name} (rows)" for name in rows}
    name = choose(st.selectbox, "Folder", titles, key="server_folder", default="", width=320)
    return rows[name] if name in rows else root / name


def inside(path: Path, root: Path) -> bool:
    """Whether a path leads out of a folder by no link.

    Args:
        path: in the folder.
        root: the folder.
    """
    return path.resolve().is_relative_to(root)
