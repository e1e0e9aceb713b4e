"""A block of a comparison opened: what it is on both sides, step beside step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from effnet_viz.architecture import BlockPlan, Comparison, LayerPlan, list_variants
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.numbers import ratio, shape, share, si
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.structure.block_card import show_flow, summary
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose

_SIDES = ("left", "right")
_QUANTITIES = {"params": "Parameters", "macs": "MACs"}
_ORDER = ("stem", "fused", "expand", "depthwise", "se", "project", "head", "pool", "classifier")
_COLOURS = {"left": "blue", "right": "orange"}  # as the theme calls the colours of the diagram


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The same place in two networks: the block of each, or None where one has no such block."""

    left: BlockPlan | None
    right: BlockPlan | None

    @property
    def id(self) -> str:
        return (self.left or self.right).id

    @property
    def title(self) -> str:
        """The blocks in words, once where both are of one kind."""
        titles = [block_title(block) for block in (self.left, self.right) if block is not None]
        return " / ".join(dict.fromkeys(titles))

    @property
    def marked(self) -> list[str]:
        """The blocks as the diagram names them: `left/4.2`."""
        return [f"{side}/{getattr(self, side).id}" for side in _SIDES if getattr(self, side) is not None]


def pairs(comparison: Comparison) -> dict[str, Pair]:
    """All places of a comparison by their id, in the order in which the networks run."""
    listed = (Pair(left=left, right=right) for stage in comparison.stages for left, right in stage.blocks)
    return {pair.id: pair for pair in listed}


def pick_pair(comparison: Comparison) -> Pair | None:
    """The picker of a place, which the address can name; None as long as nothing is chosen."""
    places = pairs(comparison)
    chosen = choose(
        st.selectbox,
        "Block",
        {"": "no block", **{key: pair.title for key, pair in places.items()}},
        key="opened_block",
        default="",
        width=205,
    )
    return places.get(chosen)


def open_pair(comparison: Comparison, picked: str) -> None:
    """Open the place of a block that was clicked, such as `right/7.5`; a second click closes it.

    In the projector view the card has a button to put it away, after which a click shows it again.

    To be called before the picker is drawn.

    Args:
        comparison: both networks.
        picked: id of the box that was clicked.
    """
    chosen = next((key for key, pair in pairs(comparison).items() if picked in pair.marked), "")
    open_already = st.session_state.get("opened_block") == chosen
    st.session_state["opened_block"] = "" if open_already and not on_stage() else chosen


def block_pair_card(comparison: Comparison, pair: Pair) -> None:
    """Both blocks with their numbers and their flow, then step beside step.

    Args:
        comparison: both networks.
        pair: the blocks at one place; one of the networks may have none there.
    """
    with st.container(border=True, key="block_pair_card"):
        for side, network in zip(_SIDES, (comparison.left, comparison.right), strict=True):
            block = getattr(pair, side)
            if block is None:
                st.markdown(f"{_swatch(side)} **{network.spec.title}** has no such block.")
                continue
            st.markdown(f"{_swatch(side)} **{network.spec.title}: {block_title(block)}**  \n{summary(network, block)}")
            show_flow(f"flow_{side}", network, block.id)
            if block.spec and network.spec.name in list_variants():
                page_link(
                    "architecture",
                    f"Watch the photo travel through block {block.id} of {network.spec.title}",
                    query_params={"variant": network.spec.name, "block": block.id, "travel": "true"},
                    width="content",
                )
        st.dataframe(table_of(_steps(comparison, pair)), hide_index=True, alt=f"Steps of {pair.title}")
        note(
            "In brackets: how many times the upper network. Shares are of each whole network."
            if pair.left and pair.right
            else "The share is of the whole network."
        )


def _swatch(side: str) -> str:
    return f":{_COLOURS[side]}[■]"


def _steps(comparison: Comparison, pair: Pair) -> Iterator[dict[str, Any]]:
    """A row for every step that a block here has, one for the whole, one for its share."""
    sides = [
        (block, network)
        for block, network in ((pair.left, comparison.left), (pair.right, comparison.right))
        if block is not None
    ]
    steps = [{layer.step: layer for layer in block.layers} for block, _ in sides]
    for step in sorted({step for layers in steps for step in layers}, key=_ORDER.index):
        yield _row(step, [layers.get(step) for layers in steps])
    yield _row("whole block", [block for block, _ in sides])
    yield {"Step": "share of network", "Output": ""} | {
        name: _beside([share(getattr(block, key), getattr(network, key)) for block, network in sides])
        for key, name in _QUANTITIES.items()
    }


def _row(title: str, steps: Sequence[LayerPlan | BlockPlan | None]) -> dict[str, Any]:
    """A layer or a block of each side; None where the block of that side has no such step."""
    return {"Step": title, "Output": _beside([step and shape(step.out_shape) for step in steps])} | {
        name: _counted([step and getattr(step, key) for step in steps]) for key, name in _QUANTITIES.items()
    }


def _beside(words: list[str | None]) -> str:
    return " → ".join("none" if word is None else word for word in words)


def _counted(counts: list[int | None]) -> str:
    words = _beside([None if count is None else si(count) for count in counts])
    return f"{words}   ({ratio(counts[1], counts[0])})" if len(counts) == 2 and all(counts) else words
