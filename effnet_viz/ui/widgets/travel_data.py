"""What the browser needs for the film: scenes with their words, maps as bytes, and the numbers that are drawn."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from effnet_viz.draw.colour_maps import palette
from effnet_viz.draw.maps import scale_of
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.palette import KIND_COLOURS
from effnet_viz.draw.travel_words import FilmScene, block_scenes, network_scenes, stage_name
from effnet_viz.explain import Capture, Model, predictions_of
from effnet_viz.explain.block_travel import BlockTravel, Moment, block_travel
from effnet_viz.explain.network_travel import FOLLOWED, StageTravel, network_travel
from effnet_viz.lessons.decision import decide

LARGEST = 56  # cells, of a side of a drawn map; larger ones are shown by the means of their squares
ROWS = 56  # of a box that is seen from the side
CHANNELS = 480  # of a box, or of a bar; more are shown by the strongest of neighbours
CLASSES = 5


def film(model: Model, run: Capture, block_id: str) -> dict[str, object]:
    """The film of one run: through a block, then through the network.

    Args:
        model: the network.
        run: its run on the photo.
        block_id: id of the block.

    Raises:
        ValueError: the photo travels through no such block.
    """
    travel, stages = block_travel(model, run, block_id), network_travel(model, run)
    best = predictions_of(model, run, CLASSES)
    decision = decide(model, run, best[0].index)
    speak = decision.largest(FOLLOWED)
    return {
        "block": _block(travel),
        "network": {
            "side": run.input.shape[-1],
            "colours": run.input.shape[0],
            "stage": next(index for index, one in enumerate(stages) if one.stage == block_id.partition(".")[0]),
            "stages": [_stage(stages, one) for one in stages],
            "classes": [
                {"label": one.label, "share": float(f"{one.probability:.4g}"), "said": percent(one.probability)}
                for one in best
            ],
            "speak": {
                **_packed(run.output(stages[-1].block)[speak]),
                "channels": speak,
                "values": _rounded(decision.contributions[speak]),
            },
        },
        "scenes": [
            *_scenes(f"Inside block {block_id}", block_scenes(travel, model.spec.activation)),
            *_scenes("The whole network", network_scenes(block_id, stages, best[0], decision)),
        ],
        "colours": palette("viridis"),
    }


def _scenes(chapter: str, scenes: Sequence[FilmScene]) -> list[dict[str, object]]:
    return [
        {
            "chapter": chapter,
            "id": scene.id,
            "title": scene.title,
            "words": scene.words,
            "colour": scene.colour,
            "seconds": scene.seconds,
        }
        for scene in scenes
    ]


def _block(travel: BlockTravel) -> dict[str, object]:
    window = travel.window
    filtered = next(moment for moment in travel.moments if moment.step in ("depthwise", "fused"))
    followed = list(filtered.channels)
    return {
        "order": [moment.step for moment in travel.moments],
        "moments": {moment.step: _moment(moment) for moment in travel.moments},
        "descriptor": [] if travel.descriptor is None else _rounded(travel.descriptor[followed]),
        "gates": [] if travel.gates is None else _rounded(travel.gates[followed]),
        "all_gates": [] if travel.gates is None else _rounded(np.sort(travel.gates)[::-1]),
        "patch": {"top": travel.patch.top, "left": travel.patch.left, "side": travel.patch.side},
        "residual": travel.residual,
        "window": window
        and {
            "row": window.row,
            "column": window.column,
            "stride": window.stride,
            "before": window.before,
            "kernel": [_rounded(row) for row in window.kernel],
            "read": [_rounded(row) for row in window.window],
            "value": float(f"{window.value:.4g}"),
        },
    }


def _moment(moment: Moment) -> dict[str, object]:
    return {
        **_packed(moment.maps),
        "channels": list(moment.channels),
        "shape": list(moment.shape),
        "weights": None if moment.weights is None else [_rounded(row) for row in moment.weights],
        "strengths": _text(_steps(_grouped(moment.strengths[:, None]))),
    }


def _stage(stages: Sequence[StageTravel], one: StageTravel) -> dict[str, object]:
    view = _grouped(one.side_view)
    factor = -(-view.shape[1] // ROWS)
    view = np.stack([view[:, start : start + factor].mean(axis=1) for start in range(0, view.shape[1], factor)])
    return {
        **_packed(one.maps),
        "name": stage_name(stages, one.stage),
        "blocks": one.blocks,
        "colour": KIND_COLOURS[one.kind],
        "shape": list(one.shape),
        "channels": list(one.channels),
        "values": _rounded(one.strengths[list(one.channels)]),
        "view": {"rows": view.shape[0], "columns": view.shape[1], "bytes": _text(_steps(view))},
    }


def _grouped(values: np.ndarray) -> np.ndarray:
    """Values of at most `CHANNELS` channels, `(C, N)`: of neighbours that become one, the strongest."""
    size = -(-len(values) // CHANNELS)
    return np.stack([values[start : start + size].max(axis=0) for start in range(0, len(values), size)])


def _packed(maps: np.ndarray) -> dict[str, object]:
    """Maps `(K, H, W)` in 256 steps of each one's own range, one byte a cell."""
    coarse = np.stack([_coarse(values) for values in maps])
    steps = np.stack([_steps(values) for values in coarse])
    return {"rows": coarse.shape[1], "columns": coarse.shape[2], "bytes": _text(steps)}


def _coarse(values: np.ndarray) -> np.ndarray:
    """A map of at most `LARGEST` cells a side, each the mean of a square of cells."""
    factor = -(-max(values.shape) // LARGEST)
    rows, columns = (-(-side // factor) for side in values.shape)
    padded = np.pad(
        values, ((0, rows * factor - values.shape[0]), (0, columns * factor - values.shape[1])), mode="edge"
    )
    return padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3))


def _steps(values: np.ndarray) -> np.ndarray:
    scale = scale_of(values)
    return np.rint(255 * (values - scale.low) / max(scale.high - scale.low, 1e-12)).clip(0, 255).astype(np.uint8)


def _text(steps: np.ndarray) -> str:
    return base64.b64encode(steps.tobytes()).decode("ascii")


def _rounded(values: np.ndarray) -> list[float]:
    """Four figures of each, more than is shown."""
    return [float(f"{value:.4g}") for value in values]
