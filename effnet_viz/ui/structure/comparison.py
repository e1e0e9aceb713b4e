"""The compare page: which networks, and tables that compare them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from effnet_viz.architecture import Comparison, ModelSpec, Plan, StagePlan, compare, list_variants, plan, spec
from effnet_viz.architecture.compare import align_stages
from effnet_viz.architecture.custom import LIMITS
from effnet_viz.architecture.difference import RatioExplanation, explain_ratio, split
from effnet_viz.architecture.published import ACCURACIES, OLDER_NETWORKS, accuracies
from effnet_viz.draw.numbers import factor, ratio, share, si, signed_si
from effnet_viz.draw.structure_charts import accuracy_chart, begins_at_nothing, waterfall
from effnet_viz.ui.session.custom_network import from_code, no_weights_sentence, tutorial_titles
from effnet_viz.ui.structure.block_pair import Pair, block_pair_card, open_pair, pick_pair
from effnet_viz.ui.structure.drawings import (
    MACS_NOTE,
    PEAK_NOTE,
    comparison_drawing,
    comparison_files,
    every_block_toggle,
    shade_switch,
    switch,
)
from effnet_viz.ui.structure.tutorial_networks import no_weights_badge
from effnet_viz.ui.widgets.page_parts import download_row, error_sentence, note
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_some
from effnet_viz.weights.catalogue import torchvision_words

_QUANTITIES = {"params": "Parameters", "macs": "MACs"}
UNITS = {"params": "parameters", "macs": "MACs"}
_MOST = 4


def pick_networks() -> list[ModelSpec]:
    """Left and right with a swap button between them, then up to two more for the tables."""
    titles = {name: spec(name).title for name in list_variants()} | tutorial_titles()
    if "custom_spec" in st.session_state:
        titles = {"custom": f"Your own: {st.session_state['custom_spec'].title}"} | titles
    left, middle, right, rest = st.columns([5, 1.7, 5, 4.2], vertical_alignment="bottom")
    first = choose(left.selectbox, "Left", titles, key="left", default="b0")
    middle.button(":material/swap_horiz:", on_click=_swap, width="stretch", key="swap", help="Swap left and right")
    other = choose(right.selectbox, "Right", titles, key="right", default="b7")
    with rest:
        more = choose_some(
            "Also in the tables", titles, key="also", default=(), limit=_MOST - 2, placeholder="up to two more"
        )
    names = list(dict.fromkeys([first, other, *[name for name in more if name not in (first, other)]]))
    if first == other:
        names.insert(1, other)
    return [_spec(name) for name in names[:_MOST]]


def controls(networks: Sequence[ModelSpec]) -> tuple[list[Plan], Comparison, str, bool, Pair | None]:
    """The controls under the diagrams.

    Every network's plan, the first two compared, what shades them, whether every block is drawn, and the place whose
    card is open.

    A resolution that cannot be is met at its control with the reason; each network's own takes its place.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        metric = shade_switch(key="compare_shade")
        side = choose_number(
            st.number_input,
            "Resolution, px",
            *LIMITS["resolution"],
            key="compare_resolution",
            default=None,
            step=1,
            width=118,
            placeholder="own",
            help="Side of the square input image, the same for all networks. Empty: each network's own.",
        )
        every_block = every_block_toggle(key="compare_every_block")
    try:
        plans = [plan(network, side) for network in networks]
    except ValueError as error:
        error_sentence(error)
        plans = [plan(network) for network in networks]
    comparison = compare(*plans[:2])
    with row:
        pair = pick_pair(comparison)
    return plans, comparison, metric, every_block, pair


def diagrams(comparison: Comparison, metric: str, every_block: bool, pair: Pair | None) -> None:
    """Both networks on one scale, and under them the blocks that were opened.

    Args:
        comparison: both networks.
        metric: what bars and shading show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        pair: the blocks that were opened; None where none are.
    """
    comparison_drawing(comparison, metric, every_block, pair.marked if pair else (), partial(open_pair, comparison))
    if pair is not None:
        block_pair_card(comparison, pair)


