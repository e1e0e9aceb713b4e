"""Checkpoints in a folder that the server names, so that they need not be uploaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from effnet_viz.weights.errors import CheckpointError

FOLDER_VARIABLE = "EFFNET_VIZ_CHECKPOINTS"
SUFFIXES = (".pth", ".pt", ".bin", ".safetensors")


def server_folder() -> Path | None:
    """The folder that `EFFNET_VIZ_CHECKPOINTS` names, or None where none is named or it does not exist."""
    name = os.environ.get(FOLDER_VARIABLE)
    folder = Path(name).expanduser().resolve() if name else None
    return folder if folder and folder.is_dir() else None


def list_server_checkpoints() -> tuple[str, ...]:
    """Checkpoints in the folder and below it, by their path in it, sorted."""
    folder = server_folder()
    if folder is None:
        return ()
    return tuple(sorted(name for name in _names(folder, "", folder) if is_text(name)))


def _names(place: Path | str, before: str, folder: Path) -> Iterator[str]:
    """Names below a place, asked of its listing alone: every rerun asks, and a folder may have twenty thousand files.

    Args:
        place: where to look.
        before: what its names begin with.
        folder: all of it.
    """
    with suppress(OSError), os.scandir(place) as entries:  # it went away meanwhile, or is closed to us
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _names(entry.path, f"{before}{entry.name}/", folder)
            elif entry.name.lower().endswith(SUFFIXES) and _is_file_inside(entry, folder):
                yield before + entry.name


def server_checkpoint(name: str) -> Path:
    """The file of a checkpoint in the folder.

    Args:
        name: one of `list_server_checkpoints()`.

    Raises:
        CheckpointError: no folder is named, or nothing of that name lies in it; also for names and links that lead
            out of it.
    """
    folder = server_folder()
    if folder is None:
        raise CheckpointError(f"This server names no folder of checkpoints ({FOLDER_VARIABLE}).")
    if name not in list_server_checkpoints():
        raise CheckpointError(f"There is no checkpoint {name!r} in this server's folder.")
    return folder / name


def is_text(name: str) -> bool:
    """Whether a name is UTF-8; another can be neither shown nor sent to a browser.

    Args:
        name: of a file or a folder.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_file_inside(entry: os.DirEntry[str], folder: Path) -> bool:
    """Links may lead elsewhere, or where this program may not look."""
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    with suppress(OSError):
        path = Path(entry.path)
        return path.is_file() and path.resolve().is_relative_to(folder)
    return False
