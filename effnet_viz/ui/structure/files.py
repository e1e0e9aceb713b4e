"""A network, or two of them, to download: table, data and drawing."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from functools import partial
from typing import Any

from effnet_viz.architecture import Comparison, Plan
from effnet_viz.draw.diagram import comparison_diagram, network_diagram
from effnet_viz.draw.png import to_png
from effnet_viz.draw.svg import to_svg
from effnet_viz.ui.widgets.page_parts import Download

_FILE_WIDTH = 1440


def network_files(shown: Plan, metric: str, every_block: bool, level: str) -> list[Download]:
    """The network as table, data and drawing.

    Args:
        shown: the network.
        metric: what bars and shading show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        level: of the table: `stages`, `blocks` or `layers`.
    """
    name = f"{shown.spec.name}_{shown.resolution}"
    draw = partial(network_diagram, shown, width=_FILE_WIDTH, metric=metric, every_block=every_block)
    return [
        Download(
            label=f"{level.capitalize()} as CSV",
            name=f"{name}_{level}.csv",
            mime="text/csv",
            content=lambda: as_csv(shown.rows(level)),
        ),
        Download(label="All as JSON", name=f"{name}.json", mime="application/json", content=lambda: as_json(shown)),
        Download(label="Diagram as SVG", name=f"{name}.svg", mime="image/svg+xml", content=lambda: to_svg(draw())),
        Download(label="Diagram as PNG", name=f"{name}.png", mime="image/png", content=lambda: to_png(draw())),
    ]


def comparison_files(
    comparison: Comparison, metric: str, every_block: bool, rows: list[dict[str, Any]]
) -> list[Download]:
    """Two networks as table and drawing.

    Args:
        comparison: both networks.
        metric: what bars and shading show, one of `METRICS`.
        every_block: whether equal blocks are drawn one by one.
        rows: of the table, column to value.
    """
    name = f"{comparison.left.spec.name}_{comparison.right.spec.name}"
    draw = partial(comparison_diagram, comparison, width=_FILE_WIDTH, metric=metric, every_block=every_block)
    return [
        Download(label="Stages as CSV", name=f"{name}.csv", mime="text/csv", content=lambda: as_csv(rows)),
        Download(label="Diagram as SVG", name=f"{name}.svg", mime="image/svg+xml", content=lambda: to_svg(draw())),
        Download(label="Diagram as PNG", name=f"{name}.png", mime="image/png", content=lambda: to_png(draw())),
    ]


def as_csv(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV; shapes `(C, H, W)` become `CxHxW`."""
    output = io.StringIO()
    writer = csv.DictWriter(output, rows[0], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: "x".join(map(str, value)) if isinstance(value, tuple) else value for name, value in row.items()}
        )
    return output.getvalue()


def as_json(shown: Plan) -> str:
    """A plan with its specification, totals and layers as JSON."""
    return json.dumps(
        {
            "specification": dataclasses.asdict(shown.spec),
            "resolution": shown.resolution,
            "params": shown.params,
            "macs": shown.macs,
            "se_params": shown.se_params,
            "peak_activation_bytes": shown.peak_activation_bytes,
            "stages": shown.rows("stages"),
            "blocks": shown.rows("blocks"),
            "layers": shown.rows("layers"),
        },
        indent=1,
    )
