"""The command line: `python -m effnet_viz train shapes --minutes 10 --seed 0`."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effnet_viz.training.run import Report

DEFAULT_FOLDER = Path("runs")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the `train` command to a command line's subcommands; its `run` default carries it out."""
    parser = subparsers.add_parser(
        "train",
        help="train a small EfficientNet on generated pictures",
        description="Train a small EfficientNet on pictures drawn by this program. Ctrl+C stops it cleanly; the same "
        "command goes on where it stopped.",
    )
    parser.add_argument("network", help="shapes, shapes_no_se, or another variant")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, default=10.0, help="how long to train (default: 10)")
    budget.add_argument("--steps", type=int, help="train for a number of steps of 64 pictures instead")
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed of the first parameters and the pictures (default: 0)"
    )
    parser.add_argument("--task", default="shapes", help="what to learn (default: shapes)")
    parser.add_argument("--out", type=Path, help="folder for checkpoint and log (default: runs/NETWORK-TASK-SEED)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:0 (default: auto)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the `train` command; returns the exit status.

    Everything a user can get wrong ends in one sentence on the error stream, and status 2; a training that was
    stopped has status 130 as other programs do.
    """
    try:
        return _train(arguments)
    except (ValueError, OSError) as error:
        print(f"train: {explain(error)}", file=sys.stderr)
        return 2


def explain(error: Exception) -> str:
    """An error of a training as one sentence."""
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return (
                f"There is no room left to write{where}; what was written before is whole, and the same command "
                "goes on from there."
            )
        if error.errno is not None:
            return f"Cannot write{where}: {error.strerror}; what was written before is whole."
    return " ".join(str(error).split())


@contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl+C and a polite kill set, for as long as the body runs; a second one ends the program."""
    stop = threading.Event()

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _train(arguments: argparse.Namespace) -> int:
    # Threads that wait for each other give their core to other programs instead of spinning: with one core busy
    # elsewhere, training on two is three times as fast. OpenMP reads this when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from effnet_viz.architecture import spec
    from effnet_viz.training.run import train
    from effnet_viz.training.settings import TrainingSettings

    settings = TrainingSettings(
        task=arguments.task, seed=arguments.seed, minutes=arguments.minutes, steps=arguments.steps
    )
    network = spec(arguments.network)
    folder = arguments.out or DEFAULT_FOLDER / f"{arguments.network}-{settings.task}-{settings.seed}"
    print(f"{network.title} learns {settings.task!r} into {folder}. Ctrl+C stops; the same command goes on.")
    with stop_on_signal() as stop:
        checkpoint = train(
            network,
            settings,
            folder,
            device=arguments.device,
            command=_command(arguments),
            on_report=_show,
            should_stop=stop.is_set,
        )
    if sys.stdout.isatty():
        print()
    if (folder / "resume.safetensors").exists():
        so_far = f" The network so far: {checkpoint}" if checkpoint.exists() else ""
        print(f"Stopped; the same command goes on.{so_far}")
        return 130
    print(f"Done: {checkpoint}")
    return 0


def _command(arguments: argparse.Namespace) -> str:
    budget = ["--steps", str(arguments.steps)] if arguments.steps else ["--minutes", f"{arguments.minutes:g}"]
    return shlex.join(
        [
            "python",
            "-m",
            "effnet_viz",
            "train",
            arguments.network,
            *budget,
            "--seed",
            str(arguments.seed),
            "--task",
            arguments.task,
        ]
    )


def _show(report: Report) -> None:
    filled = round(30 * report.progress)
    left = report.seconds * (1 - report.progress) / report.progress
    line = (
        f"[{'#' * filled}{'.' * (30 - filled)}] {report.progress:4.0%}  loss {report.loss:.2f}  "
        f"held-out {report.held_out_accuracy:5.1%}  {report.pictures:,} pictures  {left / 60:.1f} min left"
    )
    print(f"\r{line}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)
