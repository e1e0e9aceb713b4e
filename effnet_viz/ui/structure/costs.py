"""What networks cost on this machine: counted work at once, measured time when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from effnet_viz.architecture import ModelSpec, Plan
from effnet_viz.draw.cost_charts import WORDS, block_bars, counted_rows, roofline, timed_rows
from effnet_viz.draw.numbers import counted, ratio, si, whole_percent
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session import chosen, models_and_runs
from effnet_viz.ui.structure.drawings import timed_drawing
from effnet_viz.ui.structure.files import as_csv
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import Download, download_row, error_sentence, note
from effnet_viz.ui.widgets.pass_times import seconds_of_plan, seconds_to_load, slowness
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.engine.profile import Profile
    from effnet_viz.engine.progress import Progress
    from effnet_viz.explain import Model

BATCHES = {"1": "1 photo", "4": "4", "16": "16"}
RUNS = 14  # of a network, warm-up included, as the estimate counts
ROOFS_S = 2.0  # finding the roofs of the usual machine
SETTING_UP_S = 1.5  # writing the graphs of a network's parts, and reading the clocks, there
AT_ONCE_S = 1.0  # what takes longer waits for a click
COUNTED = {"macs": "MACs", "bytes": "Bytes moved"}

Load = Callable[[], "Model"]


def cost(shown: Plan) -> None:
    """The tab of the page Architecture: the chosen network at the resolution of the diagram.

    Args:
        shown: the network.
    """
    batch = _batch()
    profiles = _measured({chosen.chosen_key(): chosen.chosen_model}, [shown], batch)
    blocks = [block.id for block in shown.blocks]
    if profiles is not None:
        (profile,) = profiles
        st.markdown(f"**{profile.sentence()}**")
        _totals(profiles)
        timed_drawing(shown, {block.id: 1000 * block.seconds for block in profile.blocks})
        _time_bars(profile, blocks, "Milliseconds", legend=True)
    for quantity, title in COUNTED.items():
        rows = counted_rows(shown, quantity, batch)
        bars = block_bars(rows, blocks, title, legend=profiles is None and quantity == "macs")
        show_chart(st, spec=bars, width="stretch", alt=f"{title} of every block of {shown.spec.title}")
    note(
        "One bar a block, from left to right as in the diagram, put together from its steps. MACs and bytes are "
        "counted; a step moves at least its input, its parameters and its output. "
        + ("Milliseconds were measured here." if profiles else "Time is measured on this machine when you ask for it.")
    )
    if profiles is not None:
        _roofs(profiles)
        _kinds_table(profiles)
        _engine_note(profiles)
        _again_and_files(profiles)
    with st.container(horizontal=True):
        page_link("compare", "B0 beside B7", query_params={"left": "b0", "right": "b7", "compared": "cost"})
        page_link("compare", "Lite0 beside B0", query_params={"left": "lite0", "right": "b0", "compared": "cost"})


def compared_costs(plans: Sequence[Plan]) -> None:
    """The tab of the page Compare: both networks measured in one go, each at its resolution.

    Args:
        plans: the left network and the right one.
    """
    from_left = [block.id for plan in plans for block in plan.blocks]
    blocks = sorted(dict.fromkeys(from_left), key=_place)
    batch = _batch()
    device = st.session_state.get("device", "auto")
    loads = {(plan.spec, device, side): _loading(plan.spec, device) for side, plan in enumerate(plans)}
    profiles = _measured(loads, plans, batch)
    if profiles is None:
        for plan in plans:
            rows = counted_rows(plan, "macs", batch)
            bars = block_bars(rows, blocks, "MACs", legend=plan is plans[0])
            st.markdown(f"**{plan.spec.title}**, {si(batch * plan.macs)} MACs")
            show_chart(st, spec=bars, width="stretch", alt=f"MACs of every block of {plan.spec.title}")
        note("Each network has its own scale. Time is measured on this machine when you ask for it.")
        return
    from effnet_viz.engine.profile import beside

    st.markdown(f"**{beside(*profiles)}**")
    _totals(profiles)
    for profile in profiles:
        st.markdown(f"**{profile.plan.spec.title}**, {_milliseconds(profile.seconds)}")
        _time_bars(profile, blocks, "Milliseconds", legend=profile is profiles[0])
    note("Blocks of the same name stand under each other. Each network has its own scale.")
    _roofs(profiles)
    _kinds_table(profiles)
    for profile in profiles:
        note(f"{profile.plan.spec.title}: {profile.sentence()}")
    _engine_note(profiles)
    _again_and_files(profiles)


def _place(block: str) -> tuple[bool, list[int]]:
    """Order of the blocks of several networks: by stage and number, the classifier last."""
    return (True, []) if not block[0].isdigit() else (False, [int(part) for part in block.split(".")])


def _batch() -> int:
    return int(
        choose(st.segmented_control, "At once", BATCHES, key="batch", default="1", required=True, width="content")
    )


def _loading(spec: ModelSpec, device: str) -> Load:
    """Time does not depend on the parameters' values, so none have to be here."""

    def load() -> Model:
        needed = chosen.needs_permission(spec)
        if needed:
            raise ValueError(
                f"{spec.title} takes about {needed / 1e9:.1f} GB of memory to run. Its structure needs none of it; to "
                "measure it, choose it on the page Feature maps and press Allocate there."
            )
        return models_and_runs.model_of(spec, chosen.UNTRAINED, device)

    return load


