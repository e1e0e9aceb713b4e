"""The film: this photo's numbers on their way through a block, then through the whole network to the answer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from effnet_viz.draw.maps import jpeg
from effnet_viz.explain import Capture, Model
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import picture_address
from effnet_viz.ui.widgets.travel_data import LARGEST, film

PHOTO = 224  # pixels, side of the square that the network saw
_FRONTEND = Path(__file__).parent / "frontend"
# Of one script, in this order.
_PARTS = ("travel_drawing", "travel_gates", "travel_block", "travel_network", "travel_video", "travel")
_travel = st.components.v2.component(
    "effnet_viz_travel",
    html=(_FRONTEND / "travel.html").read_text(encoding="utf-8"),
    css=(_FRONTEND / "travel.css").read_text(encoding="utf-8"),
    js="\n".join((_FRONTEND / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS),
)


def show_travel(model: Model, photo: Photo, run: Capture, block_id: str, *, reveal: bool = False) -> None:
    """The film of a run, with a block looked into.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block_id: id of the block.
        reveal: whether the page scrolls to the film when it appears, because it stands further down.

    Raises:
        ValueError: the photo travels through no such block.
    """
    scenes, seen = _film(model.key, photo.digest, block_id, model, photo, run)
    _travel(
        key="travel_film",
        data={
            **scenes,
            "photo": picture_address(seen, "travel_film"),
            "key": f"{model.key} {photo.digest} {block_id}",
            "title": f"“{photo.name}” travels through block {block_id} and through {model.spec.title}",
            "file": f"{model.spec.name}-{block_id}",
            "reveal": reveal,
        },
        height="content",
    )
    note(
        "Every map has its own range, dark is low. A few channels stand for all; bars of channels and boxes show all "
        f"of them. Maps of more than {LARGEST} cells a side are drawn coarser. On the time line, space plays, "
        "arrows move and page keys step."
    )


@kept
def _film(
    model_key: str, photo_digest: str, block_id: str, _model: Model, _photo: Photo, _run: Capture
) -> tuple[dict[str, object], bytes]:
    seen = _model.preprocessing.input_image(_photo).resize((PHOTO, PHOTO))
    return film(_model, _run, block_id), jpeg(seen)
