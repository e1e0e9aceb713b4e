"""`folder`: a network on many photos, a row for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from effnet_viz.command_line.choices import Classes, Device, Weights, WithNetwork, chosen_class, chosen_model
from effnet_viz.command_line.photos import Target
from effnet_viz.command_line.telling import AsJson, Line, stop_on_signal, write_json

if TYPE_CHECKING:
    from effnet_viz.folder.local import FolderProgress


def folder(
    photos: Annotated[
        Path, typer.Argument(help="A folder, or a table (.csv, .parquet) with the columns path and perhaps label.")
    ],
    model_name: WithNetwork = "b0",
    weights: Weights = "auto",
    classes: Classes = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("rows.parquet"),
    target: Target = None,
    engine: Annotated[Literal["local", "ray"], typer.Option(help="This machine, or a Ray cluster.")] = "local",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Run a network on many photos and write a row for each as Parquet.

    Ctrl+C stops it cleanly; the same command goes on where it stopped. Grad-CAM is about the photo's label, else about
    the answer, unless `--target` names a class.

    Example: `effnet-viz folder photos/ --model b0 --out rows.parquet`
    """
    from effnet_viz.folder.run import run_folder
    from effnet_viz.training.files import sentence_of

    model = chosen_model(model_name, weights, classes, device)
    line = Line()
    try:
        with stop_on_signal() as stop:
            rows = run_folder(
                model,
                photos,
                out,
                target=chosen_class(model, target),
                engine=engine,
                on_progress=lambda progress: line(_said(progress)),
                should_stop=stop.is_set,
            )
    except OSError as error:
        raise ValueError(sentence_of(error)) from error
    line.end()
    unreadable = len(rows) - int(rows.good.sum())
    if as_json:
        write_json({"out": out, "rows": len(rows), "unreadable": unreadable, "finished": not stop.is_set()})
    else:
        typer.echo(f"{len(rows):,} rows in {out}, {unreadable:,} of them of files that cannot be read.")
        if stop.is_set():
            typer.echo("Stopped; the same command goes on.")
    if stop.is_set():
        raise typer.Exit(130)


def _said(progress: FolderProgress) -> str:
    return (
        f"{progress.done:,} of {progress.total:,} photos  {progress.photos_a_second:.1f} a second  "
        f"{progress.seconds_left / 60:.1f} min left  {progress.errors:,} unreadable"
    )
