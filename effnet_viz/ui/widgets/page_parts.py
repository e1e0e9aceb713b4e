"""What every page has: its title, its notices, its downloads, links that keep the chosen state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.ui.widgets.plain_text import as_markdown

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from effnet_viz.explain import Provenance


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that a page offers; a content that takes long is a function, called when somebody wants it."""

    label: str
    content: bytes | str | Callable[[], bytes]
    name: str
    mime: str


def page_header(title: str, sentence: str) -> None:
    """The page's title and the one sentence that says what one is looking at.

    Args:
        title: of the page.
        sentence: in Markdown.
    """
    with st.container(key="page_head"):
        st.title(title, anchor=False)
        st.markdown(sentence)


def small_columns(name: str, count: int) -> Sequence[DeltaGenerator]:
    """Columns whose contents are small: on a phone they do not become one tall column.

    Args:
        name: tells their row from others of the page.
        count: how many columns.
    """
    with st.container(key=f"small_columns_{name}"):
        return st.columns(count, gap="small")


def note(text: str) -> None:
    """What a picture does not show, how it was normalised: small, under the picture."""
    st.caption(text)


def error_sentence(error: Exception | str) -> None:
    """A mistake in plain words, which may repeat what somebody gave: it is text, not Markdown. The page goes on."""
    st.error(as_markdown(str(error)), icon=":material/error:")


def untrained_notice(provenance: Provenance, consequence: str) -> None:
    """Says in place that parameters are random, and what that means for the picture.

    Args:
        provenance: where the parameters come from; nothing is shown for trained ones.
        consequence: what it means on this page, as a sentence.
    """
    if not provenance.trained:
        st.warning(f"These parameters are untrained. {consequence}", icon=":material/warning:")


def folded_away(label: str, draw: Callable[[], None], *, key: str, icon: str) -> None:
    """What only some visitors look at, folded; before it is unfolded it is neither drawn nor sent.

    A closed table still brings a megabyte of script into every browser, and a closed listing a megabyte and a half.

    Args:
        label: what stands there while it is folded.
        draw: draws it.
        key: the widget's key.
        icon: beside the label.
    """

    @st.fragment
    def unfold() -> None:
        place = st.expander(label, icon=icon, key=key, on_change="rerun")
        if place.open:
            with place:
                draw()

    unfold()


def download_row(downloads: Sequence[Download]) -> None:
    """Buttons side by side; a click does not run the page again."""
    with st.container(horizontal=True):
        for download in downloads:
            st.download_button(
                download.label,
                download.content,
                file_name=download.name,
                mime=download.mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"download_{download.name}",
            )


def millions(number: int) -> str:
    """A count for people: `4.65 M`, `37.7 G`; number and unit stay in one line."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g}\N{NO-BREAK SPACE}{unit}"
    return f"{number:,}"
