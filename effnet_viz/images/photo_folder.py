"""The photos of a folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from effnet_viz.images.photo import Photo, PhotoError, open_photo

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".mpo"))


def open_folder(folder: str | Path, most: int) -> list[Photo]:
    """The first photos of a folder by name, at any depth; what cannot be read is left out.

    Args:
        folder: where they lie.
        most: how many are opened at most.

    Raises:
        ValueError: there is no such folder, or no photo in it that can be read.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"photos is {str(folder)!r}, which is no folder; give one that exists, or a list of photos.")
    opened: list[Photo] = []
    for path in sorted(Path(folder).rglob("*")):
        if len(opened) < most and path.suffix.lower() in SUFFIXES and path.is_file():
            with suppress(PhotoError):
                opened.append(open_photo(path))
    if not opened:
        raise ValueError(
            f"photos is {str(folder)!r}, which holds no photo that can be read; names end in "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    return opened
