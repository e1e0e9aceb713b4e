"""Pictures with known answers: each comes with its class and with the mask of the shape that the class is about.

Pictures are a function of task, seed and index alone, so they can be drawn in any order, again after an interruption,
or on another machine. Nothing is read from disk, and no picture is ever seen twice in a training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from effnet_viz.training.shape_formulas import SHAPES, TEXTURES
from effnet_viz.training.task_pictures import LabelledPictures, draw_majority, draw_shapes

HELD_OUT_SEED = 1_000_000_000
"""No training may take this seed: its pictures are for testing only."""

HELD_OUT_PICTURES = 2048
"""Pictures in the fixed held-out set."""

_BATCH = 128  # of the held-out set


@dataclass(frozen=True, kw_only=True)
class Task:
    """A question about a picture.

    Attributes:
        name: identifier.
        question: what the network is to tell, in words.
        class_names: one for every answer.
        draw: makes a number of pictures with a source of chance.
    """

    name: str
    question: str
    class_names: tuple[str, ...]
    draw: Callable[[Generator, int], LabelledPictures]


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="shapes",
            question="Which shape, with which texture?",
            class_names=tuple(f"{shape}, {texture}" for shape in SHAPES for texture in TEXTURES),
            draw=draw_shapes,
        ),
        Task(
            name="majority",
            question="Most dots have one colour: which shape has it too?",
            class_names=tuple(SHAPES),
            draw=draw_majority,
        ),
    )
}


def task_named(name: str) -> Task:
    """The task of that name.

    Raises:
        ValueError: there is no such task.
    """
    if name not in TASKS:
        raise ValueError(f"task is {name!r}; the tasks are {', '.join(TASKS)}.")
    return TASKS[name]


def pictures(task: str, seed: int, index: int, count: int) -> LabelledPictures:
    """Batch number ``index`` of the pictures of a seed.

    Args:
        task: a task's name.
        seed: 0 or more; ``HELD_OUT_SEED`` is the test's.
        index: number of the batch, from 0.
        count: pictures in the batch.

    Raises:
        ValueError: no such task, or a number is negative.
    """
    for name, value in (("seed", seed), ("index", index), ("count", count)):
        if value < 0:
            raise ValueError(f"{name} is {value}; it cannot be negative.")
    return task_named(task).draw(np.random.default_rng([seed, index]), count)


def held_out(task: str, count: int = HELD_OUT_PICTURES) -> Iterator[LabelledPictures]:
    """The first pictures of the fixed held-out set, in batches; the same on every machine and for every network.

    Args:
        task: a task's name.
        count: how many.
    """
    for index, start in enumerate(range(0, count, _BATCH)):
        batch = pictures(task, HELD_OUT_SEED, index, _BATCH)
        kept = min(_BATCH, count - start)
        yield LabelledPictures(pixels=batch.pixels[:kept], labels=batch.labels[:kept], masks=batch.masks[:kept])
