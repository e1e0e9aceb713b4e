"""`weights list`, `weights fetch` and `weights verify`: a classroom is prepared before class."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated, Any

import typer

from effnet_viz.architecture import list_variants
from effnet_viz.command_line.choices import begins_so
from effnet_viz.command_line.telling import AsJson, Line, write_json
from effnet_viz.weights.catalogue import WeightSet, all_weight_sets, on_this_machine, weight_set, weight_sets

weights = typer.Typer(
    help="Show, download and check trained parameters.\n\nExample: `effnet-viz weights fetch b0`",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@weights.command("list")
def show(
    variants: Annotated[
        list[str] | None, typer.Argument(metavar="VARIANT", help="Only these, such as b0.", autocompletion=begins_so)
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="Only what is on this machine.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which sets exist, and which are on this machine.

    Example: `effnet-viz weights list b0 --json`
    """
    every = [entry for variant in variants or list_variants() for entry in weight_sets(variant)]
    sets = [entry for entry in every if on_this_machine(entry) or not here]
    if as_json:
        write_json([_facts(entry) for entry in sets])
        return
    typer.echo(f"{'set':<28} {'trained by':<40} {'top-1':>6} {'pixels':>6} {'size':>8}  here")
    for entry in sets:
        top1 = f"{entry.top1:.1f}" if entry.top1 else "-"
        typer.echo(
            f"{_name(entry):<28} {entry.label:<40} {top1:>6} {entry.resolution:>6} "
            f"{entry.size_bytes / 1e6:>5.0f} MB  {'yes' if on_this_machine(entry) else 'no'}"
        )


@weights.command()
def fetch(
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="VARIANT",
            help="A variant (b0: its most accurate set), a set of it (b0/torchvision-v1), or all: the most accurate "
            "set of every variant.",
            autocompletion=begins_so,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Download sets. One that cannot be had is told on standard error, the others go on, and the exit status is 1.

    Example: `effnet-viz weights fetch b0 b7`
    """
    from effnet_viz.weights.download import DownloadError
    from effnet_viz.weights.sources import fetch as download

    chosen = [entry for word in wanted for entry in _choose(word)]
    failures = 0
    for entry in chosen:
        if on_this_machine(entry):
            _say(f"{_name(entry)} is already on this machine.", as_json)
            continue
        line = Line()
        try:
            download(entry, progress=partial(_far, line, _name(entry)) if sys.stderr.isatty() else None)
        except DownloadError as error:
            failures += 1
            print(f"{_name(entry)}: {error}", file=sys.stderr)
        else:
            line.end()
            _say(f"{_name(entry)}: done", as_json)
    if as_json:
        write_json([_facts(entry) for entry in chosen])
    if failures:
        raise typer.Exit(1)


@weights.command()
def verify(as_json: AsJson = False) -> None:
    """Read every set on this machine and check its hash; the exit status is 1 where one is not good.

    Example: `effnet-viz weights verify`
    """
    verdicts = {_name(entry): _verdict(entry) for entry in all_weight_sets() if on_this_machine(entry)}
    if as_json:
        write_json([{"set": name, "verdict": verdict} for name, verdict in verdicts.items()])
    for name, verdict in verdicts.items():
        _say(f"{name}: {verdict}", as_json)
    if not verdicts:
        _say("No trained parameters are on this machine.", as_json)
    if set(verdicts.values()) - {"good"}:
        raise typer.Exit(1)


def _verdict(entry: WeightSet) -> str:
    from effnet_viz.weights.errors import CheckpointError
    from effnet_viz.weights.sources import is_intact, load_weights

    try:
        if not is_intact(entry):
            return "its SHA-256 is not the published one; delete it and fetch it again"
        load_weights(entry)
    except CheckpointError as error:
        return str(error)
    return "good"


def _choose(word: str) -> list[WeightSet]:
    """The sets that a word of the command line means.

    Raises:
        ValueError: no such variant or set.
    """
    if word == "all":
        return [sets[0] for variant in list_variants() if (sets := weight_sets(variant))]
    variant, _, name = word.partition("/")
    if name:
        return [weight_set(variant, name)]
    sets = weight_sets(variant)
    if not sets:
        raise ValueError(f"No trained parameters were published for {variant}.")
    return [sets[0]]


def _name(entry: WeightSet) -> str:
    return f"{entry.variant}/{entry.name}"


def _facts(entry: WeightSet) -> dict[str, Any]:
    return {
        "set": _name(entry),
        "trained_by": entry.label,
        "top1": entry.top1,
        "resolution": entry.resolution,
        "bytes": entry.size_bytes,
        "here": on_this_machine(entry),
    }


def _far(line: Line, name: str, here: int, total: int) -> None:
    share = f"{100 * here / total:3.0f}%, " if total else ""
    line(f"{name}: {share}{here / 1e6:.0f} MB")


def _say(words: str, as_json: bool) -> None:
    """A line for people; programs get everything at the end."""
    if not as_json:
        typer.echo(words)
