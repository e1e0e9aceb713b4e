"""What is left of a network in whole numbers of eight bits, beside one made for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import Plan, plan, spec
from effnet_viz.draw.cost_charts import error_by_depth
from effnet_viz.draw.numbers import si
from effnet_viz.images import Photo, samples
from effnet_viz.images.photo_folder import photos_below, readable
from effnet_viz.ui.session import chosen, drawn_pictures, models_and_runs, photos_from
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.own_photos import own_photos, upload_photos
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import error_sentence, note, untrained_notice
from effnet_viz.ui.widgets.pass_times import USUAL_MACS_PER_SECOND, seconds_to_load, slowness
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.weights.catalogue import best_on_this_machine
from effnet_viz.weights.memory import memory_to_quantise

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.engine.eight_bits import EightBits
    from effnet_viz.engine.progress import Progress
    from effnet_viz.explain import Model, Provenance

MOST = 100  # photos: ranges are known after some dozen, and all are in memory at once, prepared
LITE, FULL, SMALL = "lite0", "b0", "shapes"
RUNS, RUNS_BESIDES = 4, 30  # of the network: for a photo, and for all: slow first ones, and those that are timed
LAYER_S, PARAMS_A_SECOND = 0.026, 1.3e6  # of the usual machine: writing the graph, rounding weights, reading back


@dataclass(frozen=True, kw_only=True)
class _Rough:
    """A network in eight bits, with what its answers are called."""

    title: str
    provenance: Provenance
    class_names: tuple[str, ...]
    photos: tuple[str, ...]
    result: EightBits


def eight_bits() -> None:
    """The tab: the chosen network and its counterpart, quantised when somebody asks for it."""
    st.markdown(
        "Phones compute faster with whole numbers from 0 to 255 than with fractions. How much of the answer is left? "
        "The authors of the Lite networks give reasons for two of their changes. ReLU6, which ends at 6, makes this "
        "easier. Squeeze and excitation is left out because some mobile accelerators do not support it well."
    )
    try:
        files = _files()
    except (ValueError, OSError) as error:
        error_sentence(error)
        return
    if files is not None and not files:
        note("There are no photos here yet.")
        return
    other = _counterpart()
    plans = [plan(chosen.chosen_spec()), plan(spec(other))]
    count = len(samples()) if files is None else len(files)

    usual = [usual_seconds(planned, count) for planned in plans]

    def seconds() -> float:
        return slowness() * sum(usual) + sum(map(seconds_to_load, plans))

    try:
        networks = on_request(
            ("eight bits", *chosen.chosen_key(), other, None if files is None else _stamps(files)),
            seconds,
            lambda progress: _quantise(other, files, usual[0] / sum(usual), progress),
            label=f"Quantise, beside {spec(other).title}",
            name="eight_bits",
        )
    except (ValueError, RuntimeError, OSError) as error:
        error_sentence(error)
        return
    if networks is None:
        note(
            f"Runs {count} photo{'' if count == 1 else 's'} to find every layer's range, rounds weights and maps "
            "to it, and compares with full numbers, block by block."
        )
        return
    _show(networks)


def usual_seconds(planned: Plan, count: int) -> float:
    """Seconds that a network's turn takes the usual machine, as measured of Lite0, B0, B4 and B7.

    Args:
        planned: the network, at the resolution at which it runs.
        count: photos.
    """
    runs = (RUNS_BESIDES + RUNS * count) * planned.macs / USUAL_MACS_PER_SECOND
    return runs + LAYER_S * len(planned.layers) + planned.params / PARAMS_A_SECOND


def _files() -> tuple[Path, ...] | None:
    """The photos of the visitor's own choice, the first hundred of them; None for the bundled ones."""
    kind = photos_from.choose_photos_from({})
    if kind == photos_from.BUNDLED:
        return None
    root = photos_from.server_folder()
    if kind == photos_from.UPLOADS or root is None:
        own = own_photos()
        if upload_photos(own):
            st.rerun()
        if own.problems:
            note(as_markdown("Left out: " + " ".join(own.problems.values())))
        found = [Path(path) for path in own.paths]
    else:
        folder = photos_from.choose_folder(root, {})
        found = [path for path in _listed(str(folder)) if photos_from.inside(path, root)]
    if len(found) > MOST:
        note(f"The first {MOST} of {len(found):,} photos are taken: ranges hardly change with more.")
    return tuple(path for path in found[:MOST] if path.is_file())


@st.cache_data(max_entries=64, ttl=60, show_spinner=False)
def _listed(folder: str) -> list[Path]:
    return photos_below(folder)


