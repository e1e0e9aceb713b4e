"""`export` and `profile`: a network as an ONNX file, and what its blocks cost on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from effnet_viz.command_line.choices import Classes, Network, Weights, chosen_model
from effnet_viz.command_line.telling import AsCsv, AsJson, percent_bar, write_json, write_rows


def export(
    network: Network,
    file: Annotated[Path, typer.Argument(help="The file to write, such as b0.onnx; it must not exist yet.")],
    output: Annotated[
        list[str] | None, typer.Option(help="A layer to give beside the logits, such as 4.2.se.gate; can be repeated.")
    ] = None,
    photo: Annotated[
        Path | None, typer.Option(help="What the file is checked on beside PyTorch; a bundled photo by default.")
    ] = None,
    opset: Annotated[
        int | None, typer.Option(help="Version of ONNX's operators, where a program needs another than the usual one.")
    ] = None,
    weights: Weights = "auto",
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:
    """A network as one ONNX file whose tensors carry our names, checked against PyTorch on a photo.

    The exit status is 1 where both do not give the same.

    Example: `effnet-viz export b0 b0.onnx --output 4.2.se.gate`
    """
    from effnet_viz.engine.graph import OPSET
    from effnet_viz.explain import export_onnx
    from effnet_viz.images import open_photo

    model = chosen_model(network, weights, classes)
    tried_on = None if photo is None else open_photo(photo)
    written = export_onnx(model, file, output or (), photo=tried_on, opset=OPSET if opset is None else opset)
    if as_json:
        facts = ("path", "bytes", "opset", "input", "outputs", "differences", "agrees")
        write_json({name: getattr(written, name) for name in facts})
    else:
        typer.echo(
            f"{written.path}: {written.bytes / 1e6:.1f} MB, opset {written.opset}, outputs "
            f"{', '.join(written.outputs)}; ONNX Runtime and PyTorch differ by {written.largest_difference:.1e} of the "
            "largest value."
        )
    if not written.agrees:
        raise ValueError(f"{written.path} does not give what PyTorch gives; do not use it.")


def profile(
    network: Network,
    resolution: Annotated[
        int | None, typer.Option(help="Side of the input in pixels; that of the weights by default.")
    ] = None,
    batch: Annotated[int, typer.Option(help="Photos at once.")] = 1,
    level: Annotated[Literal["blocks", "steps", "kinds"], typer.Option(help="kinds are kinds of steps.")] = "blocks",
    weights: Weights = "auto",
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """What every block or step costs on this machine: milliseconds beside multiply-adds and bytes.

    Example: `effnet-viz profile b0 --level kinds`
    """
    from effnet_viz.explain import profile as measure

    model = chosen_model(network, weights)
    with percent_bar() as told:
        measured = measure(model, resolution, batch=batch, progress=told)
    rows = measured.rows(level)
    if as_json:
        totals = {"network": network, "resolution": measured.plan.resolution, "batch": batch, "engine": measured.engine}
        write_json({**totals, "milliseconds": 1000 * measured.seconds, level: rows, "sentence": measured.sentence()})
        return
    write_rows(rows, as_csv)
    if not as_csv:
        typer.echo(
            f"{measured.plan.spec.title} at {measured.plan.resolution} pixels in {measured.engine}: "
            f"{1000 * measured.seconds:.4g} ms. {measured.sentence()}"
        )
