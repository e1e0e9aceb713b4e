"""Controls that live in the address: each takes its value from there on arrival and outlasts a change of page.

All have the same form: what is chosen, what can be chosen, the `key` (its name in the session and in the address), the
`default`, which the address leaves out, and further arguments of the widget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from effnet_viz.ui.widgets.address import (
    SEPARATOR,
    Reading,
    from_address,
    read_choice,
    read_choices,
    read_number,
    read_toggle,
    to_address,
)

Number = float | int | None


def choose(
    widget: Callable[..., str],
    label: str,
    titles: Mapping[str, str],
    *,
    key: str,
    default: str,
    elsewhere: Mapping[str, str] | None = None,
    **options: Any,
) -> str:
    """One of several.

    Args:
        widget: `st.selectbox` or `st.segmented_control`, or that of a column.
        label: what is chosen.
        titles: id to words.
        key: name in the session and in the address.
        default: id of what is chosen in the beginning.
        elsewhere: ids that exist, but not here, and why that is.
        **options: further arguments of the widget.
    """
    take_choice(titles, key=key, default=default, elsewhere=elsewhere)
    chosen = widget(label, list(titles), format_func=titles.get, key=key, persist_state="session", **options)
    put_choice(key=key, default=default)
    return chosen


def take_choice(
    titles: Mapping[str, str], *, key: str, default: str, elsewhere: Mapping[str, str] | None = None
) -> str:
    """The first half of `choose`, for what is chosen by something else than a widget.

    Args:
        titles: id to words.
        key: name in the session and in the address.
        default: id of what is chosen in the beginning.
        elsewhere: ids that exist, but not here, and why that is.
    """
    return from_address(
        key,
        lambda text: read_choice(text, titles, default, elsewhere),
        lambda kept: kept if kept in titles else default,
        default,
    )


def put_choice(*, key: str, default: str) -> None:
    """The second half of `choose`.

    Args:
        key: name in the session and in the address.
        default: id that the address leaves out.
    """
    to_address(key, None if st.session_state[key] == default else st.session_state[key])


def choose_some(
    label: str, titles: Mapping[str, str], *, key: str, default: Sequence[str], limit: int, **options: Any
) -> list[str]:
    """Several of many, `limit` at most.

    Args:
        label: what is chosen.
        titles: id to words.
        key: name in the session and in the address.
        default: ids of what is chosen in the beginning.
        limit: how many can be chosen at most.
        **options: further arguments of `st.multiselect`.
    """
    from_address(
        key,
        lambda text: read_choices(text, titles, limit),
        lambda kept: kept if all(id in titles for id in kept) else list(default),
        list(default),
    )
    chosen = st.multiselect(
        label, list(titles), format_func=titles.get, key=key, max_selections=limit, persist_state="session", **options
    )
    to_address(key, None if chosen == list(default) else SEPARATOR.join(chosen))
    return chosen


def choose_number(
    widget: Callable[..., Number],
    label: str,
    low: float,
    high: float,
    *,
    key: str,
    default: Number,
    whole: bool = True,
    **options: Any,
) -> Any:
    """A number from `low` to `high`.

    Args:
        widget: `st.number_input`, `st.slider`, or that of a column.
        label: what is chosen.
        low: smallest value.
        high: largest value.
        key: name in the session and in the address.
        default: value in the beginning; None leaves a number input empty.
        whole: whether only whole numbers can be chosen.
        **options: further arguments of the widget.
    """
    take_number(low, high, key=key, default=default, whole=whole)
    chosen = widget(label, low, high, key=key, persist_state="session", **options)
    put_number(key=key, default=default)
    return chosen


def take_number(low: float, high: float, *, key: str, default: Number, whole: bool = True) -> Any:
    """The first half of `choose_number`, for what is chosen by something else than a widget.

    Args:
        low: smallest value.
        high: largest value.
        key: name in the session and in the address.
        default: value in the beginning.
        whole: whether only whole numbers can be chosen.
    """
    return from_address(
        key,
        lambda text: read_number(text, low, high, default, whole=whole),
        lambda kept: default if kept is None else min(max(kept, low), high),
        default,
    )


def put_number(*, key: str, default: Number) -> None:
    """The second half of `choose_number`.

    Args:
        key: name in the session and in the address.
        default: value that the address leaves out.
    """
    chosen = st.session_state[key]
    to_address(key, None if chosen == default or chosen is None else f"{chosen:.10g}")


def choose_toggle(label: str, *, key: str, default: bool = False, **options: Any) -> bool:
    """On or off.

    Args:
        label: what is switched.
        key: name in the session and in the address.
        default: whether it is on in the beginning.
        **options: further arguments of `st.toggle`.
    """
    from_address(key, lambda text: read_toggle(text, default), bool, default)
    chosen = st.toggle(label, key=key, persist_state="session", **options)
    to_address(key, None if chosen == default else str(chosen).lower())
    return chosen


def choose_page(pages: int, *, key: str) -> int:
    """One of several pages of pictures, counted from 1.

    Args:
        pages: how many there are.
        key: name in the session and in the address.
    """
    take_number(1, pages, key=key, default=1)
    chosen = st.pagination(pages, key=key, persist_state="session")
    put_number(key=key, default=1)
    return chosen


def show_tab(tabs: Mapping[str, tuple[str, Callable[[], None]]], *, key: str) -> None:
    """Tabs, the first one open in the beginning, of which the open one alone is drawn.

    Args:
        tabs: id to words, and what draws it. The session holds the words, as Streamlit's tabs do; the address the id.
        key: name in the session and in the address.
    """
    titles = {id: words for id, (words, _) in tabs.items()}
    ids = {words: id for id, words in titles.items()}
    first = next(iter(titles))

    def in_words(text: str) -> Reading[str]:
        reading = read_choice(text, titles, first)
        return Reading(titles[reading.value], reading.problem)

    from_address(key, in_words, lambda kept: kept if kept in ids else titles[first], titles[first])
    drawn = st.tabs(list(titles.values()), key=key, on_change="rerun")
    opened = ids[st.session_state[key]]
    to_address(key, None if opened == first else opened)
    for (_, draw), tab in zip(tabs.values(), drawn, strict=True):
        if tab.open:
            with tab:
                draw()


def choose_channel(label: str, count: int, default: int, widget: Callable[..., Number] = st.number_input) -> int:
    """One of `count` channels, by number; the choice is kept where the next layer has such a channel.

    Args:
        label: what is chosen.
        count: how many channels there are.
        default: what is chosen in the beginning.
        widget: `st.number_input`, or `st.slider` to walk through them.
    """
    if st.session_state.get("channel", 0) >= count:
        del st.session_state["channel"]
    return choose_number(
        widget, f"{label} (0 to {count - 1:,})", 0, count - 1, key="channel", default=default, width=200
    )
