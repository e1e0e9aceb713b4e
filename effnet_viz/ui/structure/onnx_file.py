"""The chosen network as one ONNX file, written and checked when somebody asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import plan
from effnet_viz.draw.network_words import example_layer
from effnet_viz.draw.numbers import si
from effnet_viz.images import Photo
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import Download, download_row, error_sentence, note
from effnet_viz.ui.widgets.pass_times import seconds_to_load, slowness
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose

if TYPE_CHECKING:  # the engine imports torch, which the structure pages do without
    from effnet_viz.engine.onnx_file import OnnxFile
    from effnet_viz.engine.progress import Progress
    from effnet_viz.explain import Model

OUTPUTS = {"logits": "Logits only", "gates": "and every gate", "blocks": "and every block", "both": "and both"}
SETTING_UP_S = 0.5
PARAMETERS_A_SECOND = 6e6  # written, checked and run in both engines, for the estimate


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """What was found out about the file; the file itself is written anew for whoever takes it."""

    title: str
    file: OnnxFile


def onnx_file() -> None:
    """The tab: what the file gives, a check on the chosen photo, and the file."""
    st.markdown(
        "The network as one file that ONNX Runtime, Netron and many other programs open. Every tensor carries the "
        f"name that it has on these pages, such as `{example_layer(chosen.chosen_spec())}`. The file also holds how a "
        "photo is prepared, the class names and the source. Batch, height and width stay free."
    )
    outputs = choose(
        st.segmented_control, "Outputs", OUTPUTS, key="onnx_outputs", default="logits", required=True, width="content"
    )
    photo = chosen.chosen_photo()
    key: tuple[Hashable, ...] = ("onnx", *chosen.chosen_key(), photo.digest, outputs)
    try:
        spec = chosen.chosen_spec()
        prepared = on_request(
            key,
            lambda: seconds_to_load(plan(spec)) + slowness() * (SETTING_UP_S + plan(spec).params / PARAMETERS_A_SECOND),
            lambda progress: _write(chosen.chosen_model(), photo, outputs, progress)[0],
            label="Prepare and check the file",
            name="onnx",
            unasked=False,  # a file that nobody wants is not made
        )
    except (ValueError, RuntimeError) as error:
        error_sentence(error)
        return
    if prepared is None:
        note(f"The check runs {spec.title} on the chosen photo in both ONNX Runtime and PyTorch and compares outputs.")
        return
    _facts(prepared, photo.name)
    if not prepared.file.agrees:
        error_sentence("Both engines should agree to 1e-4, and do not: the file is not offered.")
        return
    model = chosen.chosen_model()  # nobody's session is at hand when the file is taken
    download_row(
        [
            Download(
                label=f"{prepared.file.path.name}, {si(prepared.file.bytes, 'B')}",
                name=prepared.file.path.name,
                mime="application/octet-stream",
                content=lambda: _write(model, photo, outputs)[1],
            )
        ]
    )
    note("Drop the file on netron.app to see its graph. In Python: `effnet_viz.export_onnx(model, path, outputs)`.")


def _write(
    model: Model, photo: Photo, outputs: str, progress: Progress = lambda share: None
) -> tuple[_Prepared, bytes]:
    """Write the file somewhere, check it, and read it back."""
    from effnet_viz.explain.capture import has_se
    from effnet_viz.explain.onnx_export import export_onnx

    blocks = list(model.network.blocks())
    ids = list(blocks) if outputs in ("blocks", "both") else []
    if outputs in ("gates", "both"):
        ids += [f"{block}.se.gate" for block in blocks if has_se(model, block)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"efficientnet_{model.spec.name}.onnx"
        file = export_onnx(model, path, ids, photo=photo, progress=progress)
        return _Prepared(title=model.spec.title, file=file), path.read_bytes()


def _facts(prepared: _Prepared, photo: str) -> None:
    file = prepared.file
    with st.container(horizontal=True):
        st.metric("Size", si(file.bytes, "B"), help=f"{file.bytes:,} bytes")
        st.metric("Outputs", f"{len(file.outputs):,}", help=", ".join(file.outputs))
        st.metric("Largest difference", f"{file.largest_difference:.1e}", help="As a share of the largest value")
        st.metric("ONNX operators", f"opset {file.opset}")
    worst = max(file.differences, key=lambda output: file.differences[output])
    note(
        f"{prepared.title} was run on “{as_markdown(photo)}” from this file by ONNX Runtime, and by PyTorch. "
        f"The largest difference of all outputs is {file.largest_difference:.1e} of the largest value there (in "
        f"{worst}): rounding."
    )
