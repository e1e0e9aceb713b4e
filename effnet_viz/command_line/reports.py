"""`report`: one photo, one file to hand in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from effnet_viz.command_line.choices import Classes, Weights, WithNetwork, chosen_class, chosen_model
from effnet_viz.command_line.photos import LayerOption, Target
from effnet_viz.command_line.telling import AsJson, percent_bar, write_json


def report(
    photo: Annotated[Path | None, typer.Argument(help="The photo; with --from, the one of the settings.")] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    model_name: WithNetwork = "lite0",
    weights: Weights = "auto",
    classes: Classes = None,
    target: Target = None,
    layer: LayerOption = None,
    method: Annotated[list[str] | None, typer.Option(help="Method of class evidence; can be given again.")] = None,
    gates: Annotated[int, typer.Option(help="How many gates are explained.", min=0, max=12)] = 4,
    trust: Annotated[bool, typer.Option(help="Check each map by taking away what it marks.")] = True,
    source: Annotated[
        Path | None, typer.Option("--from", help="Settings (JSON), or a report, to make again; no other option counts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One photo explained in one HTML file that opens anywhere: answer, evidence, trust, gates.

    Example: `effnet-viz report cat.jpg --model b0 --method grad_cam --method layer_cam`
    """
    from effnet_viz.images import open_photo
    from effnet_viz.reports import ReportSettings
    from effnet_viz.reports import report as write
    from effnet_viz.reports.write import settings_in

    if source is not None:
        settings = settings_in(source.read_text(encoding="utf-8"))
        if photo is not None:
            settings = replace(settings, photo=str(photo))
        model = chosen_model(settings.model, settings.weights, Path(settings.classes) if settings.classes else None)
    elif photo is None:
        raise ValueError("No photo is given; name one, or take the settings of a report with --from.")
    else:
        model = chosen_model(model_name, weights, classes)
        settings = ReportSettings(
            photo=str(photo),
            model=model_name,
            weights=weights,
            classes=None if classes is None else str(classes),
            target=chosen_class(model, target),
            layer=layer,
            methods=tuple(method or ["grad_cam"]),
            gates=gates,
            trust=trust,
        )
    with percent_bar() as told:
        findings = write(model, open_photo(settings.photo), out, settings=settings, progress=told)
    if as_json:
        write_json(findings.numbers())
    else:
        typer.echo(f"{out}: {findings.predictions[0].label}")
