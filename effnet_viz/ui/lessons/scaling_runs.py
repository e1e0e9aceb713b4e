"""Lesson 6, the part that really runs: a trained network at other resolutions, and networks of other shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from effnet_viz.architecture import Plan, plan
from effnet_viz.draw.maps import map_image, png
from effnet_viz.draw.network_words import reach_words, training_resolution_words
from effnet_viz.draw.numbers import factor as plain
from effnet_viz.draw.numbers import percent, si
from effnet_viz.explain import Model, pass_time
from effnet_viz.images import Photo
from effnet_viz.lessons import scaled_runs, scaling
from effnet_viz.lessons.scaled_runs import ScaledRun
from effnet_viz.lessons.scaling import ScaledNetwork
from effnet_viz.ui.lessons.frame import side_by_side
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import CACHE, kept
from effnet_viz.ui.session.models_and_runs import model_of
from effnet_viz.ui.widgets.page_parts import error_sentence, note
from effnet_viz.ui.widgets.pass_times import seconds_of_plan, seconds_to_load
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose
from effnet_viz.weights.catalogue import best_on_this_machine
from effnet_viz.weights.memory import memory_to_run

SIDE = 224  # pixels of a picture
SHOWN_CELL = 16  # pixels that a cell of the shown maps covers in the beginning: objects are told apart there


def run_them(model: Model, photo: Photo) -> None:
    """The trained network at other resolutions, then four networks side by side, all on the same photo.

    Args:
        model: the network.
        photo: the photo.
    """
    st.header(f"The same weights at other resolutions: {model.spec.title}", anchor=False)
    cell_sizes = {str(cell): f"{cell} pixels" for cell in scaled_runs.last_blocks(plan(model.spec))}
    cell = int(
        choose(
            st.segmented_control,
            "Show maps whose cells cover",
            cell_sizes,
            key="cell",
            required=True,
            default=str(SHOWN_CELL) if str(SHOWN_CELL) in cell_sizes else list(cell_sizes)[-1],
        )
    )
    try:
        _resolutions(model, photo, cell)
        st.header("B0 at a large resolution, a deep narrow one, B3 as published", anchor=False)
        _networks(photo, cell)
    except (ValueError, RuntimeError) as error:
        error_sentence(error)


def _resolutions(model: Model, photo: Photo, cell: int) -> None:
    sides = scaled_runs.resolutions(model)
    runs = _all_runs(
        "resolutions",
        photo,
        {
            f"{model.key}@{side}": (plan(model.spec, side), lambda side=side: scaled_runs.at_resolution(model, side))
            for side in sides
        },
    )
    if runs is None:
        note(f"Runs the network on the photo at {', '.join(map(str, sides))} pixels.")
        return
    by_side = dict(zip(sides, runs, strict=True))
    trained = model.provenance.trained
    _pictures(
        "resolutions",
        f"{model.key}/{photo.digest}",
        cell,
        runs,
        {
            f"{side} pixels": f"{run.best.label} {percent(run.best.probability)}" if trained else _size(run, cell)
            for side, run in by_side.items()
        },
    )
    answer = {"Answer": lambda run: run.best.label, "Probability": lambda run: percent(run.best.probability)}
    _table({str(side): run for side, run in by_side.items()}, "Pixels", answer if trained else {})
    _on_resolution(model, by_side)


def _on_resolution(model: Model, runs: Mapping[int, ScaledRun]) -> None:
    own, most = model.preprocessing.crop, max(runs)
    drawn = runs[most].plan
    words = (
        f"A filter slides over a picture of any size, so the same {si(drawn.params)} parameters run at each of "
        f"these resolutions. {most} pixels cost **{drawn.macs / runs[own].plan.macs:.1f} times** the "
        f"multiply-adds of {own} and took {runs[most].seconds / runs[own].seconds:.1f} times as long. "
        f"One value of the last maps depends {reach_words(runs[own].plan)} at {own} pixels; {reach_words(drawn)} at "
        f"{most}. "
    )
    if model.provenance.trained:
        best, known = scaled_runs.surest(runs), model.provenance.kind != "checkpoint"
        words += (
            f"Its weights were measured at {own} pixels; for"
            if known
            else f"The file does not say at how many pixels it was trained; these pages take {own}. For"
        )
        words += f" this photo it is most certain at **{best}**. More pixels alone do not always help."
        if known:
            words += f" {training_resolution_words(model.spec, most)}"
    else:
        words += (
            "Its parameters are untrained, so an answer would mean nothing; choose EfficientNet-Lite0 on the "
            "left to see what a trained network says."
        )
    st.markdown(words)


def _networks(photo: Photo, cell: int) -> None:
    examples = scaling.examples()
    keys = [f"{network.title}/{_weights(network)}" for network in examples]
    runs = _all_runs(
        "networks",
        photo,
        {
            key: (network.plan, lambda network=network: scaled_runs.at_resolution(_loaded(network), network.resolution))
            for key, network in zip(keys, examples, strict=True)
        },
        to_load=True,
        unasked=False,  # networks that nobody asked for are not loaded
    )
    if runs is None:
        note("Builds the four networks one after the other and runs each on the photo.")
    else:
        by_title = {network.title: run for network, run in zip(examples, runs, strict=True)}
        cell = min(cell, max(runs[0].maps))
        _pictures(
            "networks",
            "/".join((*keys, photo.digest)),
            cell,
            runs,
            {title: _size(run, cell) for title, run in by_title.items()},
        )
        _table(by_title, "Network", {"Weights": lambda run: "trained" if run.trained else "untrained"})
        if not all(run.trained for run in runs):
            note(
                "Untrained: these weights are not on this machine, or nobody has trained such a network, so they are "
                "random. The size of the maps, the cost and the time are those of the trained network. What the maps "
                "show is not, so no class is named."
            )
    _in_words(examples)


def _weights(network: ScaledNetwork) -> str:
    """The best weights on this machine."""
    best = None if network.plan.spec.family == "custom" else best_on_this_machine(network.plan.spec.name)
    return best.name if best else "untrained"


def _loaded(network: ScaledNetwork) -> Model:
    """The network on the processor, so that times can be compared."""
    return model_of(network.plan.spec, _weights(network), "cpu")


def _all_runs(
    name: str,
    photo: Photo,
    networks: Mapping[str, tuple[Plan, Callable[[], Model]]],
    *,
    to_load: bool = False,
    unasked: bool = True,
) -> list[ScaledRun] | None:
    """Looks of several networks at a photo; None as long as nobody asked for something that takes long.

    Args:
        name: tells several such parts of a page apart.
        photo: the photo.
        networks: key to a network at its resolution, and a function that makes it.
        to_load: whether they have to be loaded.
        unasked: whether they may run without a click.
    """

    def run_of(key: str) -> ScaledRun:
        def run() -> ScaledRun:
            model = networks[key][1]()
            side = model.preprocessing.crop
            with BUDGET.room_for(memory_to_run(model.spec, side), model.spec.title):
                seconds = CACHE.get(("scaled seconds", key), lambda: pass_time.seconds_a_pass(model, side))
                return scaled_runs.run_scaled(model, photo, seconds)

        return CACHE.get(("scaled run", key, photo.digest), run)

    def work(progress: Callable[[float], None]) -> bool:
        for count, key in enumerate(networks, start=1):
            run_of(key)
            progress(count / len(networks))
        return True

    def seconds() -> float:
        plans = [planned for planned, _ in networks.values()]
        passes = list(map(seconds_of_plan, plans))  # of each network one to look at, and some to time
        loading = sum(map(seconds_to_load, plans)) if to_load else 0.0
        return loading + sum(passes) + sum(map(pass_time.seconds_to_try, passes))

    done = on_request((name, *networks, photo.digest), seconds, work, label="Run", name=name, unasked=unasked)
    return [run_of(key) for key in networks] if done else None


def _size(run: ScaledRun, cell: int) -> str:
    channels, side, _ = run.shapes[cell]
    return f"{side}² × {channels:,}"


def _pictures(name: str, key: str, cell: int, runs: list[ScaledRun], words: Mapping[str, str]) -> None:
    pictures = _maps(key, cell, runs)
    side_by_side(
        name,
        {title: (picture, words[title]) for title, picture in zip(words, pictures, strict=True)},
        f"What the network made of the photo, in cells of {cell} pixels",
    )
    note(
        f"Mean absolute activation of the last block whose cells cover {cell} pixels each, every picture in its own "
        "range."
    )


@kept
def _maps(key: str, cell: int, _found: list[ScaledRun]) -> list[bytes]:
    return [png(map_image(run.maps[cell], side=SIDE)) for run in _found]


def _table(runs: Mapping[str, ScaledRun], what: str, more: Mapping[str, Callable[[ScaledRun], str]]) -> None:
    st.dataframe(
        table_of(
            {
                what: title,
                "Parameters": si(run.plan.params),
                "MACs": si(run.plan.macs),
                "Milliseconds": round(run.seconds * 1e3),
                "Last maps": ", ".join(f"{shape[1]}²" for shape in list(run.shapes.values())[-3:]),
                **{column: text(run) for column, text in more.items()},
            }
            for title, run in runs.items()
        ),
        hide_index=True,
        width="stretch",
    )


def _in_words(examples: list[ScaledNetwork]) -> None:
    base, large, deep, native = examples
    st.markdown(
        f"- **{large.title}** spends {large.plan.macs / base.plan.macs:.1f} times the multiply-adds of B0 on the same "
        f"{si(base.plan.params)} parameters. Its maps are finer. One value of the last ones depends "
        f"{reach_words(large.plan)}; in B0 {reach_words(base.plan)}.\n"
        f"- **{deep.title}** stacks {deep.blocks} blocks of half the channels: {si(deep.plan.macs)} multiply-adds, "
        f"{si(deep.plan.params)} parameters; very deep networks are harder to train.\n"
        f"- **{native.title}** grows a little everywhere: {native.blocks} blocks, width {plain(native.width)}, "
        f"{native.resolution} pixels, {si(native.plan.macs)} multiply-adds."
    )
