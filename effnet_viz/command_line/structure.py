"""`plan` and `compare`: networks as tables, without torch."""

from __future__ import annotations

from typing import Annotated

import typer

from effnet_viz import architecture
from effnet_viz.command_line.choices import Variant
from effnet_viz.command_line.telling import AsCsv, AsJson, write_json, write_rows

Resolution = Annotated[int | None, typer.Option(help="Side of the input in pixels; the variant's own by default.")]


def plan(
    variant: Variant,
    resolution: Resolution = None,
    level: Annotated[str, typer.Option(help="stages, blocks or layers.")] = "blocks",
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Every stage, block or layer of a network with its shapes, parameters and multiply-adds.

    Example: `effnet-viz plan b7 --csv`
    """
    planned = architecture.plan(variant, resolution)
    rows = planned.rows(level)
    totals = {"variant": variant, "resolution": planned.resolution, "params": planned.params, "macs": planned.macs}
    if as_json:
        write_json(totals | {level: rows})
        return
    write_rows(rows, as_csv)
    if not as_csv:
        typer.echo(f"{planned.spec.title} at {planned.resolution} pixels: {_amounts(planned)}")


def compare(left: Variant, right: Variant, as_csv: AsCsv = False, as_json: AsJson = False) -> None:
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
        write_json({"left": left, "right": right, **totals, "stages": rows})
        return
    write_rows(rows, as_csv)
    if not as_csv:
        for side in (comparison.left, comparison.right):
            typer.echo(f"{side.spec.title}: {_amounts(side)}")


def _amounts(planned: architecture.Plan) -> str:
    return f"{planned.params:,} parameters, {planned.macs:,} multiply-adds."
