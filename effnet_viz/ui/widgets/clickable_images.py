"""Pictures that answer to the mouse and the keyboard: pick a place, drag boxes, pick one of many tiles.

Streamlit's own pictures know no clicks. Each of these is drawn in the page itself (no frame) in the colours of the
theme, and can be used with the keyboard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from effnet_viz.draw.feature_pictures import Place
from effnet_viz.ui.widgets.pictures import picture_address

_PARTS = Path(__file__).parent / "frontend"


def register(name: str) -> Callable:
    """A part of the page of our own, from its three files in `frontend/`."""
    html, css, js = ((_PARTS / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(f"effnet_viz_{name}", html=html, css=css, js=js)


_picture = register("picture")
_tiles = register("tiles")


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle on a picture; edges are shares of the picture's width and height, 0 to 1.

    Attributes:
        left: left edge.
        top: top edge.
        right: right edge.
        bottom: bottom edge.
        dashed: whether the frame is dashed.
    """

    left: float
    top: float
    right: float
    bottom: float
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One picture among many.

    Attributes:
        place: where it lies on their common sheet.
        label: name under the picture.
        note: a second line under the picture.
        title: longer text, shown on hover and read aloud.
        colour: CSS colour of a thin band under the picture; none by default.
    """

    place: Place
    label: str = ""
    note: str = ""
    title: str = ""
    colour: str = ""


def click_image(
    key: str,
    png: bytes,
    alt: str,
    *,
    boxes: Sequence[Box] = (),
    point: tuple[float, float] | None = None,
    crisp: bool = False,
    hint: str = "",
    on_click: Callable[[], None] | None = None,
) -> tuple[float, float] | None:
    """A picture on which a place can be picked.

    Args:
        key: the widget's key.
        png: the picture, encoded as PNG or JPEG.
        alt: what is to be seen.
        boxes: frames drawn on the picture.
        point: the place that is marked; the one picked last by default.
        crisp: whether pixels are enlarged as squares.
        hint: a sentence under the picture, in place of the usual one.
        on_click: called after a pick, before the script runs again; `picked_place(key)` is the new place.

    Returns:
        The place that is marked, `(x, y)` as shares of width and height, or None where there is none.
    """
    place = point or picked_place(key)
    _picture(
        key=key,
        on_point_change=on_click or _nothing,
        data={
            "mode": "point",
            "picture": picture_address(png, key),
            "alt": alt,
            "crisp": crisp,
            "hint": hint,
            "boxes": [asdict(box) for box in boxes],
            "point": place and {"x": place[0], "y": place[1]},
        },
    )
    return place


def picked_place(key: str) -> tuple[float, float] | None:
    """The place picked last on the picture with this key, `(x, y)` in shares, or None."""
    point = st.session_state.get(key, {}).get("point")
    return (_share(point["x"]), _share(point["y"])) if point else None


def drag_boxes(
    key: str,
    png: bytes,
    alt: str,
    boxes: Sequence[Box] = (),
    *,
    limit: int = 8,
    live: bool = False,
    blur: float = 0.0,
    hint: str = "",
) -> tuple[Box, ...]:
    """A picture on which boxes can be drawn by dragging or a tap, and dragged elsewhere.

    Args:
        key: the widget's key.
        png: the picture, encoded as PNG or JPEG.
        alt: what is to be seen.
        boxes: what is drawn in the beginning; it can be removed.
        limit: most boxes; the oldest goes when one more is drawn.
        live: whether the boxes follow the hand, as fast as the page answers, in place of changing when it lets go.
        blur: how blurred the picture looks in the boxes: the standard deviation as a share of its width.
        hint: a sentence under the picture, in place of the usual one.

    Returns:
        The boxes on the picture, in the order in which they were drawn.
    """
    drawn = drawn_boxes(key)
    shown = tuple(boxes) if drawn is None else drawn
    _picture(
        key=key,
        on_boxes_change=_nothing,
        data={
            "mode": "boxes",
            "picture": picture_address(png, key),
            "alt": alt,
            "hint": hint,
            "limit": limit,
            "live": live,
            "blur": blur,
            "drawn": [asdict(box) for box in shown],
        },
    )
    return shown


def drawn_boxes(key: str) -> tuple[Box, ...] | None:
    """The boxes on the picture with this key, or None as long as nobody changed them."""
    drawn = st.session_state.get(key, {}).get("boxes")
    if drawn is None:
        return None
    return tuple(Box(**{edge: _share(box[edge]) for edge in ("left", "top", "right", "bottom")}) for box in drawn)


def pick_tile(
    key: str,
    sheet: bytes,
    tiles: Sequence[Tile],
    alt: str,
    *,
    chosen: int | None = None,
    side: int = 96,
    row: bool = False,
    filled: bool = False,
    smooth: bool = False,
    on_pick: Callable[[int], None] | None = None,
) -> int | None:
    """Many small pictures, one of which can be picked.

    Args:
        key: the widget's key.
        sheet: one picture that holds all, encoded as PNG.
        tiles: where each lies on the sheet, and its words.
        alt: what all of them show.
        chosen: index of the tile that is marked as chosen.
        side: smallest width of a tile, in CSS pixels.
        row: one row that scrolls sideways, in place of a grid.
        filled: rows that fill the width: one, where each tile still has two thirds of `side`, else even ones.
        smooth: enlarge smoothly in place of crisp squares.
        on_pick: called with the tile's index after a pick, before the script runs again. Without it the tiles are
            pictures only.

    Returns:
        Index of the tile picked just now, else None.
    """

    def picked() -> None:
        index = st.session_state[key].get("picked")
        if isinstance(index, int) and 0 <= index < len(tiles):
            on_pick(index)

    result = _tiles(
        key=key,
        on_picked_change=picked if on_pick else _nothing,
        data={
            "sheet": picture_address(sheet, key),
            "tiles": [vars(tile) | {"place": vars(tile.place)} for tile in tiles],
            "alt": alt,
            "chosen": chosen,
            "side": side,
            "row": row,
            "filled": filled,
            "smooth": smooth,
            "still": on_pick is None,
        },
    )
    return result.get("picked")


def _nothing() -> None:
    """Streamlit keeps a component's value only if something is called when it changes."""


def _share(value: float) -> float:
    """What a browser sent, held between 0 and 1."""
    return min(1.0, max(0.0, float(value)))
