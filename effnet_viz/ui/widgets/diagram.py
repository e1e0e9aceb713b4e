"""Drawings that answer to the mouse and the keyboard: hover tells, a click chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from effnet_viz.draw.scene import Scene
from effnet_viz.draw.svg import PAGE, to_svg
from effnet_viz.ui.widgets.browser import on_stage

_PARTS = Path(__file__).parent / "frontend"
_diagram = st.components.v2.component(
    "effnet_viz_diagram",
    **{kind: (_PARTS / f"diagram.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")},
)


def layouts(scenes: Sequence[Scene], stage: Sequence[Scene] = ()) -> list[dict[str, object]]:
    """Drawings of the same thing for pages of different width, as the component takes them.

    Args:
        scenes: one for each width.
        stage: those for the projector view; the narrowest is taken where there are none.
    """
    drawn = sorted(scenes, key=lambda scene: scene.width)
    return [
        {"width": scene.width, "svg": to_svg(scene, PAGE, interactive=True), "stage": large}
        for some, large in ((drawn, False), (stage or drawn[:1], True))
        for scene in some
    ]


def show_diagram(
    key: str,
    drawn: Sequence[Mapping[str, object]],
    *,
    cards: Mapping[str, Mapping[str, object]] | None = None,
    chosen: Sequence[str] = (),
    on_pick: Callable[[str], None] | None = None,
    opens: str = "",
) -> None:
    """Show the drawing that fits the page.

    Args:
        key: the widget's key.
        drawn: what `layouts` gave.
        cards: for each part's id what is told of it on hover: `title`, and `rows` of words and values.
        chosen: ids of the parts that are marked.
        on_pick: called with a part's id after a click, before the script runs again; without it nothing can be chosen.
        opens: key of the container that a click opens, which is then brought onto the screen.
    """

    def picked() -> None:
        part = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(part, str):
            on_pick(part)

    _diagram(
        key=key,
        on_picked_change=picked,
        data={
            "layouts": [layout for layout in drawn if layout["stage"] == on_stage()],
            "cards": dict(cards or {}),
            "chosen": list(chosen),
            "pick": on_pick is not None,
            "opens": opens,
        },
    )
