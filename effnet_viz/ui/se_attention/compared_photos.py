"""Which network the SE page shows, and the photos that it compares."""

from __future__ import annotations

import math

import streamlit as st
from numpy import ndarray

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.explain import Model
from effnet_viz.images import Photo, samples
from effnet_viz.training.tasks import pictures, task_named
from effnet_viz.ui.session import chosen, drawn_pictures, models_and_runs
from effnet_viz.ui.session.byte_cache import kept

WITH_SE = ("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7")
PER_CLASS = 12
BATCH = 128


def nearest_with_se(chosen: ModelSpec) -> str:
    """The variant of the paper whose size is nearest to a network's."""
    size = math.log(plan(chosen).params)
    return min(WITH_SE, key=lambda name: abs(math.log(plan(name).params) - size))


def choose_variant(name: str) -> None:
    """Make a variant the chosen one, with its best weights; called by a button, before the page is drawn."""
    st.session_state["variant"] = name
    st.session_state["weights"] = chosen.default_weights(name)


def offered_photos(model: Model) -> dict[str, str]:
    """Photos to compare: short names, as in the address, to titles."""
    task = drawn_pictures.task_of(model)
    if task is not None:
        return {
            str(number): f"{number}: {drawn_pictures.picture(number, task).name}"
            for number in range(drawn_pictures.SHEET)
        }
    return {sample.name: sample.title for sample in samples()}


def offered_photo(model: Model, name: str) -> Photo:
    """A photo by its short name."""
    task = drawn_pictures.task_of(model)
    return chosen.sample_photo(name) if task is None else drawn_pictures.picture(int(name), task)


def gates_of(model: Model, photo: Photo) -> dict[str, ndarray]:
    """The gates of a photo, from the run that all pages share."""
    return dict(models_and_runs.run_of(model, photo).gates)


@kept(spinner="Drawing pictures of every class")
def pictures_by_class(task: str) -> dict[str, tuple[Photo, ...]]:
    """Generated pictures, `PER_CLASS` of each class; drawn after those that the sidebar offers."""
    names = task_named(task).class_names
    found: dict[str, list[Photo]] = {name: [] for name in names}
    index = drawn_pictures.SHEET * 1000
    while min(map(len, found.values())) < PER_CLASS:
        drawn = pictures(task, drawn_pictures.SEED, index, BATCH)
        for pixels, label in zip(drawn.pixels, drawn.labels, strict=True):
            photos = found[names[int(label)]]
            if len(photos) < PER_CLASS:
                photos.append(drawn_pictures.photo_of(pixels, f"{names[int(label)]} {len(photos) + 1}"))
        index += 1
    return {name: tuple(photos) for name, photos in found.items()}
