"""One file to hand in: the report of what a page shows, made when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.draw.numbers import si
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import Download, download_row, error_sentence, note
from effnet_viz.ui.widgets.pass_times import seconds_a_pass, slowness
from effnet_viz.ui.widgets.slow_work import on_request

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.explain import Model, Progress
    from effnet_viz.images import Photo
    from effnet_viz.reports import ReportSettings

DRAWING_S = 1.0
FILES = {chosen.CHECKPOINT: "checkpoint.pth", chosen.KEPT: "trained.safetensors"}  # how the command names one's own


def report_offer(
    model: Model,
    photo: Photo,
    *,
    target: int | None = None,
    layer: str | None = None,
    methods: tuple[str, ...] = ("grad_cam",),
    gates: tuple[str, ...] = (),
) -> None:
    """A button that makes the report, then the file.

    Args:
        model: the network that the page shows.
        photo: the photo that it shows.
        target: index of the class; None takes the most probable.
        layer: stage, block or step that evidence is taken at; None takes the final convolution.
        methods: names of methods of class evidence.
        gates: gates that are explained, each as `5.2:17`.
    """
    from effnet_viz.reports.findings import runs_of

    st.divider()
    settings = _settings(model, photo, target, layer, methods, gates)
    try:
        content = on_request(
            ("report", model.key, photo.digest, settings),
            lambda: DRAWING_S * slowness() + runs_of(settings) * seconds_a_pass(model),
            lambda progress: _made(model, photo, settings, progress),
            label="Make a report to hand in",
            name="report",
            unasked=False,  # a file that nobody wants is not made
        )
    except (ValueError, RuntimeError) as error:
        error_sentence(error)
        return
    if content is None:
        note(
            "One HTML file with photo, answer, evidence, how far it can be trusted, and gates. It opens anywhere, also "
            "without the internet, and says how to make it again."
        )
        return
    label = f"Report (HTML, {si(len(content), 'B')})"
    download_row(
        [Download(label=label, content=content, name=f"{model.spec.name}_report.html", mime="text/html; charset=utf-8")]
    )


def _settings(
    model: Model, photo: Photo, target: int | None, layer: str | None, methods: tuple[str, ...], gates: tuple[str, ...]
) -> ReportSettings:
    """The page's choices in the words of the command line."""
    from effnet_viz.reports import ReportSettings

    own = model.key == chosen.chosen_model().key  # a page may show another network in place of the chosen one
    weights, sample = chosen.chosen_weights(), chosen.chosen_sample()
    named = weights.name if own and weights is not None else "auto"
    return ReportSettings(
        photo=sample if _is_sample(photo, sample) else photo.name,
        model=FILES.get(chosen.chosen_variant(), model.spec.name) if own else model.spec.name,
        weights=named if model.provenance.trained else chosen.UNTRAINED,
        target=target,
        layer=layer,
        methods=methods,
        chosen_gates=gates,
        photo_digest=photo.digest,
    )


def _is_sample(photo: Photo, sample: str) -> bool:
    try:
        return photo.digest == chosen.sample_photo(sample).digest
    except ValueError:  # its file is missing
        return False


def _made(model: Model, photo: Photo, settings: ReportSettings, progress: Progress) -> bytes:
    from effnet_viz.reports import find
    from effnet_viz.reports.write import html_of

    return html_of(find(model, photo, settings, progress=progress)).encode()
