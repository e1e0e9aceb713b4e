"""A folder with the class's photos, and small models whose answers are worth comparing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effnet_viz.explain import Model
from effnet_viz.images import samples
from tests.explain.conftest import make_model  # noqa: F401


@pytest.fixture(scope="session")
def b0(make_model) -> Model:  # noqa: F811
    """B0 with ten classes and random parameters that do something."""
    return make_model("b0")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two folders whose names are labels, photos of many sizes, and one that lies above them."""
    folder = tmp_path / "photos"
    for index, sample in enumerate(samples()[:4]):
        place = folder / ("class_3" if index < 2 else "unknown thing")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.path, place)
    noise = np.random.default_rng(0).integers(0, 255, (50, 70), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "grey.png")
    return folder
