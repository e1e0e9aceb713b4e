"""Tables of stages, blocks and layers, with bars in the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from effnet_viz.architecture import BlockPlan, Plan
from effnet_viz.draw.block_words import squeeze_path
from effnet_viz.draw.diagram_columns import operator
from effnet_viz.draw.numbers import shape
from effnet_viz.draw.palette import KIND_LABELS
from effnet_viz.ui.structure.drawings import MACS_NOTE, choose_block, switch
from effnet_viz.ui.structure.files import network_files
from effnet_viz.ui.widgets.page_parts import download_row, note
from effnet_viz.ui.widgets.table_data import table_of

LEVELS = {"stages": "Stages", "blocks": "Blocks", "layers": "Layers"}


def structure_tables(shown: Plan, metric: str, every_block: bool, block_id: str) -> None:
    """The tab with the tables and the files of the page Architecture.

    Args:
        shown: the network.
        metric: what bars and shading of the diagram show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        block_id: id of the block that is open.
    """
    level = switch("Table", LEVELS, key="table")
    structure_table(shown, level, block_id)
    note(f"{MACS_NOTE} Numbers: {shown.spec.source}.")
    download_row(network_files(shown, metric, every_block, level))


def structure_table(shown: Plan, level: str, block_id: str) -> None:
    """The table of one level; in that of the blocks a click on a row opens the block.

    Args:
        shown: the network.
        level: `stages`, `blocks` or `layers`.
        block_id: id of the block that is open.
    """
    if level == "stages":
        st.dataframe(
            table_of(_stages(shown)),
            hide_index=True,
            alt="Stages of the network",
            column_config={
                "Resolution": st.column_config.TextColumn(help="Of the stage's input"),
                **_bars(shown.params, shown.macs),
            },
        )
    elif level == "blocks":
        _blocks_table(shown, block_id)
    else:
        most = max(layer.params for layer in shown.layers), max(layer.macs for layer in shown.layers)
        st.dataframe(table_of(_layers(shown)), hide_index=True, alt="Layers", column_config=_bars(*most), height=460)


def step_table(shown: Plan, block: BlockPlan) -> None:
    """The steps of one block with their arithmetic.

    Args:
        shown: the network; shares are of its totals.
        block: one of its blocks.
    """
    rows = []
    for layer in block.layers:
        for part in (layer, *layer.inner_layers):
            name = part.id.removeprefix(f"{block.id}.")
            rows.append(
                {
                    "Step": name,
                    "In": shape(part.in_shape),
                    "Out": shape(part.out_shape),
                    "Parameters": part.params,
                    "Share": 100 * part.params / shown.params,
                    "Parameters, spelled out": part.arithmetic,
                    "MACs": part.macs,
                    "Share of MACs": 100 * part.macs / shown.macs,
                    "MACs, spelled out": part.macs_arithmetic,
                }
            )
    most = max(100 * layer.params / shown.params for layer in block.layers)
    most_macs = max(100 * layer.macs / shown.macs for layer in block.layers)
    st.dataframe(
        table_of(rows),
        hide_index=True,
        alt=f"Steps of block {block.id}",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "MACs": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.ProgressColumn(
                "Share of network", format="%.3f%%", min_value=0, max_value=max(most, 1e-9)
            ),
            "Share of MACs": st.column_config.ProgressColumn(
                "Share of MACs", format="%.2f%%", min_value=0, max_value=max(most_macs, 1e-9)
            ),
        },
    )


def _stages(shown: Plan) -> list[dict[str, Any]]:
    rows = []
    for stage in shown.stages:
        first = stage.blocks[0]
        name = {"stem": "Conv 3×3", "head": "Conv 1×1 & pooling & FC"}.get(
            stage.kind, f"{operator(first)}, k{first.kernel}×{first.kernel}"
        )
        rows.append(
            {
                "Stage": stage.number,
                "Operator": name,
                "Resolution": f"{stage.in_shape[1]}×{stage.in_shape[2]}",
                "Channels": (first if stage.kind == "head" else stage.blocks[-1]).out_shape[0],
                "Layers": 1 if stage.kind == "head" else len(stage.blocks),
                "Stride": first.stride,
                "SE": first.squeeze_channels > 0,
                "Parameters": stage.params,
                "MACs": stage.macs,
            }
        )
    return rows


def _blocks_table(shown: Plan, block_id: str) -> None:
    key = "blocks_table"
    row = [block.id for block in shown.blocks].index(block_id)
    st.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}

    def selected() -> None:
        rows: Sequence[int] = st.session_state[key]["selection"]["rows"]
        if rows:
            choose_block(shown.blocks[rows[0]].id)

    most = max(block.params for block in shown.blocks), max(block.macs for block in shown.blocks)
    st.dataframe(
        table_of(_blocks(shown)),
        hide_index=True,
        key=key,
        on_select=selected,
        selection_mode="single-row",
        alt="Blocks; choose a row to open the block",
        height=460,
        column_config={
            **_bars(*most),
            "Activations": st.column_config.NumberColumn(
                format="%.2f MB", help="Memory of all the block's layer outputs for one image in float32"
            ),
            "Receptive field": st.column_config.NumberColumn(format="%d px"),
        },
    )


def _blocks(shown: Plan) -> list[dict[str, Any]]:
    return [
        {
            "Block": block.id,
            "Operator": operator(block),
            "Kernel": f"{block.kernel}×{block.kernel}",
            "Stride": block.stride,
            "In": shape(block.in_shape),
            "Expanded": block.expanded_channels if block.spec else None,
            "SE": squeeze_path(block) if block.squeeze_channels else "",
            "Out": shape(block.out_shape),
            "Skip": block.residual,
            "Parameters": block.params,
            "MACs": block.macs,
            "Activations": block.activation_bytes / 1e6,
            "Receptive field": None if block.kind == "classifier" else block.receptive_field,  # it sees everything
        }
        for block in shown.blocks
    ]


def _layers(shown: Plan) -> list[dict[str, Any]]:
    return [
        {
            "Layer": layer.id,
            "Kind": KIND_LABELS[layer.kind],
            "Kernel": f"{layer.kernel}×{layer.kernel}",
            "Stride": layer.stride,
            "Groups": layer.groups,
            "In": shape(layer.in_shape),
            "Out": shape(layer.out_shape),
            "Parameters": layer.params,
            "MACs": layer.macs,
            "Arithmetic": layer.arithmetic,
        }
        for layer in shown.layers
    ]


def _bars(most_params: int, most_macs: int) -> dict[str, Any]:
    return {
        "Parameters": st.column_config.ProgressColumn(format="localized", min_value=0, max_value=most_params),
        "MACs": st.column_config.ProgressColumn(format="localized", min_value=0, max_value=most_macs),
    }
