"""Training a small network while the class watches: choices, start and stop, how far it is."""

from __future__ import annotations

import streamlit as st
from PIL import Image

from effnet_viz.architecture import ModelSpec, plan, spec
from effnet_viz.training.background import MAX_MINUTES, BackgroundTraining, TrainingStatus, training_queue
from effnet_viz.training.settings import TrainingSettings
from effnet_viz.training.tasks import TASKS, pictures, task_named
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.train.picture_rows import EXAMPLES, rows_of
from effnet_viz.ui.widgets.page_parts import error_sentence, millions, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, choose_toggle
from effnet_viz.weights.memory import memory_to_train

LOOK_AGAIN = 2.0  # seconds between two looks at a running training


def choices() -> tuple[ModelSpec, TrainingSettings] | None:
    """Controls that decide what is trained and how; None where they do not go together."""
    task = choose(
        st.selectbox,
        "Task",
        {name: task.question for name, task in TASKS.items()},
        key="train_task",
        default=next(iter(TASKS)),
    )
    with_se = choose_toggle(
        "Squeeze and excitation",
        default=True,
        key="train_se",
        help="In every block. Without it the layers are wider, so that about as many parameters are left.",
    )
    first, second = st.columns(2, gap="medium")
    with first:
        width = choose_number(
            st.slider,
            "Width",
            0.5,
            2.0,
            default=1.0,
            whole=False,
            step=0.25,
            key="train_width",
            help="Channels of every layer, as a multiple.",
        )
        depth = choose_number(
            st.slider,
            "Depth",
            0.5,
            2.0,
            default=1.0,
            whole=False,
            step=0.25,
            key="train_depth",
            help="Blocks of every stage, as a multiple, rounded up.",
        )
    with second:
        minutes = choose_number(st.slider, "Minutes", 1, int(MAX_MINUTES), default=5, key="train_minutes")
        seed = choose_number(
            st.number_input,
            "Seed",
            0,
            999_999,
            default=0,
            key="train_seed",
            help="Same seed, same first parameters and pictures.",
        )
    try:
        base = spec("shapes" if with_se else "shapes_no_se")
        network = base.replace(
            width=width, depth=depth, head_rule="official", num_classes=len(task_named(task).class_names)
        )
        return network, TrainingSettings(task=task, seed=int(seed), minutes=float(minutes))
    except ValueError as error:
        error_sentence(error)
        return None


def examples(task: str, seed: int) -> None:
    """What the network is going to see.

    Args:
        task: name of the task that they are drawn for.
        seed: of the pictures.
    """
    show_picture(_examples(task, seed), alt=f"{EXAMPLES} generated pictures of the task “{task_named(task).question}”")
    names = task_named(task).class_names
    note(
        f"{EXAMPLES} of the pictures it learns from, drawn during training: no picture is used twice. {len(names)} "
        f"classes, so guessing is right in {1 / len(names):.1%}."
    )


def size_words(network: ModelSpec) -> str:
    """How large a network is, and how large its twin with or without squeeze and excitation.

    Args:
        network: as the controls have it.
    """
    own = plan(network)
    other = spec("shapes_no_se" if network.has_se else "shapes").replace(
        width=network.width, depth=network.depth, head_rule=network.head_rule, num_classes=network.num_classes
    )
    twin = (
        "Without squeeze and excitation, and with wider layers in its place,"
        if network.has_se
        else "With squeeze and excitation, and with narrower layers to make room for it,"
    )
    return (
        f"{millions(own.params)} parameters, {millions(own.macs)} MACs a picture. {twin} it has "
        f"{millions(plan(other).params)} parameters."
    )


def start_and_stop(network: ModelSpec, settings: TrainingSettings) -> None:
    """A button that begins, in the same place one that stops, and how far it is: nothing moves when it begins or ends.

    Args:
        network: what is trained.
        settings: how it is trained.
    """
    training = current_training()
    if training is not None and training.view().active:
        st.fragment(_stop_button, run_every=LOOK_AGAIN)(training)
        return
    if st.button("Start training", type="primary", icon=":material/play_arrow:"):
        if training is not None:
            training.close()
        try:
            with BUDGET.room_for(memory_to_train(network, settings.batch), "A training"):
                st.session_state["training"] = training_queue().submit(network, settings)
        except (ValueError, OSError) as error:
            error_sentence(error)
            return
        st.rerun()
    if training is None:
        st.progress(0.0, text="Not begun yet.")
    else:
        _progress(training.view())


def current_training() -> BackgroundTraining | None:
    """The training of this session."""
    return st.session_state.get("training")


def _stop_button(training: BackgroundTraining) -> None:
    view = training.view()
    if not view.active:
        st.rerun()
    if st.button("Stop and keep what it learned", icon=":material/stop:"):
        training.stop()
    _progress(view)


def _progress(view: TrainingStatus) -> None:
    st.progress(view.progress, text=_words(view))


def _words(view: TrainingStatus) -> str:
    if not view.reports:
        return view.message
    last = view.reports[-1]
    return (
        f"{view.message} {int(last['pictures']):,} pictures seen, {last['held_out_accuracy']:.1%} of held-out ones "
        "right."
    )


@kept
def _examples(task: str, seed: int) -> bytes:
    drawn = pictures(task, seed, 0, EXAMPLES)
    return rows_of([Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in drawn.pixels])
