"""The film of a block: this photo's numbers on their way from its input to its output."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import streamlit as st

from effnet_viz.draw.colour_maps import palette
from effnet_viz.draw.maps import scale_of
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.draw.travel_words import TITLES, scenes
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.block_travel import BlockTravel, Moment, block_travel
from effnet_viz.images import Photo
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.page_parts import error_sentence, note, untrained_notice

LARGEST = 28  # cells, of a side of a drawn map; larger ones are shown by the means of their squares
PHOTO = 160  # pixels, side of the square that the network saw
COLOURS = {
    "expand": "pointwise",
    "project": "pointwise",
    "depthwise": "depthwise",
    "fused": "fused_mbconv",
    "squeeze": "se",
    "gates": "se",
    "se": "se",
}
_FRONTEND = Path(__file__).parent / "frontend"
_travel = st.components.v2.component(
    "effnet_viz_travel",
    **{kind: (_FRONTEND / f"travel.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")},
)


def show_travel(block_id: str) -> None:
    """The film of a block of the chosen network on the chosen photo.

    Args:
        block_id: id of the block.
    """
    try:
        model, photo, run = chosen.chosen_run()
        data = _film(model.key, photo.digest, block_id, model, photo, run)
    except (ValueError, RuntimeError) as error:
        error_sentence(error)
        return
    untrained_notice(model.provenance, "The film shows how the block calculates, and nothing that was learned.")
    _travel(
        key="travel_film", data={**data, "title": f"“{photo.name}” travels through block {block_id}"}, height="content"
    )
    note(
        "Every map has its own range, dark is low. A few channels stand for all; the strip under the gates shows all "
        f"of them, sorted. Maps of more than {LARGEST} cells a side are drawn coarser."
    )


@kept
def _film(
    model_key: str, photo_digest: str, block_id: str, _model: Model, _photo: Photo, _run: Capture
) -> dict[str, object]:
    seen = _model.preprocessing.input_image(_photo).resize((PHOTO, PHOTO))
    buffer = io.BytesIO()
    seen.convert("RGB").save(buffer, format="JPEG", quality=85)
    picture = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    return {**film(block_travel(_model, _run, block_id), _model.spec.activation), "photo": picture}


def film(travel: BlockTravel, activation: str) -> dict[str, object]:
    """What the browser needs: scenes with their words, maps as bytes, and the numbers that bars stand for.

    Args:
        travel: the way through the block.
        activation: of the network.
    """
    window = travel.window
    return {
        "scenes": [
            {"id": id, "title": TITLES[id], "words": words, "colour": KIND_COLOURS.get(COLOURS.get(id, ""), "")}
            for id, words in scenes(travel, activation)
        ],
        "moments": {moment.step: _packed(moment) for moment in travel.moments},
        "order": [moment.step for moment in travel.moments],
        "descriptor": _numbers(travel.descriptor, _filtered(travel).channels),
        "gates": _numbers(travel.gates, _filtered(travel).channels),
        "all_gates": [] if travel.gates is None else [round(float(gate), 3) for gate in np.sort(travel.gates)[::-1]],
        "window": window
        and {
            "index": 0,
            "row": window.row,
            "column": window.column,
            "stride": window.stride,
            "before": window.before,
            "kernel": [[round(float(weight), 3) for weight in row] for row in window.kernel],
        },
        "colours": palette("viridis"),
    }


def _filtered(travel: BlockTravel) -> Moment:
    return next(moment for moment in travel.moments if moment.step in ("depthwise", "fused"))


def _numbers(values: np.ndarray | None, channels: tuple[int, ...]) -> list[float]:
    return [] if values is None else [round(float(values[channel]), 4) for channel in channels]


def _packed(moment: Moment) -> dict[str, object]:
    """The maps in 256 steps of each one's own range, one byte a cell."""
    maps = np.stack([_coarse(values) for values in moment.maps])
    ranges = [scale_of(values) for values in maps]
    steps = [
        np.rint(255 * (values - scale.low) / max(scale.high - scale.low, 1e-12)).clip(0, 255).astype(np.uint8)
        for values, scale in zip(maps, ranges, strict=True)
    ]
    return {
        "channels": list(moment.channels),
        "shape": list(moment.shape),
        "rows": maps.shape[1],
        "columns": maps.shape[2],
        "bytes": base64.b64encode(np.stack(steps).tobytes()).decode("ascii"),
    }


def _coarse(values: np.ndarray) -> np.ndarray:
    """A map of at most `LARGEST` cells a side, each the mean of a square of cells."""
    factor = -(-max(values.shape) // LARGEST)
    rows, columns = (-(-side // factor) for side in values.shape)
    padded = np.pad(
        values, ((0, rows * factor - values.shape[0]), (0, columns * factor - values.shape[1])), mode="edge"
    )
    return padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
