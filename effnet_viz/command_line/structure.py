"""`plan` and `compare`: networks as tables, without torch."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from effnet_viz import architecture

Resolution = Annotated[int | None, typer.Option(help="Side of the input in pixels; the variant's own by default.")]


def plan(
    variant: Annotated[str, typer.Argument(help="Such as b0, v2_s or lite0.")],
    resolution: Resolution = None,
    level: Annotated[str, typer.Option(help="stages, blocks or layers.")] = "blocks",
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Every stage, block or layer of a network with its shapes, parameters and multiply-adds.

    Example: `effnet-viz plan b7 --csv`
    """
    planned = architecture.plan(variant, resolution)
    rows = planned.rows(level)
    totals = {"variant": variant, "resolution": planned.resolution, "params": planned.params, "macs": planned.macs}
    if as_json:
        typer.echo(json.dumps(totals | {level: rows}))
        return
    _write(rows, as_csv)
    if not as_csv:
        typer.echo(f"{planned.spec.title} at {planned.resolution} pixels: {_amounts(planned)}")


def compare(
    left: Annotated[str, typer.Argument(help="A variant, such as b0.")],
    right: Annotated[str, typer.Argument(help="Another, such as b7.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Two networks, stage by stage.

    Example: `effnet-viz compare b0 b7`
    """
    comparison = architecture.compare(left, right)
    rows = [
        {
            "stage": pair.title,
            f"{left} params": pair.left.params if pair.left else None,
            f"{right} params": pair.right.params if pair.right else None,
            "difference": pair.params_difference,
            "MACs difference": pair.macs_difference,
        }
        for pair in comparison.stages
    ]
    if as_json:
        totals = {"params_difference": comparison.params_difference, "macs_difference": comparison.macs_difference}
        typer.echo(json.dumps({"left": left, "right": right, **totals, "stages": rows}))
        return
    _write(rows, as_csv)
    if not as_csv:
        for side in (comparison.left, comparison.right):
            typer.echo(f"{side.spec.title}: {_amounts(side)}")


def _amounts(planned: architecture.Plan) -> str:
    return f"{planned.params:,} parameters, {planned.macs:,} multiply-adds."


def _write(rows: Sequence[dict[str, Any]], as_csv: bool) -> None:
    words = [[_word(value, as_csv) for value in row.values()] for row in rows]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(words)
        return
    widths = [max(map(len, column)) for column in zip(list(rows[0]), *words, strict=True)]
    for line in [list(rows[0]), *words]:
        typer.echo("  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)))


def _word(value: Any, plain: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, int) and not isinstance(value, bool) and not plain:
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
