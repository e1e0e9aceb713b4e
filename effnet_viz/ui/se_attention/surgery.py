"""The SE page: overrule the gates and watch the answer change; disable each block in turn."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import plan
from effnet_viz.draw.comparison_charts import answers_before_and_after, knock_out_chart
from effnet_viz.draw.numbers import percent, points
from effnet_viz.engine.progress import Progress
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.gate_statistics import mean_gates
from effnet_viz.explain.predict import ranked
from effnet_viz.explain.surgery import KnockOut, Operation, Outcome, knock_outs, operate
from effnet_viz.images import Photo
from effnet_viz.ui.se_attention.compared_photos import offered_photo, offered_photos
from effnet_viz.ui.se_attention.gates import watched_class
from effnet_viz.ui.se_attention.overruled import Overruled, read_overruled, spelled
from effnet_viz.ui.session.gates_seen import gates_of
from effnet_viz.ui.session.models_and_runs import channel_evidence_of
from effnet_viz.ui.widgets.address import from_address, to_address
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import seconds_alone
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose

MODES = {
    "unchanged": "Unchanged",
    "ones": "All open (SE off)",
    "photo_mean": "This photo's mean for every channel",
    "reference_mean": "Mean of reference photos",
    "shuffled": "Shuffled among channels",
    "other_photo": "Taken from another photo",
}
REFERENCES = 6
SLIDERS = 3
CLASSES = 5
MEASURES = {"probability": "probability", "logit": "logit"}


@st.fragment
def surgery(model: Model, photo: Photo, run: Capture, block: str) -> None:
    """Gates to change on the left, the answer before and after on the right, the knock-out below.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: id of the block whose gates can be changed here.
    """
    note(
        "Setting gates without training the network again shows a disturbed network, not what squeeze and excitation "
        "is worth: for that, two networks are trained, one with it and one without. The tab All classes of the shapes "
        "network shows such a pair."
    )
    mine = _taken_up(model, run)
    watched = watched_class(model, run, "Class to watch")
    left, right = st.columns([5, 6], gap="large")
    with left:
        _modes(model, run, block, mine)
        _channel_sliders(model, run, block, mine, watched)
    to_address("gates_set", spelled(mine, run.gates))
    with right:
        outcome = operate(model, run, _operations(model, photo, mine))
        _answer(model, run, outcome, watched, mine)
    st.divider()
    _knock_out(model, photo, run, watched)


def _taken_up(model: Model, run: Capture) -> Overruled:
    """What the visitor did to this network, or on arrival what the address says."""
    kept = st.session_state.setdefault("surgery", {})
    gates = {block: values.size for block, values in run.gates.items()}
    modes = [mode for mode in MODES if mode != "unchanged"]
    kept[model.key] = from_address(
        "gates_set",
        lambda text: read_overruled(text, gates, modes),
        lambda _: kept.get(model.key, Overruled()),
        Overruled(),
    )
    return kept[model.key]


def _modes(model: Model, run: Capture, block: str, mine: Overruled) -> None:
    key = f"mode_{block}"
    st.session_state[key] = mine.modes.get(block, "unchanged")

    def change() -> None:
        chosen = st.session_state[key]
        mine.modes.pop(block, None)
        if chosen != "unchanged":
            mine.modes[block] = chosen

    def everywhere() -> None:
        chosen = st.session_state[key]
        mine.modes = {} if chosen == "unchanged" else dict.fromkeys(run.gates, chosen)

    def restore() -> None:
        mine.modes, mine.channels = {}, {}

    st.markdown(f"**The gates of block {block}**")
    st.selectbox("Gates", list(MODES), format_func=MODES.get, key=key, on_change=change, label_visibility="collapsed")
    if "other_photo" in mine.modes.values():
        offered = offered_photos(model)
        mine.other = choose(
            st.selectbox, "Other photo", offered, key="surgery_photo", default=list(offered)[min(1, len(offered) - 1)]
        )
    with st.container(horizontal=True):
        st.button("The same for every block", on_click=everywhere, icon=":material/select_all:", key="everywhere")
        st.button(
            "Restore everything",
            on_click=restore,
            icon=":material/restart_alt:",
            key="restore",
            disabled=not mine.blocks,
        )


def _channel_sliders(model: Model, run: Capture, block: str, mine: Overruled, watched: int) -> None:
    gates = run.gates[block]
    chosen_key = f"operated_{block}_{watched}"
    weighty = np.argsort(-channel_evidence_of(model, run, f"{block}.se", watched).contributions)[:SLIDERS].tolist()
    changed = list(mine.channels.get(block, {}))
    start = list(dict.fromkeys([*changed, *weighty]))[: max(SLIDERS, len(changed))]
    channels = st.multiselect(
        f"Channels of block {block} (at first those that add most to the watched class)",
        range(gates.size),
        default=start,
        key=chosen_key,
        max_selections=8,
    )
    mine.channels[block] = {
        channel: gate for channel, gate in mine.channels.get(block, {}).items() if channel in channels
    }
    for channel in channels:
        _slider(block, channel, float(gates[channel]), mine)


def _slider(block: str, channel: int, computed: float, mine: Overruled) -> None:
    key = f"gate_{block}_{channel}"
    st.session_state[key] = mine.channels[block].get(channel, round(computed, 3))

    def change() -> None:
        mine.channels[block][channel] = st.session_state[key]

    st.slider(
        f"Gate of channel {channel} (the network computes {computed:.3f})",
        0.0,
        1.0,
        step=0.001,
        format="%.3f",
        key=key,
        on_change=change,
    )


def _operations(model: Model, photo: Photo, mine: Overruled) -> dict[str, Operation]:
    given = {}
    if "reference_mean" in mine.modes.values():
        given["reference_mean"] = _reference_gates(model, photo)
    if "other_photo" in mine.modes.values():
        given["other_photo"] = gates_of(model, offered_photo(model, mine.other)).gates
    operations = {}
    for block in mine.blocks:
        mode, channels = mine.modes.get(block, "unchanged"), mine.channels.get(block, {})
        operations[block] = (
            Operation(mode="given", gates=given[mode][block], channels=channels)
            if mode in given
            else Operation(mode=mode, channels=channels)
        )
    return operations


def _reference_gates(model: Model, photo: Photo) -> dict[str, np.ndarray]:
    others = [
        other
        for other in (offered_photo(model, name) for name in offered_photos(model))
        if other.digest != photo.digest
    ]
    with st.spinner(f"Running the network on {REFERENCES} reference photos"):
        return mean_gates([gates_of(model, other).gates for other in others[:REFERENCES]])


def _answer(model: Model, run: Capture, outcome: Outcome, watched: int, mine: Overruled) -> None:
    before, after = run.probabilities, outcome.probabilities
    label = model.class_names[watched]
    first, second = st.columns(2)
    colour = "normal" if mine.blocks else "off"
    first.metric(
        f"Probability of “{as_markdown(label)}”",
        percent(after[watched]),
        delta_color=colour,
        delta=points((after - before)[watched]),
    )
    second.metric(
        "Its logit",
        f"{outcome.logits[watched]:.3f}",
        delta_color=colour,
        delta=f"{outcome.logits[watched] - run.logits[watched]:+.3f}",
    )
    wanted = [prediction.index for prediction in ranked(model, run.logits, CLASSES)]
    wanted += [prediction.index for prediction in ranked(model, outcome.logits, 3) if prediction.index not in wanted]
    bars = [(model.class_names[index], float(before[index]), float(after[index])) for index in wanted]
    show_chart(
        st,
        spec=answers_before_and_after(bars),
        key="surgery_answers",
        alt=f"Probabilities before and after surgery; {label} goes from {percent(before[watched])} to "
        f"{percent(after[watched])}",
    )
    done = [
        f"{block} {_in_sentence(MODES[mine.modes.get(block, 'unchanged')])}"
        + _by_hand(len(mine.channels.get(block, {})))
        for block in mine.blocks
    ]
    note(
        "Nothing is changed yet: both bars of a class are equal."
        if not done
        else f"Changed: {'; '.join(done[:6])}{' …' if len(done) > 6 else ''}. Blocks after a changed one compute "
        "their gates again. Only this run is changed: the network stays as it is, for everybody."
    )


def _in_sentence(words: str) -> str:
    return words[0].lower() + words[1:]  # names within stay as they are: “all open (SE off)”


def _by_hand(channels: int) -> str:
    return f", {channels} channel{'s' if channels > 1 else ''} by hand" if channels else ""


def _knock_out(model: Model, photo: Photo, run: Capture, watched: int) -> None:
    label, key = model.class_names[watched], ("knock outs", model.key, photo.digest, watched)
    st.markdown(f"**Knock-out: what happens to “{as_markdown(label)}” if one block has no SE?**")
    offer, slot = st.container(), st.empty()
    with offer:
        results = on_request(
            key,
            lambda: _passes(model, run) * seconds_alone(model),
            lambda progress: _run_knock_outs(model, run, watched, slot, progress),
            label=f"Disable each of {len(run.gates)} blocks in turn",
            name="knock_out",
        )
        if results is None:
            note(f"About {_passes(model, run):.0f} times the work of one run: each starts at the block in question.")
            return
        measure = choose(
            st.segmented_control, "Change of the", MEASURES, key="knock_out_by", default="probability", required=True
        )
    worst = min(results, key=lambda result: result.logit_change)
    show_chart(
        slot,
        spec=knock_out_chart(results, list(run.gates), measure),
        key="knock_out_chart",
        alt=f"Change for {label} when each block's SE is disabled; the largest loss is in block "
        f"{worst.block}, {worst.logit_change:+.2f} in the logit",
    )
    turned = [
        f"{result.block} ({as_markdown(model.class_names[result.winner])})"
        for result in results
        if result.winner != int(run.logits.argmax())
    ]
    note(
        "All gates of one block are 1, all others are computed as usual. "
        + (
            "The network was not trained like this, so this shows a disturbed network, not what SE is worth. "
            if model.provenance.trained
            else "The network is untrained, so this does not show what SE is worth. "
        )
        + (
            f"The answer changes for block {', '.join(turned)}."
            if turned
            else "The answer stays the same in every case."
        )
    )


def _passes(model: Model, run: Capture) -> float:
    """How many whole runs of the network all knock-outs are worth."""
    planned = plan(model.spec, run.input.shape[-1])
    ids, macs = [block.id for block in planned.blocks], [block.macs for block in planned.blocks]
    return sum(sum(macs[ids.index(block) :]) for block in run.gates) / planned.macs


def _run_knock_outs(
    model: Model, run: Capture, watched: int, slot: DeltaGenerator, progress: Progress
) -> list[KnockOut]:
    """All knock-outs, the chart growing while they come."""
    results: list[KnockOut] = []
    for result in knock_outs(model, run, watched):
        results.append(result)
        measure = st.session_state.get("knock_out_by", "probability")
        show_chart(slot, spec=knock_out_chart(results, list(run.gates), measure))
        progress(len(results) / len(run.gates))
    return results
