"""The table of pages: where each stands in the navigation, and how one page links to another."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from effnet_viz.home import HOME

MAIN_SCRIPT = Path(__file__).with_name("main_script.py")


@dataclass(frozen=True, kw_only=True)
class PageEntry:
    """A page in the navigation.

    Attributes:
        title: its words.
        icon: name of its Material icon.
        runs_network: whether the page runs the network, so that device and weights matter; the others do without torch.
        shows_photo: whether it runs it on the chosen photo.
        has_own_choices: whether what is chosen in the sidebar changes nothing on the page, so that it is folded away.
    """

    title: str
    icon: str
    runs_network: bool = True
    shows_photo: bool = False
    has_own_choices: bool = False


FIRST = "overview"
GROUPS: Mapping[str, Mapping[str, PageEntry]] = {
    "": {"overview": PageEntry(title="Overview", icon="visibility", shows_photo=True)},
    "Structure": {
        "architecture": PageEntry(title="Architecture", icon="account_tree", runs_network=False),
        "compare": PageEntry(title="Compare", icon="compare", runs_network=False, has_own_choices=True),
        "scaling": PageEntry(title="Scaling laboratory", icon="open_in_full", runs_network=False, has_own_choices=True),
    },
    "Your photo": {
        "feature_maps": PageEntry(title="Feature maps", icon="grid_view", shows_photo=True),
        "se_attention": PageEntry(title="SE attention", icon="tune", shows_photo=True),
        "evidence": PageEntry(title="Class evidence", icon="search", shows_photo=True),
        "folder": PageEntry(title="Many photos", icon="photo_library"),
    },
    "Lessons": {
        "lessons": PageEntry(title="Lessons", icon="school", shows_photo=True),
        "train": PageEntry(title="Train one", icon="model_training", has_own_choices=True),
        "classroom": PageEntry(title="Classroom", icon="groups", runs_network=False, has_own_choices=True),
        "glossary": PageEntry(title="Glossary", icon="menu_book", runs_network=False, has_own_choices=True),
    },
}
"""Group in the navigation, then name of the page: its file in `pages/` and its path in the address."""

ENTRIES: Mapping[str, PageEntry] = {name: entry for group in GROUPS.values() for name, entry in group.items()}


def page_path(name: str) -> str:
    """The file of a page, as Streamlit's `switch_page` takes it."""
    return str(HOME / "pages" / f"{name}.py")


def page_link(name: str, label: str, **options: object) -> None:
    """A link to a page with that page's own icon.

    Args:
        name: of the page, a key of `ENTRIES`.
        label: words of the link.
        **options: further arguments of `st.page_link`, such as another icon.
    """
    st.page_link(_pages()[name], label=label, **options)


def navigation() -> tuple[st.Page, PageEntry]:
    """Draw the navigation; returns the page that the address asks for, to be run, and its entry."""
    made = {name: copy(page) for name, page in _pages().items()}  # Streamlit marks the one that this run may run
    page = st.navigation({group: [made[name] for name in entries] for group, entries in GROUPS.items()}, position="top")
    return page, ENTRIES[page.url_path or FIRST]


@cache
def _pages() -> Mapping[str, st.Page]:
    """Every page as Streamlit knows it, made in the first run: it looks each file up on the disk, folder by folder."""
    return {
        name: st.Page(
            page_path(name), title=entry.title, icon=f":material/{entry.icon}:", url_path=name, default=name == FIRST
        )
        for name, entry in ENTRIES.items()
    }
