"""The tab of the compare page that explains a difference: the waterfall, the rule of thumb, what accuracy costs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from effnet_viz.architecture import Comparison, Plan
from effnet_viz.architecture.difference import Contribution, RatioExplanation, explain_ratio, split
from effnet_viz.architecture.published import ACCURACIES, OLDER_NETWORKS, accuracies
from effnet_viz.draw.numbers import factor, share, signed_si
from effnet_viz.draw.structure_charts import accuracy_chart, begins_at_nothing, waterfall
from effnet_viz.ui.structure.comparison_tables import stage_rows, totals_table
from effnet_viz.ui.structure.drawings import MACS_NOTE, switch
from effnet_viz.ui.structure.files import comparison_files
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import download_row, folded_away, note
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.weights.catalogue import torchvision_words

_QUANTITIES = {"params": "Parameters", "macs": "MACs"}
NAMES = {"stem_head": "stem and head", "fused_mbconv": "fused MBConv", "mbconv": "MBConv", "se": "SE"}  # of operators
UNITS = {"params": "parameters", "macs": "MACs"}


def differences(both: Comparison, plans: Sequence[Plan], metric: str, every_block: bool) -> None:
    """The tab with the waterfall, the tables, the rule of thumb, accuracy, and the files.

    Args:
        both: the left and the right network.
        plans: these two, then further networks in the tables.
        metric: what bars and shading of the diagrams show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
    """
    st.header("Where the difference comes from", anchor=False)
    difference(both)
    st.header("Stage by stage", anchor=False)
    rows = stage_rows(plans)
    st.dataframe(table_of(rows), hide_index=True, alt="Stages of the networks beside each other")
    totals_table(plans)
    note(f"In brackets: how many times the first network. {MACS_NOTE}")
    folded_away(
        "Why the ratio is not the rule of thumb",
        lambda: ratio_explained(*plans[:2]),
        key="ratio_unfolded",
        icon=":material/calculate:",
    )
    st.header("What accuracy costs", anchor=False)
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
    show_chart(
        st, spec=chart, width="stretch", alt=f"Waterfall from {titles[0]} to {titles[1]} in {UNITS[quantity]}, by {way}"
    )
    largest = max(changes, key=lambda change: abs(change.difference))
    total = sum(change.difference for change in changes)
    apart = any(change.kind == "se" for change in changes) and way == "stage"
    if total:
        note(
            " ".join(
                [
                    largest_part(largest, total),
                    *(["SE has a bar of its own: the bars of the stages do not contain it."] if apart else []),
                    *([] if begins_at_nothing(chart) else ["The axis does not begin at 0: the two hardly differ."]),
                ]
            )
        )


def largest_part(largest: Contribution, total: int) -> str:
    """What makes the largest part of a difference, and how much of it where that is a share.

    Args:
        largest: the part.
        total: the whole difference, which is not 0.
    """
    words = f"The largest part is {NAMES.get(largest.title, largest.title)}: {signed_si(largest.difference)}"
    if 0 < largest.difference / total <= 1:
        return f"{words}, {share(largest.difference, total)} of the difference."
    return f"{words}. Other parts go the other way; {signed_si(total)} are left in all."


def _short(side: Plan, where: str, comparison: Comparison) -> str:
    name = side.spec.title.removeprefix("EfficientNet-").removeprefix("EfficientNet")
    return f"{name} ({where})" if comparison.left.spec.title == comparison.right.spec.title else name


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
    st.table(
        table_of(rows), hide_index=True, alt=f"Rule and truth for {UNITS[explanation.quantity]}", border="horizontal"
    )


def accuracy(plans: Sequence[Plan]) -> None:
    """Published accuracy against cost."""
    quantity = switch("Against", _QUANTITIES, key="accuracy_against")
    chosen = {plan.spec.name: plan.spec.title for plan in plans if plan.spec.family != "custom"}
    show_chart(
        st,
        spec=accuracy_chart(ACCURACIES, quantity, chosen),
        width="stretch",
        alt=f"Top-1 accuracy of the family against {UNITS[quantity]}",
    )
    note(
        "ImageNet validation, one crop, as published; point at a circle to see its source. "
        "Filled: as Google published them; hollow: torchvision's sets. " + torchvision_words() + " "
        "Weights trained on more or other data are not comparable: B8 (adversarial examples), L2 (300 million "
        "unlabelled photos), V2-XL (ImageNet-21k)."
    )
    folded_away("Beside older networks", _older_networks, key="older_unfolded", icon=":material/history:")


def _older_networks() -> None:
    """How many parameters and multiply-adds other networks take for their accuracy."""
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
        table_of(rows),
        hide_index=True,
        alt="Older networks and EfficientNet-B0: parameters, MACs, accuracy",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in ("Parameters", "MACs")},
    )
    note(
        "EfficientNet was made by Mingxing Tan and Quoc V. Le at Google (2019). All rows: torchvision's metadata of "
        "the IMAGENET1K_V1 weights. They were trained in different ways, so part of the difference comes from training."
    )
