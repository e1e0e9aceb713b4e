"""Tables that compare up to four networks: stage by stage, and in total."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from effnet_viz.architecture import ModelSpec, Plan, StagePlan
from effnet_viz.architecture.compare import align_stages
from effnet_viz.architecture.published import accuracies
from effnet_viz.draw.numbers import factor, ratio, si
from effnet_viz.ui.structure.drawings import PEAK_NOTE
from effnet_viz.ui.widgets.table_data import table_of


def stage_rows(plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """One row a stage; each cell holds all networks and how many times the first each other one is."""
    rows = []
    for title, stages in align_stages(plans):
        rows.append(
            {
                "Stage": title.capitalize(),
                "Blocks": _cell(stages, lambda stage: len(stage.blocks) if stage.kind != "head" else 1, "{:,}".format),
                "Channels": _cell(stages, _channels, "{:,}".format),
                "Resolution": _cell(stages, lambda stage: stage.blocks[0].out_shape[1], "{:,}".format),
                "Parameters": _cell(stages, lambda stage: stage.params, si),
                "MACs": _cell(stages, lambda stage: stage.macs, si),
            }
        )
    whole = {"Stage": "All"}
    for name, value, words in (
        ("Blocks", lambda plan: len(plan.spec.block_specs()) + 2, "{:,}".format),
        ("Parameters", lambda plan: plan.params, si),
        ("MACs", lambda plan: plan.macs, si),
    ):
        whole[name] = _cell(plans, value, words)
    return [*rows, {**dict.fromkeys(rows[0], ""), **whole}]


def _channels(stage: StagePlan) -> int:
    return (stage.blocks[0] if stage.kind == "head" else stage.blocks[-1]).out_shape[0]


def _cell(items: Sequence[Any], value: Callable[[Any], float], words: Callable[[float], str]) -> str:
    values = [None if item is None else value(item) for item in items]
    text = " → ".join("none" if number is None else words(number) for number in values)
    ratios = [ratio(number, values[0]) for number in values[1:] if number is not None and values[0] is not None]
    return f"{text}   ({', '.join(ratios)})" if ratios else text


def totals_rows(plans: Sequence[Plan]) -> list[dict[str, Any]]:
    """One row a network."""
    first = plans[0]
    return [
        {
            "Network": plan.spec.title,
            "Width": factor(plan.spec.width),
            "Depth": factor(plan.spec.depth),
            "Resolution": plan.resolution,
            "Blocks": len(plan.spec.block_specs()),
            "Parameters": plan.params,
            "× parameters": plan.params / first.params,
            "MACs": plan.macs,
            "× MACs": plan.macs / first.macs,
            "SE": 100 * plan.se_params / plan.params,
            "Peak activations": plan.peak_activation_bytes / 1e6,
            "Top-1": _published(plan.spec),
        }
        for plan in plans
    ]


def _published(network: ModelSpec) -> str:
    """Top-1 accuracies of a network's weights, in percent."""
    if network.family == "custom":
        return "no trained weights"
    return "; ".join(f"{accuracy.top1:g} ({accuracy.by})" for accuracy in accuracies(network.name))


def totals_table(plans: Sequence[Plan]) -> None:
    """Up to four networks with bars."""
    config = st.column_config
    st.dataframe(
        table_of(totals_rows(plans)),
        hide_index=True,
        alt="Networks and their totals",
        column_config={
            "Parameters": config.ProgressColumn(
                format="localized", min_value=0, max_value=max(p.params for p in plans)
            ),
            "MACs": config.ProgressColumn(format="localized", min_value=0, max_value=max(p.macs for p in plans)),
            "× parameters": config.NumberColumn(format="%.2f×"),
            "× MACs": config.NumberColumn(format="%.2f×"),
            "SE": config.NumberColumn("SE share", format="%.1f%%"),
            "Peak activations": config.NumberColumn(format="%.1f MB", help=PEAK_NOTE),
            "Top-1": config.TextColumn("Top-1, %"),
        },
    )
