"""The two-minute tour: a line above the page with one thing to try; the step lives in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

import streamlit as st

from effnet_viz.ui.navigation import ENTRIES, page_link
from effnet_viz.ui.widgets.url_pickers import put_number, take_number


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to try.

    Attributes:
        page: name of the page in the navigation.
        title: what the step is about.
        words: what to do, and what is seen then.
        query: what the page is opened with.
    """

    page: str
    title: str
    words: str
    query: Mapping[str, str] = field(default_factory=dict)


STEPS = (
    Step(
        page="overview",
        title="Hide a part",
        words="Tap the photo. A box hides that part, and the bars show what the network answers now. Drag the box "
        "until the answer is another one.",
    ),
    Step(
        page="feature_maps",
        title="Look inside",
        words="Each picture in the first rows is what one block made of the photo. Click “stem”, then “head”: early "
        "blocks find edges everywhere, the last one finds where something is.",
    ),
    Step(
        page="evidence",
        title="Ask why",
        words="Under “Why …” choose the second class. The bright place shows what speaks for it: is it the same place?",
        query={"part": "evidence"},
    ),
    Step(
        page="se_attention",
        title="Watch the gates",
        words="A gate lets a channel through (1) or closes it (0). Click another small picture: red places of the "
        "photo opened this gate, blue ones closed it.",
        query={"part": "one_gate"},
    ),
    Step(
        page="compare",
        title="Small and large",
        words="Click a block in one of the two drawings. Its card shows the same place in both networks: the large one "
        "has more blocks, more channels and a larger photo.",
        query={"left": "b0", "right": "b7"},
    ),
    Step(
        page="lessons",
        title="Compute it yourself",
        words="Press “Step”: the window moves on by one place, and the sum is made from its nine numbers. Seven "
        "lessons lead from here to the whole network.",
        query={"lesson": "1"},
    ),
)


def tour_step() -> int:
    """The step that the visitor is at, from 1; 0 for who takes no tour."""
    step = take_number(0, len(STEPS), key="tour", default=0)
    put_number(key="tour", default=0)
    if step:
        st.session_state["tour_reached"] = step
    return step


def tour_link(step: int, page: str) -> None:
    """The way into the tour, or back to where it was left; nothing for who takes it.

    Args:
        step: that the visitor is at, 0 for none.
        page: name of the page in the navigation.
    """
    if step:
        return
    reached = st.session_state.get("tour_reached", 0)
    words = f"Tour: on with step {reached}" if 1 < reached < len(STEPS) else "Two-minute tour"
    _link(reached % len(STEPS) or 1, words, ":material/tour:", page)


def tour_bar(step: int, page: str) -> None:
    """What to try now, and the ways on; above the page, which it moves down and never covers.

    Args:
        step: that the visitor is at, 0 for none.
        page: name of the page in the navigation.
    """
    with st.container(key="tour_bar" if step else "tour_place", gap="small"):
        if not step:
            return
        now = STEPS[step - 1]
        here = page == now.page
        words = now.words if here else f"This step is on the page {ENTRIES[now.page].title}."
        st.html(
            f'<p role="status" style="margin:0"><strong>Tour, {step} of {len(STEPS)}: {escape(now.title)}.</strong> '
            f"{escape(words)}</p>"
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if not here:
                _link(step, f"Go to {ENTRIES[now.page].title}", ":material/arrow_forward:", page)
            elif step < len(STEPS):
                _link(step + 1, f"Next: {STEPS[step].title}", ":material/arrow_forward:", page)
            if step > 1:
                _link(step - 1, "Back", ":material/arrow_back:", page)
            st.button(
                "Leave the tour" if step < len(STEPS) else "End the tour",
                key="tour_leave",
                icon=":material/close:",
                type="tertiary",
                on_click=_go,
                args=(0,),
            )


def _link(step: int, words: str, icon: str, page: str) -> None:
    to = STEPS[step - 1]
    if to.page == page:  # a link to the page that is open leaves the browser's address as it is
        st.button(words, key="tour_here", icon=icon, type="tertiary", on_click=_go, args=(step,))
        return
    page_link(to.page, words, icon=icon, query_params={**to.query, "tour": str(step)}, width="content")


def _go(step: int) -> None:
    st.session_state["tour"] = step
