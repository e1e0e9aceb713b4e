"""One of many photos, opened: its answers, where two classes were found, and what it shows by the visitor's word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st
from numpy import ndarray
from PIL import Image

from effnet_viz.draw.evidence_pictures import evidence_scale
from effnet_viz.draw.maps import Scale, overlay, png
from effnet_viz.draw.numbers import percent
from effnet_viz.images import Photo, View, samples
from effnet_viz.images.view import large_part
from effnet_viz.ui.folder.collections import BUNDLED
from effnet_viz.ui.folder.seen import Seen, say_label
from effnet_viz.ui.folder.sheets import thumbnail
from effnet_viz.ui.navigation import page_path
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.models_and_runs import evidence_of, run_of
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown

LONGEST = 480  # pixels of a picture's longer side
HIGHEST = 360  # CSS pixels: both maps and the answers fit on a laptop
NOTHING = ""


def show_photo(seen: Seen, position: int) -> None:
    """Open a photo over the page; a run that is under way pauses, because its next slice would close it.

    Args:
        seen: the photos.
        position: which of them.
    """
    st.session_state["many_running"] = False
    _opened(seen, position)


@st.dialog("Where the network found its answer", width="large", on_dismiss="rerun")
def _opened(seen: Seen, position: int) -> None:
    try:
        _photo(seen, position)
    except (ValueError, RuntimeError, OSError) as error:
        error_sentence(error)


def _photo(seen: Seen, position: int) -> None:
    answer, label = int(seen.answer[position]), int(seen.label[position])
    top, shares = seen.column("top_index")[position], seen.column("top_probability")[position]
    other = label if seen.wrong[position] else int(top[1]) if len(top) > 1 else None
    st.markdown(_sentence(seen, position, other))
    photo = seen.photo(position)
    if photo is None:
        _map_of_the_row(seen, position)
    else:
        _two_maps(seen, photo, answer, other)
    left, right = st.columns(2, gap="medium")
    with left:
        for index, share in zip(top, shares, strict=True):
            words = as_markdown(seen.class_name(int(index)))
            st.progress(min(1.0, max(0.0, float(share))), text=f"{words} **{percent(share)}**")
    with right:
        _what_it_is(seen, position, label)
        if photo is not None:
            _link(seen, position, photo, answer, other)


def _sentence(seen: Seen, position: int, other: int | None) -> str:
    name, answer = as_markdown(seen.name(position)), as_markdown(seen.class_name(int(seen.answer[position])))
    if seen.wrong[position] and other is not None:
        return f"**{name}** shows **{as_markdown(seen.class_name(other))}**; the network answers **{answer}**."
    right = " That is its label." if seen.label[position] >= 0 else ""
    return f"**{name}**: the network answers **{answer}**.{right}"


def _two_maps(seen: Seen, photo: Photo, answer: int, other: int | None) -> None:
    """What speaks for the answer, beside what speaks for the label or the second answer, on one scale."""
    run = run_of(seen.model, photo)
    classes = [answer] if other is None else [answer, other]
    maps = [evidence_of(seen.model, run, target) for target in classes]
    high = max(float(evidence.values.max()) for evidence in maps)
    scale = Scale(low=0.0, high=high if high > 0 else 1.0)
    part, view = large_part(photo.image, run.view)
    for column, target, evidence in zip(st.columns(2, gap="medium"), classes, maps, strict=False):
        with column:
            name = seen.class_name(target)
            st.markdown(f"Why **{as_markdown(name)}**?")
            show_picture(
                _picture(seen.model.key, photo.digest, target, scale, evidence.values, view, part),
                f"Grad-CAM of {name}",
                width=round(HIGHEST * min(1.5, part.width / part.height)),
            )
            if evidence.values.max() <= 0:
                note("No place speaks for this class.")
    note(f"Grad-CAM of the last convolution. Bright places speak for the class; both on one scale, 0 to {high:.2f}.")


def _map_of_the_row(seen: Seen, position: int) -> None:
    """Where the photo is not here: the map that its row holds, over the small picture that its row holds."""
    small, chosen = thumbnail(seen, position), int(seen.column("chosen")[position])
    values = seen.column("cam")[position].reshape(seen.rows.shapes[seen.rows.head][1:])
    view = seen.model.preprocessing.view(small.width, small.height)
    scale = evidence_scale(values, signed=False)
    show_picture(png(overlay(small, values, view, scale=scale, longest=LONGEST)), "Grad-CAM", width=LONGEST // 2)
    note(
        f"Grad-CAM of {as_markdown(seen.class_name(chosen))}, as its row holds it. The photo itself is not here, so "
        "no other class can be asked about."
    )


@kept
def _picture(
    model_key: str, digest: str, target: int, scale: Scale, _values: ndarray, _view: View, _part: Image.Image
) -> bytes:
    return png(overlay(_part, _values, _view, scale=scale, longest=LONGEST))


def _what_it_is(seen: Seen, position: int, label: int) -> None:
    """The label, which the visitor may set: then right and wrong are counted."""
    path, names = seen.paths[position], seen.model.class_names
    options = [NOTHING, *(str(index) for index in range(len(names)))]

    def say() -> None:
        chosen = st.session_state["many_label"]
        if chosen == NOTHING:
            say_label(path, None)
        else:  # by name, which stays right for another network; a few names of ImageNet occur twice
            name = names[int(chosen)]
            say_label(path, name if names.count(name) == 1 else chosen)

    st.session_state["many_label"] = NOTHING if label < 0 else str(label)
    st.selectbox(
        "What it shows",
        options,
        format_func=lambda index: "not said" if index == NOTHING else f"{names[int(index)]} · {index}",
        key="many_label",
        on_change=say,
        help="Then the page counts what is right and what is wrong.",
    )


def _link(seen: Seen, position: int, photo: Photo, answer: int, other: int | None) -> None:
    """A button that chooses this photo and opens it on the page Class evidence, with the same question."""
    asked = {"target": str(answer)} | ({} if other is None else {"rather_than": str(other)})
    bundled = _bundled(seen, position)

    def take() -> None:
        if bundled is None:
            st.session_state["own_photo"] = replace(photo, name=seen.name(position))
        st.session_state["photo_source"] = "Upload" if bundled is None else "Bundled"

    if st.button("Ask more on Class evidence", icon=":material/search:", key="many_evidence", on_click=take):
        st.switch_page(page_path("evidence"), query_params=asked | (bundled or {}))


def _bundled(seen: Seen, position: int) -> dict[str, str] | None:
    """How the address names a photo that everybody has; None for one's own."""
    if seen.collection.kind != BUNDLED:
        return None
    path = Path(seen.paths[position])
    if drawn_pictures.task_of(seen.model) is not None:
        return {"picture": str(int(path.stem))}
    return {"photo": next(sample.name for sample in samples() if sample.path == path)}
