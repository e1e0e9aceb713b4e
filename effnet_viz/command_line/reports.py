"""`report`: one photo, one file to hand in; about one network, or two beside each other."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from effnet_viz.command_line.choices import Classes, Weights, WithNetwork, chosen_class, chosen_model, chosen_photo
from effnet_viz.command_line.photos import LayerOption, Target
from effnet_viz.command_line.telling import AsJson, percent_bar, write_json


def report(
    photo: Annotated[str | None, typer.Argument(help="The photo; with --from, the one of the settings.")] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    model_name: WithNetwork = "lite0",
    weights: Weights = "auto",
    classes: Classes = None,
    target: Target = None,
    layer: LayerOption = None,
    method: Annotated[list[str] | None, typer.Option(help="Method of class evidence; can be repeated.")] = None,
    gates: Annotated[int, typer.Option(help="How many of the gates that moved most are explained.", min=0, max=12)] = 4,
    gate: Annotated[
        list[str] | None, typer.Option(help="A gate to explain, as 5.2:17 (block and channel); can be repeated.")
    ] = None,
    trust: Annotated[bool, typer.Option(help="Check each map by taking away what it marks.")] = True,
    beside: Annotated[str | None, typer.Option(help="A second variant or checkpoint to compare with.")] = None,
    beside_weights: Annotated[str, typer.Option(help="A set of the second variant's weights.")] = "auto",
    source: Annotated[
        Path | None, typer.Option("--from", help="Settings (JSON), or a report, to make again; no other option counts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One photo explained in one HTML file that opens anywhere: answer, evidence, trust, gates.

    Example: `effnet-viz report cat.jpg --model b0 --method grad_cam --beside b7`
    """
    from effnet_viz.reports import ReportSettings, comparison_report
    from effnet_viz.reports import report as write
    from effnet_viz.reports.settings import settings_in

    if source is not None:
        settings = settings_in(source.read_text(encoding="utf-8-sig", errors="replace"))
        settings = settings if photo is None else replace(settings, photo=photo)
    elif photo is None:
        raise ValueError("No photo is given; name one, or take the settings of a report with --from.")
    else:
        settings = ReportSettings(
            photo=photo,
            model=model_name,
            weights=weights,
            classes=None if classes is None else str(classes),
            layer=layer,
            methods=tuple(method or ["grad_cam"]),
            gates=gates,
            chosen_gates=tuple(gate or []),
            trust=trust,
            beside=beside,
            beside_weights=beside_weights,
        )
    model = chosen_model(settings.model, settings.weights, Path(settings.classes) if settings.classes else None)
    if source is None:
        settings = replace(settings, target=chosen_class(model, target))
    opened = chosen_photo(settings.photo)
    if settings.photo_digest not in (None, opened.digest):
        print(f"{settings.photo} is not the photo of {source}: the numbers will differ.", file=sys.stderr)
    with percent_bar() as told:
        if settings.beside is None:
            findings = write(model, opened, out, settings=settings, progress=told)
            words, numbers = findings.predictions[0].label, findings.numbers()
        else:
            other = chosen_model(settings.beside, settings.beside_weights)
            both = comparison_report(model, other, opened, out, settings=settings, progress=told)
            answers = (both.left.predictions[0].label, both.right.predictions[0].label)
            words, numbers = " beside ".join(answers), both.numbers()
    if as_json:
        write_json(numbers)
    else:
        typer.echo(f"{out}: {words}")
