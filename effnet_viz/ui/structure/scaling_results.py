"""The scaling laboratory: the network under the controls, theory beside practice, rounding, equal cost."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from effnet_viz.architecture import Plan, plan, spec
from effnet_viz.architecture.custom import ceil4_name, tutorial_name
from effnet_viz.architecture.equal_cost import scale_to_cost
from effnet_viz.architecture.published import published_name
from effnet_viz.architecture.rounding_steps import StageScalingSteps, stage_steps
from effnet_viz.architecture.theory import TUTORIAL_PHI, shipped_beside_theory
from effnet_viz.draw.network_words import theory_words
from effnet_viz.draw.numbers import ratio, si
from effnet_viz.draw.scaling_charts import equal_cost_chart, implied_phi_chart
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session.custom_network import no_weights_sentence, use_on_every_page
from effnet_viz.ui.structure.scaling_controls import ScalingChoice
from effnet_viz.ui.structure.tutorial_networks import tutorial_rules
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.table_data import table_of


def network_under(choice: ScalingChoice) -> Plan | None:
    """The plan of the network under the controls."""
    return None if choice.network is None else plan(choice.network)


def network_line(network: Plan) -> None:
    """What the controls build, and its name if it has one."""
    _its_name(network)
    base = plan("b0")
    with st.container(horizontal=True):
        for label, value, of_b0 in (("Parameters", network.params, base.params), ("MACs", network.macs, base.macs)):
            st.metric(
                label, si(value), f"{ratio(value, of_b0)} B0", delta_color="off", delta_arrow="off", help=f"{value:,}"
            )
        st.metric(
            "Blocks",
            len(network.spec.block_specs()),
            f"B0: {len(base.spec.block_specs())}",
            delta_color="off",
            delta_arrow="off",
        )
        st.metric(
            "Resolution", f"{network.resolution} px", f"B0: {base.resolution} px", delta_color="off", delta_arrow="off"
        )


def _its_name(network: Plan) -> None:
    name = published_name(network.spec)
    if tutorials := tutorial_name(network.spec):
        st.info(
            f"This is what tutorials build under the name {tutorials.upper()}. {no_weights_sentence(network.spec)} "
            f"{tutorial_rules(tutorials)}",
            icon=":material/school:",
        )
    elif rounded := ceil4_name(network.spec):
        st.info(
            f"These are the published multipliers of {rounded.upper()}, rounded up to multiples of 4. "
            f"{no_weights_sentence(network.spec)}",
            icon=":material/school:",
        )
    elif name is None or (network.spec.num_classes, network.spec.in_channels) != (1000, 3):
        st.info(no_weights_sentence(network.spec), icon=":material/science:")
    elif spec(name).resolution == network.resolution:
        st.success(f"This is {spec(name).title}.", icon=":material/check:")
    else:
        st.success(
            f"This is {spec(name).title}, which was published at {spec(name).resolution} pixels, here at "
            f"{network.resolution}.",
            icon=":material/check:",
        )


def use_on_every_page_button(network: Plan) -> None:
    """Hand the network on to the other pages."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Use this network on the other pages",
            icon=":material/arrow_forward:",
            on_click=use_on_every_page,
            args=(network.spec,),
            key="use_on_every_page",
        )
        if st.session_state.get("variant") == "custom" and st.session_state.get("custom_spec") == network.spec:
            page_link("architecture", "Open it in Architecture")
            page_link("compare", "Compare it with B0", query_params={"left": "b0", "right": "custom"})


def theory_beside_shipped(choice: ScalingChoice) -> None:
    """For every released variant: what was shipped, the phi behind each coefficient, what one phi would give."""
    rows = shipped_beside_theory(alpha=choice.alpha, beta=choice.beta, gamma=choice.gamma)
    st.markdown(theory_words(rows))
    show_chart(
        st,
        spec=implied_phi_chart(rows),
        width="stretch",
        alt="How far the phi behind depth, width and resolution lie from the nearest single phi",
    )
    st.dataframe(
        table_of(
            {
                "Variant": row.name.upper(),
                "Shipped: width, depth, px": _multipliers(row.spec.width, row.spec.depth, row.spec.resolution),
                "phi of depth": row.phi_depth,
                "phi of width": row.phi_width,
                "phi of resolution": row.phi_resolution,
                "Nearest phi": row.best.phi,
                "It would give": _multipliers(row.best.width, row.best.depth, row.best_resolution),
                "Tutorials' phi": TUTORIAL_PHI[row.name],
            }
            for row in rows
        ),
        hide_index=True,
        alt="Shipped coefficients beside theory",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f")
            for name in ("phi of depth", "phi of width", "phi of resolution", "Nearest phi")
        },
    )
    note(
        "phi of depth: log(depth) / log(alpha), likewise log(width) / log(beta) and log(resolution / 224) / "
        "log(gamma). The nearest phi is the least-squares fit of all three. Sources: Tan & Le 2019 (arXiv "
        "1905.11946), equation 3 and section 3.3; tensorflow/tpu efficientnet_builder.py; the question: "
        "github.com/tensorflow/tpu/issues/390."
    )


