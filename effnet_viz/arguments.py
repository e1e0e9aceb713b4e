"""Wrong kinds of arguments to the public library, said in one sentence before something inside breaks on them."""

from __future__ import annotations

import functools
import inspect
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Test = Callable[[Any], bool]
LONGEST_PATH = 4096  # characters
LONGEST_PART = 255  # bytes of each name in it
LONGEST_NAME = 150  # characters of what is no path: variants, layers, weights
SHOWN = 60  # characters of a wrong value that are repeated


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _path(value: Any) -> bool:
    return isinstance(value, os.PathLike) and isinstance(_text_of(value), str)


def _text_of(value: os.PathLike[Any]) -> str | bytes | None:
    try:
        return os.fspath(value)
    except TypeError:  # what says that it is a path, and gives neither text nor bytes
        return None


def _name(value: Any) -> bool:
    return isinstance(value, str) or _path(value)


def _texts(value: Any) -> bool:
    return _list_of(value, lambda item: isinstance(item, str))


def _ours(name: str) -> Test:
    """Whether something is one of this package's objects; its class is not imported, as that may take seconds."""
    return lambda value: any(
        kind.__name__ == name and kind.__module__.startswith("effnet_viz.") for kind in type(value).__mro__
    )


def _list_of(value: Any, test: Test) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and all(map(test, value))


KINDS: Mapping[str, tuple[Test, str]] = {
    "None": (lambda value: value is None, "None"),
    "str": (lambda value: isinstance(value, str), "text"),
    "bytes": (lambda value: isinstance(value, bytes), "bytes"),
    "int": (_whole, "a whole number"),
    "float": (_number, "a number"),
    "Path": (_path, "a path"),
    "BinaryIO": (lambda value: hasattr(value, "read"), "an open binary file"),
    "Image.Image": (lambda value: hasattr(value, "getbands"), "a Pillow image"),
    "Mapping[str, Any]": (lambda value: isinstance(value, Mapping), "a state dict"),
    "Sequence[str]": (_texts, "a list of texts"),
    "Sequence[Photo]": (lambda value: _list_of(value, _ours("Photo")), "a list of photos from open_photo"),
    "Source": (lambda value: _name(value) or _list_of(value, _name), "a folder, a table or a list of paths"),
    "Callable": (callable, "a function"),
    "Progress": (callable, "a function"),
    "DownloadProgress": (callable, "a function"),
    "Model": (_ours("Model"), "a model, as load('lite0') gives"),
    "Photo": (_ours("Photo"), "a photo, as open_photo('cat.jpg') gives"),
    "ModelSpec": (_ours("ModelSpec"), "a specification, as spec('b0') gives"),
    "Plan": (_ours("Plan"), "a plan, as plan('b0') gives"),
    "EfficientNet": (_ours("EfficientNet"), "a network, as build('b0') gives"),
    "GateEvidence": (_ours("GateEvidence"), "what gate_evidence gives"),
    "GateWall": (_ours("GateWall"), "what gate_wall gives"),
    "GateBaseline": (_ours("GateBaseline"), "a GateBaseline"),
    "Rows": (_ours("Rows"), "rows, as run_folder gives"),
    "Scale": (_ours("Scale"), "a Scale"),
    "ReportSettings": (_ours("ReportSettings"), "a ReportSettings"),
}
"""What each word of an annotation asks for, as a test and for people."""
PATHS = frozenset({"Path", "Source"})
"""Words of annotations whose texts are paths."""


def checked(function: Function) -> Function:
    """The same function, which refuses arguments of another kind than its annotations name.

    Args:
        function: its annotations are made of the words in `KINDS`.
    """
    signature = inspect.signature(function)
    allowed = {name: kinds_of(parameter.annotation) for name, parameter in signature.parameters.items()}

    @functools.wraps(function)
    def with_checks(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        for name, value in given.arguments.items():
            if not any(KINDS[kind][0](value) for kind in allowed[name]):
                words = [KINDS[kind][1] for kind in allowed[name] if kind != "None"]
                raise ValueError(f"{name} is {_shown(value)}; it has to be {' or '.join(dict.fromkeys(words))}.")
            _check_length(name, value, is_path=not PATHS.isdisjoint(allowed[name]))
            given.arguments[name] = _plain(value)
        return function(*given.args, **given.kwargs)

    return with_checks  # type: ignore[return-value]


def _check_length(name: str, value: Any, *, is_path: bool) -> None:
    """Refuse what no system and no list of names takes, before it comes back in a message as long as itself."""
    if not isinstance(value, str):
        return
    if not is_path and len(value) > LONGEST_NAME:
        raise ValueError(f"{name} is {_shown(value)}, {len(value):,} characters; it can have {LONGEST_NAME} at most.")
    if is_path and (
        len(value) > LONGEST_PATH
        or any(len(part.encode(errors="replace")) > LONGEST_PART for part in Path(value).parts)
    ):
        raise ValueError(
            f"{name} is {_shown(value)}, {len(value):,} characters; a path can have {LONGEST_PATH:,} at most, and each "
            f"name in it {LONGEST_PART} bytes."
        )


def _plain(value: Any) -> Any:
    """A number of another library, or a fraction, as Python's own: not all of them can be written out or are seeds."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    if isinstance(value, Integral):
        return int(value)
    try:
        return float(value)
    except OverflowError:  # a fraction of enormous numbers
        return math.inf if value == abs(value) else -math.inf


def kinds_of(annotation: str) -> list[str]:
    """The words of an annotation such as `str | Path | None`; what is inside of `Callable[...]` is not looked at."""
    outside = re.sub(r"Callable\[.*\]", "Callable", annotation)
    return [word.strip() for word in outside.split("|")]


def _shown(value: Any) -> str:
    if not isinstance(value, (str, bytes, int, float, type(None), list, tuple, dict)):
        return f"of the type {type(value).__name__}"
    words = " ".join(repr(value).split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
