"""Which network the SE page shows, and the photos that it compares."""

from __future__ import annotations

import math

import streamlit as st
from numpy import ndarray

from effnet_viz.architecture import ModelSpec, plan, spec
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo, open_sample, samples
from effnet_viz.training.pictures import pictures, task_named
from effnet_viz.ui import cached, generated, state

EXAMPLE = "shapes"  # small, with SE, and trained by this project
EXAMPLE_PICTURE = 0
WITH_SE = ("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7")
PER_CLASS = 12
BATCH = 128
CHOSEN = "chosen"


def nearest_with_se(chosen: ModelSpec) -> str:
    """The variant of the paper whose size is nearest to a network's."""
    size = math.log(plan(chosen).params)
    return min(WITH_SE, key=lambda name: abs(math.log(plan(name).params) - size))


def choose_variant(name: str) -> None:
    """Make a variant the chosen one, with its best weights; called by a button, before the page is drawn."""
    st.session_state["variant"] = name
    st.session_state["weights"] = state.default_weights(name)


def example_run() -> tuple[Model, Photo, Capture]:
    """This project's own small network on one of its pictures: shown in place of a network without SE."""
    name = state.default_weights(EXAMPLE)
    chosen = state.sets_of(EXAMPLE).get(name)
    model = cached.model_of(
        spec(EXAMPLE) if chosen is None else chosen.spec, name, st.session_state.get("device", "auto")
    )
    photo = generated.picture(EXAMPLE_PICTURE)
    return model, photo, cached.run_of(model, photo)


def offered_photos(model: Model) -> dict[str, str]:
    """Photos to compare: short names, as in the address, to titles."""
    task = generated.task_of(model)
    if task is not None:
        return {str(number): f"{number}: {generated.picture(number, task).name}" for number in range(generated.SHEET)}
    return {sample.name: sample.title for sample in samples()}


def offered_photo(model: Model, name: str) -> Photo:
    """A photo by its short name."""
    task = generated.task_of(model)
    return _sample(name) if task is None else generated.picture(int(name), task)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _sample(name: str) -> Photo:
    return open_sample(name)


def gates_of(model: Model, photo: Photo) -> dict[str, ndarray]:
    """The gates of a photo, from the run that all pages share."""
    return dict(cached.run_of(model, photo).gates)


@st.cache_resource(max_entries=2, show_spinner="Drawing pictures of every class")
def pictures_by_class(task: str) -> dict[str, tuple[Photo, ...]]:
    """Generated pictures, `PER_CLASS` of each class; drawn after those that the sidebar offers."""
    names = task_named(task).class_names
    found: dict[str, list[Photo]] = {name: [] for name in names}
    index = generated.SHEET * 1000
    while min(map(len, found.values())) < PER_CLASS:
        drawn = pictures(task, generated.SEED, index, BATCH)
        for pixels, label in zip(drawn.pixels, drawn.labels, strict=True):
            photos = found[names[int(label)]]
            if len(photos) < PER_CLASS:
                photos.append(generated.photo_of(pixels, f"{names[int(label)]} {len(photos) + 1}"))
        index += 1
    return {name: tuple(photos) for name, photos in found.items()}
