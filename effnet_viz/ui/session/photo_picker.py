"""The picker of a photo: bundled, drawn, uploaded, or from the camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from effnet_viz.draw.feature_pictures import Place
from effnet_viz.draw.maps import jpeg
from effnet_viz.images import Photo, samples
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.address import to_address
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import error_sentence
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.url_pickers import put_choice, put_number, take_choice, take_number

TILE = 96  # pixels of a thumbnail


def photo_picker() -> None:
    """Draw the picker: where the photo comes from, and which it is."""
    st.header("Photo", anchor=False)
    st.segmented_control(
        "Photo from",
        ["Bundled", "Upload", "Camera"],
        default="Bundled",
        key="photo_source",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        width="stretch",
    )
    source = st.session_state["photo_source"]
    if source == "Bundled":
        task = chosen.chosen_task()
        _bundled_photos() if task is None else _generated_pictures(task)
        return
    if source == "Upload":
        given = st.file_uploader(
            "A photo from your computer",
            key="photo_upload",
            type=["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "mpo"],
        )
    else:
        given = st.camera_input("A photo from the camera", key="photo_camera")
    if given is not None and given.file_id != st.session_state.get("photo_given"):
        st.session_state["photo_given"] = given.file_id
        st.session_state["photo_problem"] = chosen.keep_photo(given.getvalue(), given.name)
        if st.session_state["photo_problem"]:
            forget_upload("photo_upload" if source == "Upload" else "photo_camera", given)
    if st.session_state.get("photo_problem"):
        error_sentence(st.session_state["photo_problem"])
    to_address("photo", chosen.OWN_PHOTO if "own_photo" in st.session_state else None)
    if "own_photo" in st.session_state:
        own = st.session_state["own_photo"]
        show_picture(_own(own.digest, own), alt=chosen.photo_alt(), width=TILE)
    st.caption("Photos stay in this session: they are not stored, and nobody else sees them.")


def _bundled_photos() -> None:
    offered = samples()
    names = [sample.name for sample in offered]
    name = take_choice(
        {sample.name: sample.title for sample in offered},
        key="photo",
        default=names[0],
        elsewhere={chosen.OWN_PHOTO: "only the visitor who took or uploaded it has"},
    )

    def pick(index: int) -> None:
        st.session_state["photo"] = offered[index].name

    pick_tile(
        "photo_tiles",
        bundled_sheet(),
        [_tile(index, sample.alt) for index, sample in enumerate(offered)],
        "Bundled photos",
        chosen=names.index(name),
        side=56,
        smooth=True,
        on_pick=pick,
    )
    sample = offered[names.index(name)]
    st.caption(f"{sample.title} · {sample.author} · {sample.licence}")
    put_choice(key="photo", default=names[0])


def _generated_pictures(task: str) -> None:
    first = st.session_state.get("picture_first", 0)
    chosen = take_number(0, drawn_pictures.LAST_SEED, key="picture", default=drawn_pictures.FIRST_SEED)

    def pick(index: int) -> None:
        st.session_state["picture"] = first + index

    tiles = [_tile(index, drawn_pictures.picture(first + index, task).name) for index in range(drawn_pictures.SHEET)]
    pick_tile(
        "picture_tiles",
        _generated_sheet(first, task),
        tiles,
        "Generated pictures",
        chosen=chosen - first if first <= chosen < first + drawn_pictures.SHEET else None,
        side=56,
        on_pick=pick,
    )
    if st.button("Other pictures", icon=":material/casino:", width="stretch"):
        st.session_state["picture_first"] = first + drawn_pictures.SHEET
        st.session_state["picture"] = first + drawn_pictures.SHEET
        st.rerun()
    st.caption(f"Drawn by this project: {drawn_pictures.picture(chosen, task).name}")
    put_number(key="picture", default=drawn_pictures.FIRST_SEED)


def _tile(index: int, title: str) -> Tile:
    return Tile(place=Place(x=index * TILE, y=0, width=TILE, height=TILE), title=title)


@kept
def _own(photo_digest: str, _photo: Photo) -> bytes:
    return jpeg(_thumbnail(_photo.image, 2 * TILE))


@kept
def bundled_sheet() -> bytes:
    """Thumbnails of the bundled photos side by side."""
    return _sheet([_small(sample.path) for sample in samples()])


@kept
def _generated_sheet(first: int, task: str) -> bytes:
    return _sheet([drawn_pictures.picture(first + index, task).image for index in range(drawn_pictures.SHEET)])


def _sheet(pictures: list[Image.Image]) -> bytes:
    """Thumbnails side by side as a JPEG."""
    sheet = Image.new("RGB", (TILE * len(pictures), TILE))
    for index, picture in enumerate(pictures):
        sheet.paste(_thumbnail(picture, TILE), (index * TILE, 0))
    return jpeg(sheet)


def _small(path: Path) -> Image.Image:
    """A bundled photo, decoded no larger than a thumbnail needs where its format (JPEG) allows it.

    Black where its file is missing or damaged; whoever chooses it reads why.
    """
    try:
        image = Image.open(path)
        image.draft("RGB", (2 * TILE, 2 * TILE))
        return image.convert("RGB")
    except OSError:
        return Image.new("RGB", (TILE, TILE))


def _thumbnail(image: Image.Image, side: int) -> Image.Image:
    """The middle square of a picture."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge)).resize((side, side), Image.Resampling.LANCZOS)


def forget_upload(key: str, upload: UploadedFile) -> None:
    """Let go of a file that was refused or has been taken in; Streamlit would keep it as long as the session lives.

    Args:
        key: of the uploader. What it gives is a copy; the session's own file is emptied as well.
        upload: the file.
    """
    if (run := get_script_run_ctx()) is not None:
        uploads: Any = run.uploaded_file_mgr
        uploads.remove_file(run.session_id, upload.file_id)
    held = st.session_state.get(key)
    for file in (upload, *(held if isinstance(held, list) else [held])):
        if file == upload:
            file.truncate(0)
