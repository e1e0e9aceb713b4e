"""What the outputs of a classifier mean, in words."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import runpy
from pathlib import Path
from typing import Any

from effnet_viz.one_line import one_line
from effnet_viz.weights.errors import shorten

_MAX_BYTES = 2**22  # 21,843 names of ImageNet-21k with their synonyms fill less than 1 MB
_LETTERS = 300  # of a name


@functools.cache
def imagenet_names() -> tuple[str, ...]:
    """The 1000 classes of ImageNet-1k, in the order of the logits; taken from torchvision.

    From its one file of names: the whole package brings PyTorch's compiler along, 90 MB of memory and half a second.
    """
    package = Path(str(importlib.metadata.distribution("torchvision").locate_file("torchvision")))
    names = runpy.run_path(str(package / "models" / "_meta.py"))
    return tuple(names["_IMAGENET_CATEGORIES"])


def numbered_names(count: int) -> tuple[str, ...]:
    """`class 0`, `class 1` and so on, where nobody said what the classes are."""
    return tuple(f"class {index}" for index in range(count))


def default_names(count: int) -> tuple[str, ...]:
    """ImageNet's names for 1000 classes, else numbers."""
    return imagenet_names() if count == 1000 else numbered_names(count)


def read_class_names(source: str | Path | bytes, count: int) -> tuple[str, ...]:
    """Class names from a file: one a line, a JSON list, or JSON such as `{"0": "cat", "1": "dog"}`.

    A JSON object may also go from name to index, as torchvision's `ImageFolder.class_to_idx` does. Each name
    is on one line, without what is not seen, and has at most 300 letters.

    Args:
        source: path of the file, or its bytes.
        count: number of classes that the network has.

    Raises:
        ValueError: it cannot be read as names, or there are more or fewer of them than classes.
    """
    read = _parse(_text(source))
    names = tuple(one_line(name, _LETTERS) or f"class {index}" for index, name in enumerate(read))
    if len(names) != count:
        raise ValueError(
            f"The file has {len(names)} class names; the network has {count} {'class' if count == 1 else 'classes'}."
        )
    return names


def _text(source: str | Path | bytes) -> str:
    if not isinstance(source, bytes):
        path = Path(source)
        if not path.is_file():
            raise ValueError(f"There is no file {path.name!r} with class names.")
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"The file of class names is larger than {_MAX_BYTES / 1e6:.0f} MB.")
        source = path.read_bytes()
    if len(source) > _MAX_BYTES:
        raise ValueError(f"The file of class names is larger than {_MAX_BYTES / 1e6:.0f} MB.")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("The class names are not a text in UTF-8; save them as UTF-8, or as JSON.") from error
    if "\0" in text:
        raise ValueError("The file of class names is not a text.")
    return text


def _parse(text: str) -> tuple[str, ...]:
    if not text.lstrip().startswith(("[", "{")):
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # of numbers with thousands of digits it is no JSONDecodeError
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"The class names look like JSON but cannot be read as such{where}.") from error
    return _from_list(value) if isinstance(value, list) else _from_object(value)


def _from_list(values: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(value, str | int | float) for value in values):
        raise ValueError("The JSON list of class names holds something other than names.")
    return tuple(str(value).strip() for value in values)


def _from_object(value: dict[str, Any]) -> tuple[str, ...]:
    by_index: dict[int, str] = {}
    for key, entry in value.items():
        # Keras: {"0": ["n01440764", "tench"]}
        item = entry[-1] if isinstance(entry, list) and entry else entry
        index, name = (item, key) if isinstance(item, int) and not isinstance(item, bool) else (key, item)
        try:
            number = int(index)
        except ValueError as error:
            raise ValueError(
                f'In the class names, {shorten(repr(key))} is no index; JSON looks like {{"0": "cat"}}.'
            ) from error
        if number in by_index or not isinstance(name, str):
            raise ValueError(f"In the class names, index {shorten(number)} appears twice or has no name.")
        by_index[number] = name.strip()
    if sorted(by_index) != list(range(len(by_index))):
        raise ValueError(
            f"The indices of the class names have to run from 0 to {len(by_index) - 1}; "
            f"they are {', '.join(map(shorten, sorted(by_index)[:5]))} and so on."
        )
    return tuple(by_index[index] for index in range(len(by_index)))
