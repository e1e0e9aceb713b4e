"""Which network the SE page shows, and the photos that it compares."""

from __future__ import annotations

import math

import streamlit as st

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.draw.gate_pictures import tile_photo
from effnet_viz.explain import Model
from effnet_viz.images import Photo, PhotoError, open_photo, samples
from effnet_viz.training.tasks import pictures, task_named
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.page_parts import error_sentence

WITH_SE = ("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7")
PER_CLASS = 12
BATCH = 128
OWN_PHOTOS, GIVEN, PROBLEMS = "compared_photos", "compared_given", "compared_problems"  # keys of this session
UPLOADER = "compared_upload"
MOST_OWN = 100
SIDE = 1024  # pixels that are kept of the longer side of each: nearly no network sees more, and 100 take 0.3 GB at most
OWN = "own-"  # how short names of the visitor's own photos begin


def nearest_with_se(chosen: ModelSpec) -> str:
    """The variant of the paper whose size is nearest to a network's."""
    size = math.log(plan(chosen).params)
    return min(WITH_SE, key=lambda name: abs(math.log(plan(name).params) - size))


def choose_variant(name: str) -> None:
    """Make a variant the chosen one, with its best weights; called by a button, before the page is drawn."""
    st.session_state["variant"] = name
    st.session_state["weights"] = chosen.default_weights(name)


def all_photos(model: Model) -> dict[str, str]:
    """The visitor's own photos and those that are offered to everybody: short names to titles."""
    own: dict[str, str] = {}
    for photo in own_photos():
        title, number = f"{photo.name} (yours)", 1
        while title in own.values():  # cameras give the same names again and again
            number += 1
            title = f"{photo.name} (yours, {number})"
        own[_short_name(photo)] = title
    return own | offered_photos(model)


def photo_named(model: Model, name: str) -> Photo:
    """A photo by its short name, also one of the visitor's own.

    Args:
        model: the network.
        name: its short name, as in the address.
    """
    mine = {_short_name(photo): photo for photo in own_photos()}
    return mine[name] if name in mine else offered_photo(model, name)


def _short_name(own: Photo) -> str:
    return f"{OWN}{own.digest[:12]}"


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
    """A photo by its short name.

    Args:
        model: the network.
        name: its short name, as in the address.
    """
    task = drawn_pictures.task_of(model)
    return chosen.sample_photo(name) if task is None else drawn_pictures.picture(int(name), task)


def photos_of(model: Model) -> dict[str, Photo]:
    """All photos that are offered for comparison, by their short names."""
    return {name: offered_photo(model, name) for name in offered_photos(model)}


def own_photos() -> list[Photo]:
    """Photos that this visitor uploaded for comparison; nobody else sees them."""
    return st.session_state.get(OWN_PHOTOS, [])


def upload_photos() -> None:
    """Take any number of photos at once; what cannot be read is named, and the others are kept.

    They stay when the uploader goes, with the tab that it stands in.
    """
    given = st.file_uploader(
        "Your photos, several at once",
        key=UPLOADER,
        accept_multiple_files=True,
        type=["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "mpo"],
        on_change=_take_photos,
    )
    if not given:  # an uploader that is new, and knows nothing of the photos that came by an earlier one
        st.session_state[GIVEN] = {}
    for problem in st.session_state.get(PROBLEMS, []):
        error_sentence(problem)
    listed = set(st.session_state[GIVEN].values())  # these can be removed in the uploader
    earlier = [photo for photo in own_photos() if photo.digest not in listed]
    if earlier:
        st.button(
            f"Forget {len(earlier)} earlier photo{'s' if len(earlier) > 1 else ''}",
            key="forget_photos",
            icon=":material/delete:",
            on_click=_forget_photos,
            args=({photo.digest for photo in earlier},),
        )


def _forget_photos(digests: set[str]) -> None:
    st.session_state[OWN_PHOTOS] = [photo for photo in own_photos() if photo.digest not in digests]


def _take_photos() -> None:
    """Add what came to the visitor's photos, and take away what was removed from the uploader."""
    given = {file.file_id: file for file in st.session_state[UPLOADER]}
    before = st.session_state.get(GIVEN, {})
    gone = {digest for id, digest in before.items() if id not in given}
    photos = {photo.digest: photo for photo in own_photos() if photo.digest not in gone}
    digests, problems = {}, []
    for id, file in given.items():
        try:
            photo = _reduced(open_photo(file.getvalue(), name=file.name))
        except PhotoError as error:
            problems.append(str(error))
            continue
        digests[id] = photo.digest
        photos[photo.digest] = photo
    if len(photos) > MOST_OWN:
        problems.append(f"{len(photos)} photos are more than this page compares: the first {MOST_OWN} are kept.")
    st.session_state[OWN_PHOTOS], st.session_state[GIVEN] = list(photos.values())[:MOST_OWN], digests
    st.session_state[PROBLEMS] = problems
    mine = [_short_name(photo) for photo in own_photos()]
    if len(mine) > 1:  # whoever brings photos wants to see them beside each other
        st.session_state["photos"] = mine


def _reduced(photo: Photo) -> Photo:
    if max(photo.image.size) <= SIDE:
        return photo
    image = photo.image.copy()
    image.thumbnail((SIDE, SIDE))
    return open_photo(image, name=photo.name)


def small_photo(photo: Photo) -> Photo:
    """A photo as small as a tile, made once for all gates that are drawn on it.

    Args:
        photo: the photo.
    """
    return _small_photo(photo.digest, photo)


@kept
def _small_photo(digest: str, _photo: Photo) -> Photo:
    return tile_photo(_photo)


@kept(spinner="Drawing pictures of every class")
def pictures_by_class(task: str) -> dict[str, tuple[Photo, ...]]:
    """Generated pictures, `PER_CLASS` of each class; drawn after those that the sidebar offers."""
    names = task_named(task).class_names
    by_class: dict[str, list[Photo]] = {name: [] for name in names}
    index = drawn_pictures.SHEET * 1000
    while min(map(len, by_class.values())) < PER_CLASS:
        drawn = pictures(task, drawn_pictures.SEED, index, BATCH)
        for pixels, label in zip(drawn.pixels, drawn.labels, strict=True):
            photos = by_class[names[int(label)]]
            if len(photos) < PER_CLASS:
                photos.append(drawn_pictures.photo_of(pixels, f"{names[int(label)]} {len(photos) + 1}"))
        index += 1
    return {name: tuple(photos) for name, photos in by_class.items()}
