"""What the colours and marks of a diagram mean, under it."""

from __future__ import annotations

from collections.abc import Callable

from effnet_viz.draw.palette import KIND_COLOURS, KIND_LABELS
from effnet_viz.draw.scene import BezierCurve, Disc, Line, Mark, Rect, Text, text_width

_Sign = Callable[[float, float], list[Mark]]


def legend(
    *,
    kinds: set[str],
    has_se: bool,
    has_stack: bool,
    compared: bool,
    metric: str,
    narrow: bool,
    x: float,
    y: float,
    width: float,
    size: float,
) -> list[Mark]:
    """Signs with words, in as many lines as the width needs.

    Args:
        kinds: kinds of blocks that are drawn.
        has_se: whether a block has squeeze and excitation.
        has_stack: whether runs of blocks are collapsed.
        compared: whether blocks of one side only are marked.
        metric: what the shading shows.
        narrow: whether operators have short names.
        x: left edge.
        y: baseline of the first line.
        width: room for a line.
        size: of the text.
    """
    entries: list[tuple[_Sign, str]] = []
    for group, label in (
        (("stem", "head"), "Stem and head"),
        (("mbconv",), KIND_LABELS["mbconv"]),
        (("fused_mbconv",), KIND_LABELS["fused_mbconv"]),
        (("classifier",), "Pooling and classifier"),
    ):
        if kinds & set(group):
            entries.append((_swatch(KIND_COLOURS[group[0]]), label))
    if has_se:
        entries.append((lambda x, y: [Disc(x=x + 6, y=y - 4, radius=4.5, fill=KIND_COLOURS["se"])], KIND_LABELS["se"]))
    if kinds & {"mbconv", "fused_mbconv"}:
        entries.append((_arc, "Skip: the input is added"))
    if has_stack:
        entries.append((_cards, "×n: equal blocks"))
    if compared:
        entries.append(
            (
                lambda x, y: [Line(points=((x, y - 4), (x + 12, y - 4)), stroke="text", stroke_width=2.5)],
                "+n: blocks that the other network lacks",
            )
        )
    if narrow and kinds & {"mbconv", "fused_mbconv"} and not compared:
        entries.append((lambda x, y: [], "MB6: MBConv that expands 6 times.  FMB: fused."))
    scale = f"Width: root of channels.  Height: root of resolution.  Shade: {metric.lower()}."
    entries.append((lambda x, y: [], scale.replace("macs", "MACs")))
    return _flow(entries, x, y, width, size)


def _flow(entries: list[tuple[_Sign, str]], x: float, y: float, width: float, size: float) -> list[Mark]:
    items: list[Mark] = []
    left = x
    for sign, words in entries:
        marks = sign(left, y)
        needed = (17 if marks else 0) + text_width(words, size)
        if left > x and left + needed > x + width:
            left, y = x, y + 19
            marks = sign(left, y)
        items += [*marks, Text(x=left + (17 if marks else 0), y=y, text=words, size=size, fill="muted")]
        left += needed + 20
    return items


def _swatch(colour: str) -> _Sign:
    return lambda x, y: [Rect(x=x, y=y - 9, width=11, height=11, fill=colour, radius=2)]


def _arc(x: float, y: float) -> list[Mark]:
    return [BezierCurve(points=((x, y), (x, y - 12), (x + 12, y - 12), (x + 12, y)), arrow=True, stroke_width=1.3)]


def _cards(x: float, y: float) -> list[Mark]:
    return [
        Rect(x=x + offset, y=y - 7 - offset, width=8, height=9, fill="background", stroke="muted", radius=1.5)
        for offset in (4.0, 2.0, 0.0)
    ]
