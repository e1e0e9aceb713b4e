"""One block opened: its flow, its numbers, why it is as it is, and the class that runs."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.block_flow import WIDTHS, block_flow
from effnet_viz.draw.block_words import reasons
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.numbers import shape, share, si
from effnet_viz.ui.session import chosen
from effnet_viz.ui.structure.drawings import block_picker
from effnet_viz.ui.structure.tables import step_table
from effnet_viz.ui.widgets.diagram import layouts, show_diagram
from effnet_viz.ui.widgets.page_parts import error_sentence, folded_away, untrained_notice
from effnet_viz.ui.widgets.url_pickers import choose_toggle

_NETWORK = Path(__file__).parents[2] / "network"
_CLASSES = {
    "stem": ("blocks.py", "ConvBlock"),
    "mbconv": ("blocks.py", "MBConv"),
    "fused_mbconv": ("blocks.py", "FusedMBConv"),
    "head": ("blocks.py", "ConvBlock"),
    "classifier": ("efficientnet.py", "EfficientNet"),
}


def block_card(shown: Plan) -> str:
    """The picker of a block and everything about it; returns its id."""
    with st.container(border=True, key="block_card"):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with right:
            block_id = block_picker(shown)
        block = shown.block(block_id)
        left.header(block_title(block), anchor=False)
        st.markdown(summary(shown, block))
        show_flow("block_flow", shown, block_id)
        if block.spec and choose_toggle(
            "Watch the photo travel through this block",
            key="travel",
            help="Runs the network on the chosen photo; the film shows this photo's own numbers.",
        ):
            _film(block_id)
        st.markdown("\n".join(f"- {reason}" for reason in reasons(shown, block)))
        step_table(shown, block)
        folded_away("The class that runs", lambda: _code(block.kind), key="code_unfolded", icon=":material/code:")
    return block_id


def _code(kind: str) -> None:
    file, name = _CLASSES[kind]
    st.caption(f"`{name}` in `effnet_viz/network/{file}`")
    st.code(class_source(file, name), language="python")


def _film(block_id: str) -> None:
    from effnet_viz.ui.widgets.travel import show_travel  # imports torch, which this page does without

    try:
        model, photo, run = chosen.chosen_run()
        if words := chosen.unfamiliar_photo():
            st.warning(words, icon=":material/category:")
        untrained_notice(model.provenance, "The film shows how the block calculates, and nothing that was learned.")
        show_travel(model, photo, run, block_id, reveal=True)
    except (ValueError, RuntimeError) as error:
        error_sentence(error)


def show_flow(key: str, shown: Plan, block_id: str) -> None:
    """The steps of a block in a row, with the shape on every edge.

    Args:
        key: the widget's key.
        shown: the network.
        block_id: the block's id, such as `4.2`.
    """
    show_diagram(key, _flow_layouts(shown, block_id))


def summary(shown: Plan, block: BlockPlan) -> str:
    """The block in one line.

    Args:
        shown: the network; shares are of its totals.
        block: one of its blocks.
    """
    field = (
        f"receptive field {block.receptive_field:,} px" if block.kind != "classifier" else "depends on the whole image"
    )
    return "  ·  ".join(
        (
            f"{shape(block.in_shape)} → {shape(block.out_shape)}",
            f"**{block.params:,}** parameters ({share(block.params, shown.params)})",
            f"**{si(block.macs)}** MACs ({share(block.macs, shown.macs)})",
            field,
        )
    )


@lru_cache(maxsize=128)
def _flow_layouts(shown: Plan, block_id: str):
    return layouts([block_flow(shown.block(block_id), width=width) for width in WIDTHS])


@lru_cache
def class_source(file: str, name: str) -> str:
    """Source text of a class in the network's room, read without importing torch.

    Args:
        file: name of the file, such as `blocks.py`.
        name: of the class.
    """
    text = (_NETWORK / file).read_text(encoding="utf-8")
    node = next(node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name)
    return ast.get_source_segment(text, node)