def _multipliers(width: float, depth: float, side: int) -> str:
    return f"{width:.3g}, {depth:.3g}, {side}"


def rounding(network: Plan) -> None:
    """Every stage's channels and repeats, step by step, under the official rule, ceil4 and the tutorials' rules."""
    stages = stage_steps(network.spec)
    rows = [
        {
            "Stage": stage.title.capitalize().replace(" ", "\N{NO-BREAK SPACE}"),
            "Official": str(stage.channels["official"]),
            "Up to 4 (ceil4)": str(stage.channels["ceil4"]),
            "Tutorials": str(stage.channels["tutorial"]),
            "They differ": _different(stage),
            "Layers": str(stage.repeats) if stage.repeats else "never repeated",
        }
        for stage in stages
    ]
    st.table(table_of(rows), hide_index=True, border="horizontal", alt="Rounding of every stage, step by step")
    parted = sum(stage.rules_differ for stage in stages)
    if not parted:
        note("Here all three rules build the same channels.")
        return
    built = {
        words: plan(network.spec.replace(rounding=rule, head_rule=head)).params
        for words, rule, head in (
            ("officially", "official", "official"),
            ("rounded up to 4", "ceil4", "official"),
            ("as in tutorials", "tutorial", "tutorial"),
        )
    }
    note(
        f"The rules differ at {parted} of {len(stages)} places: "
        + ", ".join(f"{params:,} parameters {words}" for words, params in built.items())
        + ". Trained weights exist for the official widths only."
    )


def _different(steps: StageScalingSteps) -> str:
    results = [steps.channels[rule].result for rule in ("official", "ceil4", "tutorial")]
    return f"**{' / '.join(f'{result:,}' for result in results)}**" if steps.rules_differ else ""


def one_dimension(network: Plan) -> None:
    """B0 scaled in one dimension only until it costs as much as the network under the controls."""
    base = plan("b0")
    if network.macs <= base.macs:
        note("The network of the controls costs no more than B0; make it larger to compare ways to grow.")
        return
    equal_cost = _equal_cost(network.macs)
    rows = [
        _way("all three", network, f"w {network.spec.width:.3g}, d {network.spec.depth:.3g}, {network.resolution} px")
    ]
    for way in equal_cost:
        words = f"{way.dimension} × {way.multiplier:.3g}"
        rows.append(
            _way(f"{way.dimension} only", way.plan, words)
            if way.plan
            else {"Scaled": f"{way.dimension} only", "By": f"beyond what can be built ({words} is not enough)"}
        )
    st.dataframe(
        table_of(rows),
        hide_index=True,
        alt="Four ways to spend the same MACs",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "MACs": st.column_config.NumberColumn(format="localized"),
            "Peak activations": st.column_config.NumberColumn(format="%.1f MB"),
            "Receptive field / image": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    for column, (quantity, title) in zip(
        st.columns(2), (("params", "Parameters"), ("peak_activation_bytes", "Peak activations, bytes")), strict=True
    ):
        show_chart(
            column,
            spec=equal_cost_chart(network, equal_cost, quantity, title),
            width="stretch",
            alt=f"{title} of four networks of equal cost",
        )
    note(
        "Same cost, other networks: depth adds layers, width channels, resolution pixels. What this cannot show is "
        "accuracy. The paper trained such a set from B0 (its Table 7, about 1.8 G MACs): depth × 4 reached 79.0%, "
        "width × 2 78.9%, resolution × 2 79.1%, all three together 81.1%."
    )


@lru_cache(maxsize=64)
def _equal_cost(macs: int):
    return scale_to_cost(spec("b0"), macs)


def _way(name: str, plan: Plan, words: str) -> dict[str, object]:
    head = next(block for block in plan.blocks if block.kind == "head")
    return {
        "Scaled": name,
        "By": words,
        "Blocks": len(plan.spec.block_specs()),
        "Widest": max(block.out_shape[0] for block in plan.blocks if block.spec),
        "Resolution": plan.resolution,
        "MACs": plan.macs,
        "Parameters": plan.params,
        "Peak activations": plan.peak_activation_bytes / 1e6,
        "Receptive field / image": head.receptive_field / plan.resolution,
    }
