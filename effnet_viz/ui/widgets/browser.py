"""What only the browser can do for the whole app: steps of its history, and the projector view."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

from effnet_viz.draw.scene import DARK, LIGHT
from effnet_viz.home import HOME
from effnet_viz.ui.widgets.address import from_address, read_toggle, to_address

_PARTS = Path(__file__).parent / "frontend"
_history = st.components.v2.component(
    "effnet_viz_history", html="<span></span>", js=(_PARTS / "history.js").read_text(encoding="utf-8")
)
_sidebar = st.components.v2.component(
    "effnet_viz_open_sidebar",
    html='<button type="button">Network and photo</button>',
    css=(_PARTS / "open_sidebar.css").read_text(encoding="utf-8"),
    js=(_PARTS / "open_sidebar.js").read_text(encoding="utf-8"),
)
_BASE = f"<style>{(_PARTS / 'base.css').read_text(encoding='utf-8')}</style>"
_STAGE = f"<style>{(_PARTS / 'stage.css').read_text(encoding='utf-8')}</style>"

PAGE_ICON = f"data:image/png;base64,{base64.b64encode((HOME / 'assets' / 'icon.png').read_bytes()).decode('ascii')}"
"""The icon of the browser's tab, whole: a file would be read, and fetched by the browser, at every rerun."""


def keep_history() -> None:
    """One press of the browser's Back leads to the page before, as it was left."""
    with st.container(key="history_steps"):
        _history(key="history")


def base_style() -> None:
    """What Streamlit's themes have no setting for."""
    ground = (DARK if st.context.theme.type == "dark" else LIGHT).background
    st.html(f"{_BASE}<style>:root {{ --ground: {ground} }}</style>")


def open_sidebar(photo: str) -> None:
    """On a phone, where the sidebar lies over the page, a button that opens it; another photo closes it.

    Args:
        photo: stands for the chosen photo.
    """
    _sidebar(key="open_sidebar", data={"photo": photo}, width="content", height="content")


def stage_mode() -> None:
    """A button, the key P and `?stage=1`: no sidebar, and everything large enough for the back row."""
    on = from_address(
        "stage", lambda text: read_toggle({"1": "true", "0": "false"}.get(text, text), False), bool, False
    )
    to_address("stage", "1" if on else None)
    if on:
        st.html(_STAGE)
    with st.container(key="stage_switch", width="content"):
        st.button(
            "Leave projector view" if on else "Projector view",
            key="stage_button",
            icon=":material/close_fullscreen:" if on else ":material/co_present:",
            type="tertiary",
            help="For a projector: no sidebar, large text. Key P.",
            shortcut="P",
            on_click=_turn,
        )


def on_stage() -> bool:
    """Whether the page is shown as for a projector."""
    return bool(st.session_state.get("stage"))


def _turn() -> None:
    st.session_state["stage"] = not st.session_state["stage"]
