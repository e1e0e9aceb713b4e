"""What commands tell: tables and JSON on standard output, progress and mistakes on standard error."""

from __future__ import annotations

import csv
import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from effnet_viz.draw.numbers import share

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Write CSV to standard output.")]

Row = Mapping[str, Any]


def write_json(value: Any) -> None:
    """A value for programs, in one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def write_rows(rows: Sequence[Row], as_csv: bool) -> None:
    """A table.

    Args:
        rows: at least one; all have the same columns.
        as_csv: for programs; otherwise in columns for people.
    """
    words = [[_word(name, value, as_csv) for name, value in row.items()] for row in rows]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(words)
        return
    widths = [max(map(len, column)) for column in zip(list(rows[0]), *words, strict=True)]
    for line in [list(rows[0]), *words]:
        typer.echo("  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)))


def _word(name: str, value: Any, plain: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, int) and not isinstance(value, bool) and not plain:
        return f"{value:,}"
    if name.endswith("share") and not plain:
        return share(value, 1)
    return f"{value:.4g}" if isinstance(value, float) and not plain else str(value)


class Line:
    """One line on standard error that says how far a long command is; where nobody watches, a line each time."""

    def __init__(self) -> None:
        self._width = 0

    def __call__(self, text: str) -> None:
        """Say how far it is."""
        if sys.stderr.isatty():
            print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
            self._width = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line as it is."""
        if self._width:
            print(file=sys.stderr)


@contextmanager
def percent_bar() -> Iterator[Any]:
    """A bar for people at a terminal: a function that takes the share done, 0 to 1."""
    from tqdm import tqdm

    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}|", disable=not sys.stderr.isatty()) as bar:
        yield lambda share: bar.update(round(100 * share) - bar.n)


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
