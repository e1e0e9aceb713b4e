"""`weights list`, `weights fetch` and `weights verify`: a classroom is prepared before class."""

from __future__ import annotations

import argparse
import sys

from effnet_viz.architecture import list_variants
from effnet_viz.weights.catalogue import WeightSet, all_weight_sets, on_this_machine, weight_set, weight_sets


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `weights` to the command line."""
    parser = subparsers.add_parser("weights", help="show, download and check trained parameters")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="which sets exist, and which are on this machine")
    listing.add_argument("variants", nargs="*", metavar="VARIANT", help="only these variants, such as b0")
    listing.add_argument("--here", action="store_true", help="only what is on this machine")
    listing.set_defaults(run=_list)

    fetching = commands.add_parser("fetch", help="download sets")
    fetching.add_argument(
        "wanted",
        nargs="+",
        metavar="VARIANT",
        help="a variant (b0: its most accurate set), a set of it (b0/torchvision-v1), or all: the "
        "most accurate set of every variant",
    )
    fetching.set_defaults(run=_fetch)

    verifying = commands.add_parser("verify", help="read every set on this machine and check its hash")
    verifying.set_defaults(run=_verify)


def _list(options: argparse.Namespace) -> int:
    try:
        sets = [weights for variant in options.variants or list_variants() for weights in weight_sets(variant)]
    except ValueError as error:
        return _complain(error)
    print(f"{'set':<28} {'trained by':<40} {'top-1':>6} {'pixels':>6} {'size':>8}  here")
    for weights in sets:
        here = on_this_machine(weights)
        if here or not options.here:
            top1 = f"{weights.top1:.1f}" if weights.top1 else "-"
            print(
                f"{_name(weights):<28} {weights.label:<40} {top1:>6} {weights.resolution:>6} "
                f"{weights.size_bytes / 1e6:>5.0f} MB  {'yes' if here else 'no'}"
            )
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from effnet_viz.weights.download import DownloadError
    from effnet_viz.weights.sources import fetch

    try:
        chosen = [weights for word in options.wanted for weights in _choose(word)]
    except ValueError as error:
        return _complain(error)
    failures = 0
    for weights in chosen:
        if on_this_machine(weights):
            print(f"{_name(weights)} is already on this machine.")
            continue
        progress = _Progress(weights)
        try:
            fetch(weights, progress=progress)
            progress.finish("done")
        except DownloadError as error:
            progress.finish("failed")
            failures += _complain(error)
    return 1 if failures else 0


def _verify(options: argparse.Namespace) -> int:
    from effnet_viz.weights.errors import CheckpointError
    from effnet_viz.weights.sources import is_intact, load_weights

    failures = 0
    here = [weights for weights in all_weight_sets() if on_this_machine(weights)]
    for weights in here:
        try:
            verdict = (
                "good" if is_intact(weights) else "its SHA-256 is not the published one; delete it and fetch it again"
            )
            if verdict == "good":
                load_weights(weights)
        except CheckpointError as error:
            verdict = str(error)
        print(f"{_name(weights)}: {verdict}")
        failures += verdict != "good"
    if not here:
        print("No trained parameters are on this machine.")
    return 1 if failures else 0


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


def _name(weights: WeightSet) -> str:
    return f"{weights.variant}/{weights.name}"


def _complain(error: Exception) -> int:
    print(error, file=sys.stderr)
    return 1


class _Progress:
    """One line that says how far a download is; only a terminal sees it grow."""

    def __init__(self, weights: WeightSet) -> None:
        self.name = _name(weights)
        self.shown = ""

    def __call__(self, here: int, total: int) -> None:
        share = f"{100 * here / total:3.0f}%, " if total else ""
        line = f"{self.name}: {share}{here / 1e6:.0f} MB"
        if sys.stdout.isatty() and line != self.shown:
            print(f"\r{line}", end="", flush=True)
            self.shown = line

    def finish(self, verdict: str) -> None:
        """Leave a line that stays."""
        print(f"\r{self.name}: {verdict}".ljust(len(self.shown) + 1))