def _measured(loads: Mapping[Any, Load], plans: Sequence[Plan], batch: int) -> Sequence[Profile] | None:
    """The networks' profiles once they have been asked for, all measured in one go."""

    def work(progress: Progress) -> tuple[Profile, ...]:
        from effnet_viz.explain.profile import profile

        profiles = []
        total = sum(plan.macs for plan in plans)
        shares = [plan.macs / total for plan in plans]
        for number, (load, plan) in enumerate(zip(loads.values(), plans, strict=True)):
            done, share = sum(shares[:number]), shares[number]
            profiles.append(
                profile(
                    load(),
                    plan.resolution,
                    batch=batch,
                    progress=lambda part, done=done, share=share: progress(done + share * part),
                )
            )
        roofs = profiles[-1].machine  # the best that was seen: what the last network reached counts for the first, too
        return tuple(replace(profile, machine=roofs) for profile in profiles)

    def seconds() -> float:
        passes = RUNS * batch * sum(seconds_of_plan(plan) for plan in plans)
        return slowness() * ROOFS_S + passes + sum(SETTING_UP_S * slowness() + seconds_to_load(plan) for plan in plans)

    try:
        return on_request(
            ("costs", *loads, *(plan.resolution for plan in plans), batch),
            seconds,
            work,
            label="Measure here",
            name="costs",
            patience=AT_ONCE_S,
            again=bool(st.session_state.get("measure_again")),
        )
    except (ValueError, RuntimeError) as error:
        error_sentence(error)
        return None


def _totals(profiles: Sequence[Profile]) -> None:
    first = profiles[0]
    with st.container(horizontal=True):
        for profile in profiles:
            beside = None if profile is first else ratio(profile.seconds, first.seconds)
            st.metric(
                profile.plan.spec.title,
                _milliseconds(profile.seconds),
                beside,
                delta_color="off",
                delta_arrow="off",
                help=f"Sum over the blocks, {_photos(profile.batch)} at {profile.plan.resolution} pixels",
            )
            st.metric(
                "MACs a second",
                si(profile.batch * profile.plan.macs / profile.seconds),
                help="Over the whole network, in float32",
            )
        st.metric("Roof of arithmetic", f"{si(first.machine.macs_per_second)} MACs/s", help=_ROOFS)
        st.metric("Roof of memory", f"{si(first.machine.bytes_per_second, 'B')}/s", help=_ROOFS)


_ROOFS = (
    "Measured here, once, on large matrices and on a long copy in memory. The best speed counts, as other work "
    "on the machine only makes it slower."
)


