"""The pictures that belong to the shapes networks: drawn on the spot, so there is always another one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from effnet_viz.images import Photo
from effnet_viz.training.tasks import TASKS, pictures, task_named
from effnet_viz.ui.session.byte_cache import kept

if TYPE_CHECKING:
    from effnet_viz.explain import Model

VARIANTS = ("shapes", "shapes_no_se")
DEFAULT_TASK = "shapes"
SEED = 2_000_000_000  # no training and no test draws from here
FIRST_SEED, LAST_SEED = 0, 999_999_999
SHEET = 12  # pictures offered at once


def task_of(model: Model) -> str | None:
    """The task whose pictures a network answers about; None for networks of photos."""
    if model.spec.family != "shapes" and not model.provenance.limits:
        return None
    return next((task.name for task in TASKS.values() if task.class_names == model.class_names), DEFAULT_TASK)


@kept
def picture(number: int, task: str = DEFAULT_TASK) -> Photo:
    """One generated picture; its name is its true class.

    Args:
        number: which picture, from 0.
        task: name of the task that it is drawn for.
    """
    drawn = pictures(task, SEED, number, 1)
    return photo_of(drawn.pixels[0], task_named(task).class_names[int(drawn.labels[0])])


def true_place(number: int, task: str) -> np.ndarray:
    """Where on that picture the shape lies that the class is about: truth values, `(H, W)` in its pixels.

    Args:
        number: which picture, from 0.
        task: name of the task that it is drawn for.
    """
    return pictures(task, SEED, number, 1).masks[0] > 0


def photo_of(pixels: np.ndarray, name: str) -> Photo:
    """A drawn picture, `(3, H, W)` bytes, as a photo.

    Args:
        pixels: `(3, H, W)`, bytes from 0 to 255.
        name: of the photo.
    """
    return Photo(
        image=Image.fromarray(pixels.transpose(1, 2, 0)), name=name, digest=hashlib.sha256(pixels.tobytes()).hexdigest()
    )