def _stamps(files: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Stands for the files' contents; a copy may keep the time of its original, but not that of its coming here."""
    states = [(path, path.stat()) for path in files]
    return tuple((str(path), state.st_ctime_ns, state.st_size) for path, state in states)


def _counterpart() -> str:
    """Lite0 beside any other network; beside Lite0 that is B0 if its weights are here, else a small one with SE."""
    if chosen.chosen_variant() != LITE:
        return LITE
    return FULL if best_on_this_machine(FULL) else SMALL


def _quantise(other: str, files: Sequence[Path] | None, first: float, progress: Progress) -> tuple[_Rough, ...]:
    """Both networks in eight bits; the first takes a share of the time, 0 to 1."""
    best = best_on_this_machine(other)
    counterpart = (best.spec, best.name) if best else (spec(other), chosen.UNTRAINED)
    own = chosen.chosen_model()
    beside = models_and_runs.model_of(*counterpart, st.session_state.get("device", "auto"))
    return (
        _rough(own, files, lambda share: progress(first * share)),
        _rough(beside, files, lambda share: progress(first + (1 - first) * share)),
    )


def _rough(model: Model, files: Sequence[Path] | None, progress: Progress) -> _Rough:
    from effnet_viz.engine.eight_bits import in_eight_bits

    needed = memory_to_quantise(model.spec, model.preprocessing.crop)
    with BUDGET.room_for(needed, f"{model.spec.title} in eight bits"):
        names, images = [], []
        for photo in _photos_for(model, files):
            names.append(photo.name)
            images.append(model.input(photo))
        return _Rough(
            title=model.spec.title,
            provenance=model.provenance,
            class_names=model.class_names,
            photos=tuple(names),
            result=in_eight_bits(model.network, images, progress),
        )


def _photos_for(model: Model, files: Sequence[Path] | None) -> Iterable[Photo]:
    """The photos, or as many drawn pictures as are bundled for a network that was trained on such."""
    task = drawn_pictures.task_of(model)
    if task is not None:
        return [drawn_pictures.picture(number, task) for number in range(len(samples()))]
    if files is None:
        return [chosen.sample_photo(sample.name) for sample in samples()]
    return readable(files)


def _show(networks: Sequence[_Rough]) -> None:
    for network in networks:
        st.markdown(f"**{network.title}**: {network.result.sentence()}")
        untrained_notice(
            network.provenance, "Its classes mean nothing; its size and its time are those of a trained network."
        )
        with st.container(horizontal=True):
            result = network.result
            same = sum(answer.same for answer in result.answers)
            st.metric("Same class", f"{same} of {len(result.answers)}", help="Photos whose most probable class stays")
            st.metric("File", f"{si(result.bytes_before, 'B')} → {si(result.bytes_after, 'B')}")
            st.metric(
                "One photo",
                f"{1000 * result.seconds_before:.3g} → {1000 * result.seconds_after:.3g} ms",
                help="Median of several runs, by turns, on this machine",
            )
    show_chart(
        st,
        spec=error_by_depth({network.title: network.result.signal_to_noise for network in networks}),
        width="stretch",
        alt="Signal to noise behind every block, in decibels: "
        + "; ".join(
            f"{network.title} from {max(network.result.signal_to_noise.values()):.0f} "
            f"to {min(network.result.signal_to_noise.values()):.0f}"
            for network in networks
        ),
    )
    note(
        "Power of a block's output over that of its error: 20 dB is an error of a tenth, 40 dB of a hundredth, 0 dB "
        "one as large as the output. Errors of early blocks run through all later ones. Each network runs what it was "
        "trained on: photos, or drawn pictures."
    )
    first = networks[0]
    st.dataframe(
        table_of(
            {
                "Picture": photo,
                "In full numbers": first.class_names[answer.before],
                "In eight bits": first.class_names[answer.after],
                "Same": answer.same,
                "Agreement": answer.agreement,
            }
            for photo, answer in zip(first.photos, first.result.answers, strict=True)
        ),
        hide_index=True,
        alt=f"Most probable class of every picture before and after, {first.title}",
        column_config={
            "Agreement": st.column_config.NumberColumn(
                format="%.4f", help="Cosine of the angle between both vectors of logits: 1 is the same answer"
            )
        },
    )
    note(
        "Weights get 128 levels a channel, maps 256, between the smallest and largest value that these pictures "
        "showed (ONNX Runtime's static quantisation). Finer methods, or training with rounding, keep more."
    )
    if any(network.title == spec(SMALL).title for network in networks):
        note(
            f"{spec(SMALL).title} is shallow, and its drawn pictures are easy to tell apart: both help it here. The "
            "fair comparison with Lite0 is B0 with weights of its own, which takes this place once they are here."
        )
