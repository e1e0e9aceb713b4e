"""The public functions, each asked the same by twenty threads that begin together: equal questions, equal answers."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
import torch
from PIL import Image

import effnet_viz as ev
from effnet_viz.explain import Model
from effnet_viz.folder import Rows
from effnet_viz.images import Photo, open_sample
from effnet_viz.weights.caches import ASSETS
from tests.explain.conftest import answers_of_threads

THREADS = 20
FEW = {"report", "comparison_report", "quantise", "run_folder", "compare_models", "export_onnx"}
"""Each takes a second or so: four threads ask for them."""

QUICK = {"seconds_before": 0.0, "seconds_after": 0.0}  # times are never equal
MEASURED = {"profile", "show"}  # nothing but times; what the others give


@pytest.fixture(scope="module")
def model() -> Model:
    return ev.load("shapes", device="cpu")


@pytest.fixture(scope="module")
def photo() -> Photo:
    return open_sample("coffee")


@pytest.fixture(scope="module")
def rows(model: Model, tmp_path_factory) -> Rows:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("coffee", "chelsea", "koala"):
        open_sample(name).image.resize((96, 96)).save(folder / f"{name}.png")
    return ev.run_folder(model, str(folder), out=tmp_path_factory.mktemp("rows") / "rows")


def filled(model: Model) -> torch.nn.Module:
    network = ev.build("shapes", seed=1)
    ev.load_state_dict(network, ev.build("shapes", seed=2).state_dict())
    return network


def written(write: Callable[[Path], object], name: str) -> bytes:
    path = Path(mkdtemp()) / name
    write(path)
    return path.read_bytes()


def columns(rows: Rows) -> dict[str, np.ndarray]:
    return {name: rows.numbers(name) for name in ("top_index", "top_probability", "cam")}


ASKED: dict[str, Callable[[Model, Photo, Rows], object]] = {
    "list_variants": lambda model, photo, rows: ev.list_variants(),
    "spec": lambda model, photo, rows: ev.spec("b3"),
    "custom_spec": lambda model, photo, rows: ev.custom_spec(width=0.3, depth=0.4),
    "plan": lambda model, photo, rows: ev.plan("b3", resolution=97),
    "compare": lambda model, photo, rows: ev.compare("b0", "b3"),
    "build": lambda model, photo, rows: ev.build("shapes", seed=1),
    "load": lambda model, photo, rows: ev.load("shapes", weights="untrained", device="cpu"),
    "load_state_dict": lambda model, photo, rows: filled(model),
    "load_checkpoint": lambda model, photo, rows: ev.load_checkpoint(ASSETS / "shapes" / "shapes.safetensors"),
    "open_photo": lambda model, photo, rows: ev.open_photo(photo.image),
    "predict": lambda model, photo, rows: ev.predict(model, photo),
    "feature_maps": lambda model, photo, rows: ev.feature_maps(model, photo, "4.1.depthwise"),
    "se_gates": lambda model, photo, rows: ev.se_gates(model, photo),
    "gate_evidence": lambda model, photo, rows: ev.gate_evidence(model, photo, "4.1", channel=1),
    "gate_wall": lambda model, photo, rows: ev.gate_wall(model, photo, count=2),
    "gate_picture": lambda model, photo, rows: ev.gate_picture(ev.gate_evidence(model, photo, "4.1"), photo),
    "gate_wall_picture": lambda model, photo, rows: ev.gate_wall_picture(ev.gate_wall(model, photo, count=1), photo),
    "grad_cam": lambda model, photo, rows: ev.grad_cam(model, photo),
    "export_onnx": lambda model, photo, rows: written(lambda path: ev.export_onnx(model, path), "a.onnx"),
    "quantise": lambda model, photo, rows: dataclasses.replace(ev.quantise(model, [photo]), **QUICK),
    "report": lambda model, photo, rows: written(lambda path: ev.report(model, photo, path), "a.html"),
    "comparison_report": lambda model, photo, rows: written(
        lambda path: ev.comparison_report(model, ev.load("shapes", weights="untrained"), photo, path), "b.html"
    ),
    "run_folder": lambda model, photo, rows: columns(
        ev.run_folder(model, str(Path(rows.words("path")[0]).parent), out=Path(mkdtemp()) / "rows")
    ),
    "compare_models": lambda model, photo, rows: ev.compare_models(
        model, ev.load("shapes", weights="untrained", device="cpu"), rows
    ),
}


def same(one: object, other: object) -> bool:
    """Whether two answers are equal in everything that they hold; numbers up to the last bits of a sum."""
    if isinstance(one, torch.nn.Module):
        return same(one.state_dict(), other.state_dict())
    if isinstance(one, Model):  # its runner and its lock are its own
        return one.key == other.key and same(one.network, other.network)
    if isinstance(one, Photo | Image.Image):
        return np.array_equal(np.asarray(getattr(one, "image", one)), np.asarray(getattr(other, "image", other)))
    if isinstance(one, np.ndarray | torch.Tensor):
        return np.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == pytest.approx(other, rel=1e-4, abs=1e-6) if isinstance(one, float) else one == other


def test_every_public_function_is_asked():
    functions = {name for name in ev.__all__ if inspect.isfunction(getattr(ev, name))}
    assert functions - MEASURED == ASKED.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_twenty_threads_that_ask_the_same_get_the_same(name: str, model: Model, photo: Photo, rows: Rows):
    answers = answers_of_threads(lambda: ASKED[name](model, photo, rows), 4 if name in FEW else THREADS)
    alone = ASKED[name](model, photo, rows)
    assert all(same(alone, answer) for answer in answers)
