"""What a training leaves: its mistakes, the packaged network beside it, and the network that one keeps."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy
import streamlit as st
from PIL import Image

from effnet_viz.architecture import spec
from effnet_viz.draw.numbers import percent
from effnet_viz.training.background import BackgroundTraining
from effnet_viz.training.tasks import held_out, task_named
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.session import chosen, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.train.picture_rows import EXAMPLES, rows_of
from effnet_viz.ui.widgets.page_parts import Download, download_row, note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.table_data import table_of

if TYPE_CHECKING:
    from effnet_viz.explain import Model

MISTAKES_FROM = 256  # new pictures shown to find mistakes


def use_it(training: BackgroundTraining | None) -> None:
    """A button that brings what was trained to the other pages, there from the beginning so that nothing moves.

    Args:
        training: of this session; None before the first one.
    """
    content = None if training is None else _learned(training)
    if content is not None and chosen.chosen_variant() == chosen.KEPT and st.session_state["kept_network"] == content:
        if training.spec.has_se:
            page_link("se_attention", "Chosen on every page: see its gates", width="content")
        else:
            page_link("feature_maps", "Chosen on every page: see its maps", width="content")
    elif st.button(
        "Use it on the other pages",
        icon=":material/visibility:",
        disabled=content is None,
        help="As soon as a training has ended here." if content is None else None,
    ):
        st.session_state["kept_network"] = content
        st.session_state["kept_wanted"] = True
        st.rerun()


def _learned(training: BackgroundTraining) -> bytes | None:
    """The network's file once a training has ended, if it has learned anything."""
    return None if training.view().active else training.checkpoint()


def result_of(training: BackgroundTraining) -> None:
    """What a finished or stopped training leaves: mistakes, the packaged network beside it, its file."""
    content = _learned(training)
    if content is None:
        return
    model = models_and_runs.trained_model(hashlib.sha256(content).hexdigest(), content)
    task = training.settings.task
    sheet, words = _mistakes(model.key, task, model)
    st.markdown("**What it still gets wrong**")
    if sheet is None:
        note(f"Nothing among {MISTAKES_FROM} new pictures.")
    else:
        show_picture(sheet, alt=f"Pictures it got wrong: {words}")
        note(words)
    compare_with_shipped(training, task)
    download_row(
        [
            Download(
                label="Network (safetensors)",
                content=content,
                name=f"{model.spec.name}-trained.safetensors",
                mime="application/octet-stream",
            )
        ]
    )


def compare_with_shipped(training: BackgroundTraining, task: str) -> None:
    """This training beside the network that comes with the project.

    Args:
        training: the training; it has reported at least once.
        task: name of the task that it is trained on.
    """
    shipped = models_and_runs.shipped_facts(training.spec.name, task)
    if shipped is None:
        return
    mine = training.view().reports[-1]
    st.markdown("**Beside the packaged network**")
    rows = (("this training", mine), (f"packaged {spec(training.spec.name).title}", shipped))
    st.table(
        table_of(
            {
                "Network": name,
                "Held-out pictures right": percent(facts["held_out_accuracy"]),
                "Pictures seen": f"{int(facts['pictures']):,}",
            }
            for name, facts in rows
        ),
        hide_index=True,
        border="horizontal",
        alt="This training and that of the packaged network",
    )


@kept(spinner="Looking for mistakes")
def _mistakes(model_key: str, task: str, _model: Model) -> tuple[bytes | None, str]:
    """Held-out pictures that the network answers wrongly, in a row, and what it said; None where it made no mistake."""
    from effnet_viz.training.evaluation import evaluate

    said = evaluate(_model.network, task, MISTAKES_FROM, lock=_model.lock).logits.argmax(axis=1)
    drawn = list(held_out(task, MISTAKES_FROM))
    pixels, truth = (numpy.concatenate([getattr(batch, part) for batch in drawn]) for part in ("pixels", "labels"))
    wrong = numpy.flatnonzero(said != truth)
    names = task_named(task).class_names
    words = "; ".join(f"{names[said[index]]} (it is {names[truth[index]]})" for index in wrong[:EXAMPLES])
    if not len(wrong):
        return None, ""
    sheet = rows_of([Image.fromarray(pixels[index].transpose(1, 2, 0)) for index in wrong[:EXAMPLES]])
    return sheet, f"{len(wrong)} of {MISTAKES_FROM} held-out pictures. It said, line by line: {words}."
