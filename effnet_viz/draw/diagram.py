"""The network as a teacher draws it: blocks in a row, wide for many channels, low for a low resolution.

A box's width follows the square root of its output channels, its height the square root of its resolution, so that
L2 fits beside B0 on one scale. Under the boxes stand bars of the chosen metric.
"""

from __future__ import annotations

from effnet_viz.architecture import Comparison, Plan
from effnet_viz.draw.diagram_columns import columns, compared_columns
from effnet_viz.draw.diagram_drawing import DiagramRow, Drawing
from effnet_viz.draw.metrics import Metric, metric_named
from effnet_viz.draw.numbers import si
from effnet_viz.draw.palette import LEFT, RIGHT
from effnet_viz.draw.scene import Scene

WIDTHS = (560, 680, 860, 1080, 1440)  # drawn for each, the page shows the widest that fits
STAGES = (540, 760)  # drawn for the projector view, which enlarges them: low, and no word smaller than the others


def network_diagram(
    plan: Plan,
    *,
    width: float = 1080,
    metric: str | Metric = "params",
    every_block: bool = False,
    stage: bool = False,
    explained: bool = True,
) -> Scene:
    """One network from the image to the classes.

    Args:
        plan: the network at its resolution.
        width: of the drawing, in CSS pixels; a network that does not fit becomes wider.
        metric: what bars and shading show, one of `METRICS` by name, or one that was measured.
        every_block: False draws runs of equal blocks as one stack with its count.
        stage: True draws it low, in short words of one size, to be enlarged.
        explained: whether the legend stands under it.

    Raises:
        ValueError: the metric does not exist.
    """
    description = (
        f"{plan.spec.title} at {plan.resolution}×{plan.resolution}: {len(plan.spec.block_specs())} blocks in "
        f"{len(plan.stages)} stages, {si(plan.params)} parameters, {si(plan.macs)} MACs."
    )
    drawing = Drawing(
        rows=(DiagramRow(plan=plan),),
        columns=columns(plan, every_block=every_block),
        width=width,
        metric=metric_named(metric) if isinstance(metric, str) else metric,
        stage=stage,
    )
    return drawing.scene(f"Diagram of {plan.spec.title}", description, explained=explained)


def comparison_diagram(
    comparison: Comparison,
    *,
    width: float = 1080,
    metric: str = "params",
    every_block: bool = False,
    stage: bool = False,
    explained: bool = True,
) -> Scene:
    """Two networks above each other on one scale, stage under stage; blocks that only one has are marked.

    Args:
        comparison: the two networks.
        width: of the drawing, in CSS pixels.
        metric: what bars and shading show, one of `METRICS`.
        every_block: False draws runs of equal blocks as one stack with its count.
        stage: True draws it low, in short words of one size, to be enlarged.
        explained: whether the legend stands under it.

    Raises:
        ValueError: the metric does not exist.
    """
    rows = tuple(
        DiagramRow(
            plan=plan,
            title=f"{plan.spec.title}  ·  {plan.resolution}×{plan.resolution}  ·  "
            f"{si(plan.params)} parameters  ·  {si(plan.macs)} MACs",
            colour=colour,
            prefix=prefix,
        )
        for plan, colour, prefix in ((comparison.left, LEFT, "left/"), (comparison.right, RIGHT, "right/"))
    )
    title = f"{comparison.left.spec.title} above {comparison.right.spec.title}, on one scale"
    description = ". ".join(row.title.replace("  ·  ", ", ") for row in rows) + "."
    drawing = Drawing(
        rows=rows,
        columns=compared_columns(comparison, every_block=every_block),
        width=width,
        metric=metric_named(metric),
        stage=stage,
    )
    return drawing.scene(title, description, explained=explained)