def _time_bars(profile: Profile, blocks: Sequence[str], title: str, *, legend: bool) -> None:
    bars = block_bars(
        timed_rows(profile.rows("blocks"), profile.rows("steps")), blocks, title, legend=legend, unit=".3~g"
    )
    dearest = max(profile.blocks, key=lambda block: block.seconds)
    show_chart(
        st,
        spec=bars,
        width="stretch",
        alt=f"Milliseconds of every block of {profile.plan.spec.title}; most in {dearest.id}, "
        f"{whole_percent(dearest.share)}",
    )


def _roofs(profiles: Sequence[Profile]) -> None:
    st.header("Under the two roofs of this machine", anchor=False)
    machine = profiles[0].machine
    steps = dict(zip(_titles(profiles), (profile.rows("steps") for profile in profiles), strict=True))
    chart = roofline(steps, machine.macs_per_second, machine.bytes_per_second)
    show_chart(st, spec=chart, width="stretch", alt="Roofline: every step by arithmetic intensity and speed")
    note(
        "A dot is a step, as large as its time. Under the slope a step waits for memory, under the flat roof for "
        f"arithmetic; they meet at {machine.balance:.2g} multiply-adds for every byte. A step above the slope finds "
        "its values in the processor's cache, which is faster than memory. After Williams et al. 2009, “Roofline”."
    )


def _kinds_table(profiles: Sequence[Profile]) -> None:
    rows = [
        {
            "Network": title,
            "Kind of step": WORDS[kind["kind"]],
            "Time": 100 * kind["share"],
            "MACs": 100 * kind["macs_share"],
            "Milliseconds": kind["milliseconds"],
            "MACs a byte": kind["macs_per_byte"],
            "MACs a second": si(kind["macs_per_second"]),
            "Waits for": {"memory": "memory", "compute": "arithmetic"}[kind["bound"]],
        }
        for title, profile in zip(_titles(profiles), profiles, strict=True)
        for kind in profile.rows("kinds")
    ]
    config = st.column_config
    st.dataframe(
        table_of(rows),
        hide_index=True,
        alt="Kinds of steps: share of time and of multiply-adds",
        column_order=list(rows[0]) if len(profiles) > 1 else list(rows[0])[1:],
        column_config={
            "Time": config.ProgressColumn("Share of time", format="%.1f%%", min_value=0, max_value=100),
            "MACs": config.ProgressColumn("Share of MACs", format="%.1f%%", min_value=0, max_value=100),
            "Milliseconds": config.NumberColumn(format="%.2f"),
            "MACs a byte": config.NumberColumn(format="%.2f"),
        },
    )


def _titles(profiles: Sequence[Profile]) -> list[str]:
    """Names that tell the networks apart, also where both have one title."""
    titles = [profile.plan.spec.title for profile in profiles]
    sides = (", upper", ", lower") if titles[:1] == titles[1:] else ("", "")  # as the pickers call them
    return [title + side for title, side in zip(titles, sides, strict=False)]


def _engine_note(profiles: Sequence[Profile]) -> None:
    first = profiles[0]
    machine = first.machine
    note(
        f"{first.engine} answered, on {machine.device} with {counted(machine.threads, 'thread')}, "
        f"{_photos(first.batch)} at a time: the median of {counted(first.rounds, 'run')}, block after block. "
        "Other work on this machine makes it slower: measure again to see by how much."
    )


def _again_and_files(profiles: Sequence[Profile]) -> None:
    st.button("Measure again", key="measure_again", icon=":material/replay:")
    download_row(
        [
            Download(
                label=f"Costs of {profile.plan.spec.title} as CSV",
                name=f"{profile.plan.spec.name}_{profile.plan.resolution}_{side}_costs.csv",
                mime="text/csv",
                content=lambda profile=profile: as_csv(profile.rows("steps")),
            )
            for side, profile in enumerate(profiles)
        ]
    )


def _photos(batch: int) -> str:
    return counted(batch, "photo")


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.3g} ms" if seconds < 1 else f"{seconds:,.3g} s"
