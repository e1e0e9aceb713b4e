"""The SE page's first screen: the gates that this photo moves most, and what each of them looked at."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.gate_pictures import gate_tiles, gate_wall_picture
from effnet_viz.draw.maps import png
from effnet_viz.explain import Capture, GateWall, Model
from effnet_viz.explain.gate_baseline import GateBaseline, baseline_of
from effnet_viz.explain.gate_wall import gate_wall_of
from effnet_viz.images import Photo
from effnet_viz.sharing.turns import long_work
from effnet_viz.ui.se_attention.compared_photos import offered_photo, offered_photos, small_photo
from effnet_viz.ui.session import drawn_pictures
from effnet_viz.ui.session.byte_cache import CACHE, kept
from effnet_viz.ui.session.gates_seen import gates_of, one_by_one, reduced_of
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import Download, download_row
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.url_pickers import choose

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

SIDE, NARROW = 120, 88  # CSS pixels of a tile, and of one with a portrait, which is as high but narrower
WHOLE, ONE = "network", "block"


def usual_gates(model: Model) -> GateBaseline:
    """What the gates do on the photos that the page offers for this network: run once for each network, and kept."""
    return CACHE.get(("usual gates", model.key), lambda: _run_usual(model))


def usual_is_known(model: Model) -> bool:
    """Whether `usual_gates` answers at once."""
    return CACHE.peek(("usual gates", model.key)) is not None


def _run_usual(model: Model) -> GateBaseline:
    offered = offered_photos(model)
    gates = []
    slot = st.empty()
    bar = slot.progress(0.0, text="What gates usually do: running the network on the photos")
    with long_work() if one_by_one(model) else nullcontext():
        for done, name in enumerate(offered, start=1):
            gates.append(gates_of(model, offered_photo(model, name)).gates)
            bar.progress(done / len(offered), text=f"What gates usually do: {done} of {len(offered)} photos")
    slot.empty()
    return baseline_of(list(offered), gates)


def first_gate(run: Capture, baseline: GateBaseline) -> tuple[str, int]:
    """Block and channel of the gate that this photo moves most.

    Args:
        run: the network's run on the photo.
        baseline: gates of the photos that it is compared with.
    """
    block = max(run.gates, key=lambda id: float(np.abs(run.gates[id] - baseline.usual(id)).max()))
    return block, int(np.abs(run.gates[block] - baseline.usual(block)).argmax())


def wall(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str, heading: DeltaGenerator) -> None:
    """Tiles of the gates that moved most, of all blocks or of the chosen one; a click chooses one.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        baseline: gates of the photos that it is compared with.
        block: id of the chosen block; the wall can be narrowed to it.
        heading: a row for the wall's switch and words; beside other controls, so that the tiles are on the screen.
    """
    with heading:
        _choose_wall(block)
    of = f"{len(baseline.names)} {'drawn pictures' if drawn_pictures.task_of(model) else 'bundled photos'}"
    wall = wall_of(model, photo, run, baseline, block if st.session_state["wall"] == ONE else None)
    sheet = _sheet(model.key, photo.digest, tuple((gate.block, gate.channel) for gate in wall.moved), wall, photo)
    chosen = [(gate.block, gate.channel) for gate in wall.moved]
    first = first_gate(run, baseline)
    here = (block, st.session_state.get("channel", first[1] if block == first[0] else None))
    looked = "" if on_stage() else ", and where they looked"  # there in one line, so that the tiles are on the screen
    heading.container(key="wall_words").markdown(
        f"**The gates that “{as_markdown(photo.name)}” moves most{looked}**: red places open the gate, "
        "blue ones close it.",
        help=f"Block and channel, the gate on this photo, and its mean over {of}. All places together make the whole "
        f"difference to the gate for maps whose means are all 0. {sheet.says} It does not show whether the gate "
        "matters for the answer.",
    )

    def pick(index: int) -> None:
        st.session_state["block"], st.session_state["channel"] = chosen[index]

    pick_tile(
        "gate_wall",
        sheet.png,
        [
            Tile(
                place=place,
                label=f"{gate.block} · {gate.channel}",
                note=f"{gate.gate:.2f}, usually {gate.usual:.2f}",
                title=f"Block {gate.block}, gate {gate.channel}: {gate.gate:.3f} on this photo, usually "
                f"{gate.usual:.3f}",
            )
            for place, gate in zip(sheet.places, wall.moved, strict=True)
        ],
        f"The {len(chosen)} gates that {photo.name} moves most, each over the photo",
        side=NARROW if photo.width < photo.height and not run.view.elongated else SIDE,
        row=True,
        smooth=True,
        on_pick=pick,
        chosen=chosen.index(here) if here in chosen else None,
    )


def _choose_wall(block: str) -> None:
    """Whether the wall shows gates of all blocks or of one."""
    choose(
        st.segmented_control,
        "Gates of",
        {WHOLE: "All blocks", ONE: f"Block {block}"},
        key="wall",
        default=WHOLE,
        required=True,
        width="content",
        label_visibility="collapsed",
    )


def wall_of(model: Model, photo: Photo, run: Capture, baseline: GateBaseline, block: str | None) -> GateWall:
    """The gates that moved most with their evidence, computed once for everybody with this photo.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        baseline: gates of the photos that it is compared with.
        block: id of the only block to look at; None takes all.
    """
    return _wall(model.key, photo.digest, block, model, photo, run, baseline)


@kept
def _wall(
    model_key: str,
    photo_digest: str,
    block: str | None,
    _model: Model,
    _photo: Photo,
    _run: Capture,
    _baseline: GateBaseline,
) -> GateWall:
    return gate_wall_of(
        _model, _run, _baseline, block=block, reduced=lambda block: reduced_of(_model, _photo, _run, block)
    )


@kept
def _sheet(
    model_key: str, photo_digest: str, gates: tuple[tuple[str, int], ...], _wall: GateWall, _photo: Photo
) -> Sheet:
    return gate_tiles(_wall.evidence, [small_photo(_photo)] * len(_wall.evidence))


def downloads(model: Model, photo: Photo, run: Capture, baseline: GateBaseline) -> None:
    """The table of all gates, gates with evidence, and the wall as a picture.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        baseline: gates of the photos that it is compared with.
    """
    wall = wall_of(model, photo, run, baseline, None)
    name = f"{model.spec.name}_gates"
    download_row(
        [
            Download(label="All gates (CSV)", name=f"{name}.csv", mime="text/csv", content=lambda: wall.csv().encode()),
            Download(
                label="Gates with evidence (NPZ)", name=f"{name}.npz", mime="application/octet-stream", content=wall.npz
            ),
            Download(
                label="The wall (PNG)",
                name=f"{name}_wall.png",
                mime="image/png",
                content=lambda: png(gate_wall_picture(wall, photo)),
            ),
        ]
    )