def weights_marks(networks: Sequence[ModelSpec]) -> None:
    """Which of the networks nobody trained."""
    for network in networks:
        if network.family == "custom":
            with st.container(horizontal=True, vertical_alignment="center"):
                no_weights_badge(f"{network.title}: ")
                note(no_weights_sentence(network))


def _swap() -> None:
    left, right = st.session_state["left"], st.session_state["right"]
    st.session_state["left"], st.session_state["right"] = right, left


def _spec(name: str) -> ModelSpec:
    if name == "custom":
        return st.session_state["custom_spec"]
    return from_code(name) if name in tutorial_titles() else spec(name)


def headline(comparison: Comparison) -> None:
    """The difference in one line."""
    left, right = comparison.left, comparison.right
    with st.container(horizontal=True):
        st.metric(
            "Parameters",
            ratio(right.params, left.params),
            f"{comparison.params_difference:+,}",
            delta_color="off",
            delta_arrow="off",
        )
        st.metric(
            "MACs",
            ratio(right.macs, left.macs),
            signed_si(comparison.macs_difference),
            delta_color="off",
            delta_arrow="off",
        )
        count = [len(plan.spec.block_specs()) for plan in (left, right)]
        st.metric("Blocks", f"{count[0]} → {count[1]}", ratio(count[1], count[0]), delta_color="off", delta_arrow="off")
        st.metric(
            "Resolution",
            f"{left.resolution} → {right.resolution}",
            ratio(right.resolution, left.resolution),
            delta_color="off",
            delta_arrow="off",
        )
        st.metric(
            "Peak activations",
            f"{si(right.peak_activation_bytes, 'B')}",
            f"from {si(left.peak_activation_bytes, 'B')}",
            help=PEAK_NOTE,
            delta_color="off",
            delta_arrow="off",
        )


def differences(both: Comparison, plans: Sequence[Plan], metric: str, every_block: bool) -> None:
    """The tab with the waterfall, the tables, the rule of thumb, accuracy, and the files.

    Args:
        both: the left and the right network.
        plans: these two, then further networks in the tables.
        metric: what bars and shading of the diagrams show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
    """
    st.subheader("Where the difference comes from", anchor=False)
    difference(both)
    st.subheader("Stage by stage", anchor=False)
    rows = stage_rows(plans)
    st.dataframe(rows, hide_index=True, alt="Stages of the networks beside each other")
    totals_table(plans)
    note(f"In brackets: how many times the first network. {MACS_NOTE}")
    st.subheader("Why the ratio is not the rule of thumb", anchor=False)
    ratio_explained(*plans[:2])
    st.subheader("What accuracy costs", anchor=False)
    accuracy(plans)
    download_row(comparison_files(both, metric, every_block, rows))


def difference(comparison: Comparison) -> None:
    """The waterfall with its two switches."""
    left, right = st.columns(2)
    with left:
        quantity = switch("Difference in", _QUANTITIES, key="difference_in")
    with right:
        way = switch("Split by", {"stage": "Stage", "operator": "Operator"}, key="split")
    changes = split(comparison, way, quantity)
    titles = _short(comparison.left, "left", comparison), _short(comparison.right, "right", comparison)
    chart = waterfall(changes, *titles, UNITS[quantity])
    st.vega_lite_chart(
        chart, width="stretch", alt=f"Waterfall from {titles[0]} to {titles[1]} in {UNITS[quantity]}, by {way}"
    )
    largest = max(changes, key=lambda change: abs(change.difference))
    total = sum(change.difference for change in changes)
    if total:
        note(
            f"The largest part is {largest.title.replace('_', ' and ')}: {signed_si(largest.difference)}, "
            f"{share(largest.difference, total)} of the difference. "
            f"{'SE has a bar of its own: the bars of the stages do not contain it. ' if way == 'stage' else ''}"
            f"{'' if begins_at_nothing(chart) else 'The axis does not begin at 0: the two hardly differ.'}"
        )


