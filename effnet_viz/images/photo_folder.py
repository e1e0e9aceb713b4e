"""The photos of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from effnet_viz.images.photo import Photo, PhotoError, open_photo

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".mpo"))


def photos_below(folder: str | Path) -> list[Path]:
    """Files that are called as photos are, by their names, at any depth.

    Args:
        folder: where they lie.

    Raises:
        ValueError: there is no such folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"photos is {str(folder)!r}, which is no folder; give one that exists, or a list of photos.")
    return [path for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]


def readable(paths: Iterable[Path]) -> Iterator[Photo]:
    """Photos, each opened when it is its turn, so that they are never all in memory; what cannot be read is left out.

    Args:
        paths: their files.
    """
    for path in paths:
        try:
            photo = open_photo(path)
        except PhotoError:
            continue
        yield photo


def open_folder(folder: str | Path, most: int) -> Iterator[Photo]:
    """The first photos of a folder by name, one after the other.

    Args:
        folder: where they lie.
        most: how many are opened at most.

    Raises:
        ValueError: there is no such folder, or no photo in it that can be read.
    """
    photos = islice(readable(photos_below(folder)), most)
    first = next(photos, None)
    if first is None:
        raise ValueError(
            f"photos is {str(folder)!r}, which holds no photo that can be read; names end in "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    return chain([first], photos)
