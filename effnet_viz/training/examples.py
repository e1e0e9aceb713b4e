"""Single generated pictures as photos, for the pages that explain a network on one photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from effnet_viz.images import Photo, Preprocessing, open_photo
from effnet_viz.training.drawing import Array
from effnet_viz.training.pictures import pictures, task_named
from effnet_viz.training.scenes import SIZE

PREPROCESSING = Preprocessing(resize=SIZE, crop=SIZE, interpolation="bilinear", mean=(0.5, 0.5, 0.5),
                              std=(0.5, 0.5, 0.5))
"""What networks trained here expect: a generated picture goes in pixel for pixel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """A generated picture and the truth about it.

    Attributes:
        photo: the picture, 64 x 64.
        label: number of its class.
        class_name: name of its class.
        mask: the pixels of the shape that the class is about, ``(64, 64)`` bool.
    """

    photo: Photo
    label: int
    class_name: str
    mask: Array


def example(task: str, seed: int) -> Example:
    """The generated picture of a seed; another seed, another picture.

    Args:
        task: a task's name.
        seed: 0 or more.

    Raises:
        ValueError: no such task, or the seed is negative.
    """
    drawn = pictures(task, seed, 0, 1)
    label = int(drawn.labels[0])
    name = task_named(task).class_names[label]
    image = Image.fromarray(np.ascontiguousarray(drawn.pixels[0].transpose(1, 2, 0)))
    return Example(photo=open_photo(image, name=f"{name} (seed {seed})"), label=label, class_name=name,
                   mask=drawn.masks[0])