def _short(side: Plan, where: str, comparison: Comparison) -> str:
    name = side.spec.title.removeprefix("EfficientNet-").removeprefix("EfficientNet")
    return f"{name} ({where})" if comparison.left.spec.title == comparison.right.spec.title else name


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
            "Peak activations": plan.peak_activation_bytes,
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
        totals_rows(plans),
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
            "Peak activations": config.NumberColumn(format="bytes", help=PEAK_NOTE),
            "Top-1": config.TextColumn("Top-1, %"),
        },
    )


def ratio_explained(left: Plan, right: Plan) -> None:
    """The rule of thumb beside the truth, dimension by dimension.

    Args:
        left: the network that is compared with.
        right: the network whose costs are given as multiples.
    """
    explanations = [explain_ratio(left, right, quantity) for quantity in ("macs", "params")]
    if explanations[0] is None:
        same_stages = left.spec.stages == right.spec.stages
        differ = (
            "rounded by different rules"
            if same_stages and left.spec.rounding != right.spec.rounding
            else "of different design"
        )
        note(
            f"The two networks are {differ}, so no depth, width and resolution leads from one to the other: the rule "
            "depth × width² × resolution² does not apply."
        )
        return
    for explanation in explanations:
        _explanation(explanation)


def _explanation(explanation: RatioExplanation) -> None:
    rule = " × ".join(
        factor(dimension.factor) + ("" if dimension.name == "depth" else "²") for dimension in explanation.dimensions
    )
    st.markdown(
        f"**{_QUANTITIES[explanation.quantity]}**: the rule says {rule} = "
        f"**{factor(explanation.predicted)}**, the true factor is **{factor(explanation.true)}**."
    )
    rows = [
        {
            "Scaled alone": dimension.name,
            "Multiplier": factor(dimension.factor),
            "Rule": f"{factor(dimension.predicted)}×",
            "True": f"{factor(dimension.true)}×",
            "Why they differ": dimension.reason if factor(dimension.predicted) != factor(dimension.true) else "",
        }
        for dimension in explanation.dimensions
    ]
    rows.append(
        {
            "Scaled alone": "together, in addition",
            "Multiplier": "",
            "Rule": "1×",
            "True": f"{factor(explanation.together)}×",
            "Why they differ": "The dimensions multiply each other: blocks that depth adds are made wider, too.",
        }
    )
    st.table(rows, hide_index=True, alt=f"Rule and truth for {UNITS[explanation.quantity]}", border="horizontal")


def accuracy(plans: Sequence[Plan]) -> None:
    """Published accuracy against cost."""
    quantity = switch("Against", _QUANTITIES, key="accuracy_against")
    chosen = {plan.spec.name: plan.spec.title for plan in plans if plan.spec.family != "custom"}
    st.vega_lite_chart(
        accuracy_chart(ACCURACIES, quantity, chosen),
        width="stretch",
        alt=f"Top-1 accuracy of the family against {UNITS[quantity]}",
    )
    note(
        "ImageNet validation, one crop, as published; point at a circle to see its source. "
        "Filled: as Google published them; hollow: torchvision's sets. " + torchvision_words() + " "
        "Weights trained on more or other data are not comparable: B8 (adversarial examples), L2 (300 million "
        "unlabelled photos), V2-XL (ImageNet-21k)."
    )
    _older_networks()


def _older_networks() -> None:
    """How many parameters and multiply-adds other networks take for their accuracy."""
    st.markdown("**Beside older networks**")
    own = next(accuracy for accuracy in accuracies("b0") if accuracy.by == "torchvision")
    rows = [
        {
            "Network": network.title,
            "Year": network.year,
            "Parameters": network.params,
            "MACs": network.macs,
            "Top-1, %": network.top1,
        }
        for network in OLDER_NETWORKS
    ]
    rows.append(
        {
            "Network": own.plan.spec.title,
            "Year": 2019,
            "Parameters": own.plan.params,
            "MACs": own.plan.macs,
            "Top-1, %": own.top1,
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        alt="Older networks and EfficientNet-B0: parameters, MACs, accuracy",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in ("Parameters", "MACs")},
    )
    note(
        "EfficientNet was made by Mingxing Tan and Quoc V. Le at Google (2019). All rows: torchvision's metadata of "
        "the IMAGENET1K_V1 weights. They were trained in different ways, so part of the difference comes from training."
    )
