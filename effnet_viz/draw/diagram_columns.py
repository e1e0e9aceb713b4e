"""Which boxes a diagram has: one for every block, or one for each run of equal blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effnet_viz.architecture import BlockPlan, Comparison, Plan, StagePlan
from effnet_viz.draw.numbers import shape, si
from effnet_viz.draw.palette import KIND_LABELS


@dataclass(frozen=True, kw_only=True)
class BlockBox:
    """One box: a block, or several alike in a row; `extra` where the other network of a comparison has none."""

    blocks: tuple[BlockPlan, ...]
    extra: bool = False

    @property
    def id(self) -> str:
        return self.blocks[0].id

    @property
    def kind(self) -> str:
        return self.blocks[0].kind

    @property
    def channels(self) -> int:
        return self.blocks[0].out_shape[0]

    @property
    def side(self) -> int:
        """Height and width of the output in cells; 1 after pooling."""
        out_shape = self.blocks[0].out_shape
        return out_shape[1] if len(out_shape) == 3 else 1

    @property
    def label(self) -> str:
        """The box in words, for a screen reader."""
        first, last = self.blocks[0], self.blocks[-1]
        name = block_title(first) if first is last else f"Blocks {first.id} to {last.id}, {len(self.blocks)} alike"
        params = sum(block.params for block in self.blocks)
        return f"{name}: {shape(first.in_shape)} to {shape(last.out_shape)}, {si(params)} parameters"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One stage of a diagram, with the boxes of each network drawn (one, or two that are compared)."""

    title: str
    stages: tuple[StagePlan | None, ...]
    boxes: tuple[tuple[BlockBox, ...], ...]


def columns(plan: Plan, *, every_block: bool) -> list[Column]:
    """The stages of one network.

    Args:
        plan: the network.
        every_block: False makes one cell of a run of equal blocks.
    """
    titles = ["Stem", *(f"Stage {stage.number}" for stage in plan.stages[1:-1]), "Head"]
    return [
        Column(title=title, stages=(stage,), boxes=(tuple(_boxes(stage.blocks, every_block)),))
        for title, stage in zip(titles, plan.stages, strict=True)
    ]


def compared_columns(comparison: Comparison, *, every_block: bool) -> list[Column]:
    """The aligned stages of two networks, boxes that only one has apart and marked.

    Args:
        comparison: the two networks with their stages aligned.
        every_block: False makes one cell of a run of equal blocks.
    """
    result = []
    for pair in comparison.stages:
        stages = (pair.left, pair.right)
        counts = [len(stage.blocks) if stage else 0 for stage in stages]
        boxes = []
        for stage in stages:
            blocks = stage.blocks if stage else ()
            shared, extra = blocks[: min(counts)], blocks[min(counts) :]
            boxes.append((*_boxes(shared, every_block), *_boxes(extra, every_block, extra=True)))
        result.append(Column(title=pair.title.capitalize(), stages=stages, boxes=tuple(boxes)))
    return result


def block_title(block: BlockPlan) -> str:
    """A block's name for people: `Block 4.2, MBConv6 5×5`."""
    if block.kind in ("stem", "head", "classifier"):
        return {
            "stem": "Stem, convolution 3×3",
            "head": "Head, convolution 1×1",
            "classifier": "Pooling and classifier",
        }[block.kind]
    return f"Block {block.id}, {operator(block)} {block.kernel}×{block.kernel}"


def operator(block: BlockPlan) -> str:
    """The operator as in the paper's tables: `MBConv6` is an MBConv that expands six times."""
    return f"{KIND_LABELS[block.kind]}{block.expansion:g}" if block.spec else KIND_LABELS[block.kind]


def _boxes(blocks: Sequence[BlockPlan], every_block: bool, extra: bool = False) -> list[BlockBox]:
    runs: list[list[BlockPlan]] = []
    for block in blocks:
        if runs and not every_block and _alike(runs[-1][-1], block):
            runs[-1].append(block)
        else:
            runs.append([block])
    return [BlockBox(blocks=tuple(run), extra=extra) for run in runs]


def _alike(block: BlockPlan, other: BlockPlan) -> bool:
    return (block.kind, block.in_shape, block.out_shape, block.params) == (
        other.kind,
        other.in_shape,
        other.out_shape,
        other.params,
    )


def stage_words(stage: StagePlan, narrow: bool) -> tuple[str, ...]:
    """Operator, kernel and stride, number of blocks.

    Args:
        stage: of a network.
        narrow: whether words are short.
    """
    first = stage.blocks[0]
    if stage.kind == "stem":
        return "Conv", f"3×3  /{first.stride}"
    if stage.kind == "head":
        return ("1×1", "pool", "linear") if narrow else ("Conv 1×1", "pool, linear")
    stride = f"  /{first.stride}" if first.stride > 1 else ""
    if narrow:
        name = operator(first).replace("Fused MBConv", "FMB").replace("MBConv", "MB")
        return name, f"{first.kernel}×{first.kernel}{stride}", f"×{len(stage.blocks)}"
    name = operator(first).replace("Fused MBConv", "Fused")
    return name, f"{first.kernel}×{first.kernel}{stride}  ×{len(stage.blocks)}"
