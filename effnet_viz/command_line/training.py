"""`train`: a small network that learns drawn pictures."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effnet_viz.command_line.choices import Device, Variant
from effnet_viz.command_line.telling import AsJson, Line, stop_on_signal, write_json

if TYPE_CHECKING:
    from effnet_viz.training.run import Report
    from effnet_viz.training.settings import TrainingSettings

DEFAULT_FOLDER = Path("runs")


def train(
    network: Variant,
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 10.0,
    steps: Annotated[int | None, typer.Option(help="Train for so many steps of 64 pictures instead.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the first parameters and the pictures.")] = 0,
    task: Annotated[str, typer.Option(help="What to learn.")] = "shapes",
    out: Annotated[
        Path | None, typer.Option(help="Folder for checkpoint and log; runs/NETWORK-TASK-SEED by default.")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a small EfficientNet on pictures drawn by this program.

    Ctrl+C stops it cleanly; the same command goes on where it stopped.

    Example: `effnet-viz train shapes --minutes 10 --seed 0`
    """
    # Threads that wait for each other give their core to other programs instead of spinning: with one core busy
    # elsewhere, training on two is three times as fast. OpenMP reads this when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from effnet_viz.architecture import spec
    from effnet_viz.training.files import sentence_of
    from effnet_viz.training.run import train as learn
    from effnet_viz.training.settings import TrainingSettings

    settings = TrainingSettings(task=task, seed=seed, minutes=minutes, steps=steps)
    wanted = spec(network)
    folder = out or DEFAULT_FOLDER / f"{network}-{task}-{seed}"
    line = Line()
    line(f"{wanted.title} learns {task!r} into {folder}. Ctrl+C stops; the same command goes on.")
    line.end()
    try:
        with stop_on_signal() as stop:
            checkpoint = learn(
                wanted,
                settings,
                folder,
                device=device,
                command=_command(network, settings),
                on_report=lambda report: line(_said(report)),
                should_stop=stop.is_set,
            )
    except OSError as error:
        raise ValueError(sentence_of(error)) from error
    line.end()
    stopped = (folder / "resume.safetensors").exists()
    if as_json:
        write_json({"checkpoint": checkpoint if checkpoint.exists() else None, "finished": not stopped})
    elif stopped:
        so_far = f" The network so far: {checkpoint}" if checkpoint.exists() else ""
        typer.echo(f"Stopped; the same command goes on.{so_far}")
    else:
        typer.echo(f"Done: {checkpoint}")
    if stopped:
        raise typer.Exit(130)


def _command(network: str, settings: TrainingSettings) -> str:
    budget = f"--minutes {settings.minutes:g}" if settings.steps is None else f"--steps {settings.steps}"
    words = [*budget.split(), "--seed", str(settings.seed), "--task", settings.task]
    return shlex.join(["effnet-viz", "train", network, *words])


def _said(report: Report) -> str:
    filled = round(30 * report.progress)
    left = report.seconds * (1 - report.progress) / report.progress
    return (
        f"[{'#' * filled}{'.' * (30 - filled)}] {report.progress:4.0%}  loss {report.loss:.2f}  "
        f"held-out {report.held_out_accuracy:5.1%}  {report.pictures:,} pictures  {left / 60:.1f} min left"
    )
