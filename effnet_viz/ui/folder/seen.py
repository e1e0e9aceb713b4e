"""Rows as the page needs them: a column once for all views, photos only where they may be opened, labels by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from numpy import ndarray

from effnet_viz.explain import Model
from effnet_viz.folder import Rows
from effnet_viz.folder.labels import class_of_label
from effnet_viz.folder.rows import files_of
from effnet_viz.images import Photo, PhotoError, open_photo
from effnet_viz.ui.folder.collections import UPLOADS, Collection
from effnet_viz.ui.session.byte_cache import CACHE, kept

NUMBERED = 4  # characters that stand before the name of an upload
Stamp = tuple[tuple[str, int, int], ...]  # name of each file, when it changed, its bytes
LONGEST = 40  # characters of a name from outside


class LabelledByHand(Rows):
    """Rows in which somebody has said of some photos what they show.

    Args:
        rows: as the network made them.
        labels: position among the readable photos to a class's index.
    """

    def __init__(self, rows: Rows, labels: Mapping[int, int]) -> None:
        self.__dict__.update(rows.__dict__)
        self._labels = labels

    def batches(self, columns: Sequence[str]) -> Iterator[dict[str, ndarray]]:
        """As of the rows, with the labels by hand in `label_index`."""
        first = 0
        for batch in super().batches(columns):
            count = len(next(iter(batch.values())))
            if "label_index" in batch:
                batch["label_index"] = batch["label_index"].copy()
                for position, label in self._labels.items():
                    if first <= position < first + count:
                        batch["label_index"][position - first] = label
            first += count
            yield batch


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Photos that a network has seen. Positions count the readable ones.

    Attributes:
        model: the network.
        collection: the photos.
        rows: what the network made of them, with labels by hand.
        key: stands for the rows without these labels.
        labels_key: stands for the labels by hand.
        holder: keeps the files of the rows from being deleted.
    """

    model: Model
    collection: Collection
    rows: Rows
    key: str
    labels_key: tuple[tuple[int, int], ...]
    holder: Any

    def column(self, name: str) -> ndarray:
        """A column of numbers, read once; not for the large ones."""
        return _column(self.key, self.labels_key if name == "label_index" else (), name, self.rows)

    @property
    def paths(self) -> list[str]:
        """Of the readable photos."""
        return _words(self.key, "path", self.rows)

    @property
    def label(self) -> ndarray:
        """Index of each photo's labelled class, -1 where there is none, `(M,)`."""
        return self.column("label_index")

    @property
    def answer(self) -> ndarray:
        """Index of the most probable class of each photo, `(M,)`."""
        return self.column("top_index")[:, 0]

    @property
    def probability(self) -> ndarray:
        """Of that class, `(M,)`."""
        return self.column("top_probability")[:, 0]

    @property
    def wrong(self) -> ndarray:
        """Whether a photo has a label and another answer, `(M,)`."""
        return (self.label >= 0) & (self.label != self.answer)

    @property
    def errors(self) -> dict[str, str]:
        """Names of the files that cannot be read, and why."""
        return _errors(self.key, self.rows) | self.collection.problems

    @property
    def names(self) -> list[str]:
        """Of the photos' files, in short."""
        return _names(self.key, NUMBERED if self.collection.kind == UPLOADS else 0, self.rows)

    def name(self, position: int) -> str:
        """A photo's file, in short."""
        return self.names[position]

    def class_name(self, index: int) -> str:
        """A class's name in short: the first of ImageNet's synonyms, all of what a drawn picture shows."""
        name = self.model.class_names[index]
        return (name if self.model.spec.family == "shapes" else name.partition(",")[0])[:LONGEST]

    def photo(self, position: int) -> Photo | None:
        """The photo itself, or None where it may not be opened, or is not there any more."""
        path = self._may_be_opened(position)
        if path is None:
            return None
        key = _file_key(path)
        try:
            photo = open_photo(path, name=self.name(position))
        except PhotoError:
            return None
        CACHE.put(key, photo.digest)
        return photo

    def opened(self, position: int) -> Photo:
        """The photo itself, where `digest` has just found one.

        Raises:
            ValueError: it is not there any more.
        """
        photo = self.photo(position)
        if photo is None:
            raise ValueError(
                f"{self.name(position)} has just gone from its folder; put it back, or run the photos again."
            )
        return photo

    def digest(self, position: int) -> str:
        """That of the photo as its file is now, empty where there is no photo; a file is opened once for it."""
        path = self._may_be_opened(position)
        if path is None:
            return ""
        return CACHE.peek(_file_key(path)) or ("" if (photo := self.photo(position)) is None else photo.digest)

    def _may_be_opened(self, position: int) -> Path | None:
        root, path = self.collection.root, Path(self.paths[position])
        if root is None:
            return None
        path = (path if path.is_absolute() else root / path).resolve()
        return path if path.is_relative_to(root.resolve()) and path.is_file() else None

    def thumbnails(self) -> list[bytes]:
        """Small JPEGs of the readable photos."""
        return _words(self.key, "thumbnail", self.rows)


def seen_by(model: Model, collection: Collection, rows: Rows, holder: Any) -> Seen:
    """Rows with what this session has said of their photos.

    Args:
        model: the network.
        collection: the photos.
        rows: what the network made of them.
        holder: keeps the files of the rows from being deleted.
    """
    key = f"{rows.path} {stamp_of(rows.path)} {rows.model}"
    labels = _by_hand(model, _words(key, "path", rows))
    if labels:
        rows = LabelledByHand(rows, dict(labels))
    return Seen(model=model, collection=collection, rows=rows, key=key, labels_key=labels, holder=holder)


def stamp_of(path: Path) -> Stamp:
    """Stands for the content of a rows file or a folder of parts as it is now.

    Args:
        path: of the file or the folder.
    """
    states = [(file.name, file.stat()) for file in files_of(path)]
    return tuple((name, state.st_ctime_ns, state.st_size) for name, state in states)


def say_label(path: str, name: str | None) -> None:
    """Note what a photo shows, by the visitor's word; None takes it back.

    Args:
        path: of the photo.
        name: of the class: it stays right when another network is chosen.
    """
    said = st.session_state.setdefault("many_labels", {})
    said.pop(path, None)
    if name is not None:
        said[path] = name


def _by_hand(model: Model, paths: list[str]) -> tuple[tuple[int, int], ...]:
    said = st.session_state.get("many_labels", {})
    if not said:
        return ()
    classes = ((position, class_of_label(said.get(path), model.class_names)) for position, path in enumerate(paths))
    return tuple((position, index) for position, index in classes if index is not None)


def _file_key(path: Path) -> tuple[str, str, int, int]:
    """Stands for what is in a file now."""
    state = path.stat()
    return "digest of a file", str(path), state.st_ctime_ns, state.st_size


@kept
def _column(key: str, labels_key: tuple[tuple[int, int], ...], name: str, _rows: Rows) -> ndarray:
    return _rows.numbers(name)


@kept
def _words(key: str, column: str, _rows: Rows) -> list[Any]:
    return [word for word, good in zip(_rows.words(column), _rows.good, strict=True) if good]


@kept
def _names(key: str, numbered: int, _rows: Rows) -> list[str]:
    return [Path(path).name[numbered:][-LONGEST:] for path in _words(key, "path", _rows)]


@kept
def _errors(key: str, _rows: Rows) -> dict[str, str]:
    errors = zip(_rows.words("path"), _rows.words("error"), strict=True)
    return {Path(path or "").name: error for path, error in errors if error}
