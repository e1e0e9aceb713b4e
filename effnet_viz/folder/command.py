"""The command line: `python -m effnet_viz folder PHOTOS --model b0 --out rows.parquet`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from effnet_viz.training.command import explain, stop_on_signal

if TYPE_CHECKING:
    from effnet_viz.folder.local import FolderProgress


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `folder` command to a command line's subcommands; its `run` default carries it out."""
    parser = subparsers.add_parser(
        "folder",
        help="run a network on many photos and write a row for each",
        description="Run a network on many photos and write a row for each as Parquet. Ctrl+C stops it cleanly; the "
        "same command goes on where it stopped.",
    )
    parser.add_argument("photos", help="a folder, or a table (.csv, .parquet) with the columns path and perhaps label")
    parser.add_argument("--model", default="b0", help="a variant, or a checkpoint file (default: b0)")
    parser.add_argument("--weights", default="auto", help="which trained parameters of a variant (default: auto)")
    parser.add_argument("--out", type=Path, default=Path("rows.parquet"), help="where to (default: rows.parquet)")
    parser.add_argument("--target", type=int, help="class that Grad-CAM is about (default: the label's or the answer)")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="this machine or a Ray cluster")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:0 (default: auto)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the `folder` command.

    Returns:
        0; 2 after one sentence about what is wrong; 130 if it was stopped, as other programs do.
    """
    try:
        return _run(arguments)
    except (ValueError, OSError) as error:
        print(f"folder: {explain(error)}", file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    from effnet_viz.folder.run import run_folder
    from effnet_viz.loading import load, load_checkpoint

    if Path(arguments.model).is_file():
        model = load_checkpoint(arguments.model, device=arguments.device)
    else:
        model = load(arguments.model, arguments.weights, arguments.device)
    with stop_on_signal() as stop:
        rows = run_folder(
            model,
            arguments.photos,
            arguments.out,
            target=arguments.target,
            engine=arguments.engine,
            on_progress=_show,
            should_stop=stop.is_set,
        )
    if sys.stdout.isatty():
        print()
    unreadable = len(rows) - int(rows.good.sum())
    print(f"{len(rows):,} rows in {arguments.out}, {unreadable:,} of them of files that cannot be read.")
    if stop.is_set():
        print("Stopped; the same command goes on.")
        return 130
    return 0


def _show(progress: FolderProgress) -> None:
    line = (
        f"{progress.done:,} of {progress.total:,} photos  {progress.photos_a_second:.1f} a second  "
        f"{progress.seconds_left / 60:.1f} min left  {progress.errors:,} unreadable"
    )
    print(f"\r{line}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)
