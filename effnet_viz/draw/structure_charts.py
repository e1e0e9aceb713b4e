"""Charts of structure: where a difference comes from, what accuracy costs, what each phi would have given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas

from effnet_viz.architecture.difference import Contribution
from effnet_viz.architecture.matched import Matched
from effnet_viz.architecture.plan import Plan
from effnet_viz.architecture.published import Accuracy
from effnet_viz.architecture.theory import Shipped
from effnet_viz.draw.numbers import ratio, si, signed_si
from effnet_viz.draw.palette import BLUE, COMPARED, GREEN, GREY, KIND_COLOURS, KIND_LABELS, LABEL, LEFT, ORANGE, RIGHT

_SI = ".3~s"
_FAMILIES = {"b": "V1", "lite": "Lite", "edgetpu": "EdgeTPU", "v2_": "V2", "v2_b": "V2-B"}
_SHAPES = ("circle", "triangle-down", "cross", "square", "diamond")
_DIMENSIONS = {"depth": BLUE, "width": GREEN, "resolution": ORANGE}


def waterfall(contributions: Sequence[Contribution], left: str, right: str, unit: str) -> alt.LayerChart:
    """From one network's total to the other's, one bar for each part.

    Args:
        contributions: the parts, which sum to the difference.
        left: title of the network the bars start from.
        right: title of the network they lead to.
        unit: what is counted, such as `parameters`.
    """
    level = sum(part.left for part in contributions)
    rows = [{"part": left, "start": 0, "end": level, "colour": LEFT, "text": si(level), "words": f"{si(level)} {unit}"}]
    for part in contributions:
        rows.append({"part": KIND_LABELS.get(part.title, part.title.capitalize()) if part.title != "SE" else "SE",
                     "start": level, "end": level + part.difference, "colour": KIND_COLOURS[part.kind],
                     "text": signed_si(part.difference),
                     "words": f"{si(part.left)} → {si(part.right)} {unit}, {ratio(part.right, part.left)}"})
        level += part.difference
    rows.append({"part": right, "start": 0, "end": level, "colour": RIGHT, "text": si(level),
                 "words": f"{si(level)} {unit}"})
    frame = pandas.DataFrame(rows)
    frame["top"] = frame[["start", "end"]].max(axis=1)
    frame["next"] = frame.part.shift(-1)
    x = alt.X("part:N", sort=list(frame.part), title=None, axis=alt.Axis(labelAngle=-35, labelLimit=150))
    tips = [alt.Tooltip("part:N", title="Part"), alt.Tooltip("words:N", title="From, to"),
            alt.Tooltip("text:N", title="Change")]
    base = alt.Chart(frame)
    bars = base.mark_bar(size=34, cornerRadius=2).encode(
        x=x, y=alt.Y("start:Q", title=unit.capitalize() if unit != "MACs" else unit, axis=alt.Axis(format=_SI)),
        y2="end:Q", color=alt.Color("colour:N", scale=None), tooltip=tips)
    labels = base.mark_text(dy=-8, fontSize=12, fontWeight=600, color=LABEL).encode(x=x, y="top:Q", text="text:N")
    return (bars + labels).properties(height=330)


def accuracy_chart(points: Sequence[Accuracy], quantity: str, chosen: Mapping[str, str]) -> alt.LayerChart:
    """Published top-1 accuracy against cost, the chosen networks in their colours.

    Args:
        points: what is published.
        quantity: `params` or `macs`.
        chosen: name of a variant to its title, in the order of their colours.
    """
    plans: list[Plan] = [point.plan for point in points]
    frame = pandas.DataFrame([{
        "variant": point.variant, "title": one.spec.title, "top1": point.top1, "cost": getattr(one, quantity),
        "by": point.by, "data": point.data, "source": point.source, "resolution": point.resolution,
        "chosen": point.variant in chosen, "family": _family(point.variant), "short": _short(point.variant),
        "labelled": _family(point.variant) in (_FAMILIES["b"], _FAMILIES["v2_"]),
    } for point, one in zip(points, plans, strict=True)])
    words = {"params": "Parameters", "macs": "MACs"}[quantity]
    x = alt.X("cost:Q", scale=alt.Scale(type="log", nice=False, padding=24), title=f"{words} (logarithmic)",
              axis=alt.Axis(format=_SI, grid=True, values=[m * 10**e for e in range(5, 13) for m in (1, 2, 5)]))
    y = alt.Y("top1:Q", scale=alt.Scale(zero=False, padding=20), title="ImageNet top-1, %")
    tips = [alt.Tooltip("title:N", title="Network"), alt.Tooltip("top1:Q", title="Top-1, %"),
            alt.Tooltip("cost:Q", title=words, format=_SI), alt.Tooltip("resolution:Q", title="Resolution"),
            alt.Tooltip("data:N", title="Trained on"), alt.Tooltip("source:N", title="Source")]
    shape = alt.Shape("family:N", sort=list(_FAMILIES.values()), title="Family", legend=alt.Legend(orient="top"),
                      scale=alt.Scale(domain=list(_FAMILIES.values()), range=list(_SHAPES)))
    fill = alt.FillOpacity("by:N", title="Weights by", legend=alt.Legend(orient="top"),
                           scale=alt.Scale(domain=["google", "torchvision"], range=[0.85, 0.0]))
    names = list(chosen)
    colour = alt.Color("variant:N", legend=None, scale=alt.Scale(domain=names, range=list(COMPARED[:len(names)])))
    ours, google = frame.chosen, frame.by == "google"
    return alt.layer(
        alt.Chart(frame[google]).mark_line(color=LABEL, opacity=0.35, strokeWidth=1.5).encode(
            x=x, y=y, detail="family:N", order="cost:Q"),
        alt.Chart(frame[~ours]).mark_point(size=60, color=LABEL, fill=LABEL).encode(
            x=x, y=y, shape=shape, fillOpacity=fill, tooltip=tips),
        alt.Chart(frame[ours]).mark_point(size=190, strokeWidth=2.5).encode(
            x=x, y=y, shape=shape, fillOpacity=fill, color=colour, fill=colour, tooltip=tips),
        alt.Chart(frame[google & ~ours & frame.labelled]).mark_text(dy=-11, fontSize=11, color=LABEL).encode(
            x=x, y=y, text="short:N"),
        alt.Chart(frame[google & ours]).mark_text(dy=-17, fontSize=15, fontWeight="bold").encode(
            x=x, y=y, text="short:N", color=colour),
    ).properties(height=440)


def _family(variant: str) -> str:
    """The family that a variant's name begins with."""
    if variant.startswith("v2_b"):
        return _FAMILIES["v2_b"]
    return next((title for start, title in _FAMILIES.items() if variant.startswith(start)), _FAMILIES["b"])


def _short(variant: str) -> str:
    return variant.upper().replace("_", "-")


def implied_phi_chart(rows: Sequence[Shipped]) -> alt.LayerChart:
    """For every released variant, how far the phi behind each coefficient lies from the nearest single phi."""
    frame = pandas.DataFrame([
        {"variant": row.name.upper(), "dimension": name, "phi": phi, "nearest": row.best.phi, "off": phi - row.best.phi,
         "shipped": shipped} for row in rows
        for name, phi, shipped in (
            ("depth", row.phi_depth, f"{row.spec.depth:g}"), ("width", row.phi_width, f"{row.spec.width:g}"),
            ("resolution", row.phi_resolution, f"{row.spec.resolution} px"))])
    x = alt.X("variant:N", title=None, axis=alt.Axis(labelAngle=0))
    zero = alt.Chart(pandas.DataFrame({"off": [0]})).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="off:Q")
    names = list(_DIMENSIONS)
    points = alt.Chart(frame.dropna()).mark_point(filled=True, size=150, opacity=0.95).encode(
        x=x, y=alt.Y("off:Q", title="phi beyond the nearest single one"),
        xOffset=alt.XOffset("dimension:N", sort=names),
        shape=alt.Shape("dimension:N", sort=names, title="phi behind"),
        color=alt.Color("dimension:N", sort=names, title="phi behind", legend=alt.Legend(orient="top"),
                        scale=alt.Scale(domain=names, range=list(_DIMENSIONS.values()))),
        tooltip=[alt.Tooltip("variant:N", title="Variant"), alt.Tooltip("dimension:N", title="Dimension"),
                 alt.Tooltip("shipped:N", title="Shipped"), alt.Tooltip("phi:Q", title="Implied phi", format=".2f"),
                 alt.Tooltip("nearest:Q", title="Nearest single phi", format=".2f")])
    return (zero + points).properties(height=280)


def matched_chart(compound: Plan, matched: Sequence[Matched], quantity: str, title: str) -> alt.LayerChart:
    """One quantity of four networks of about the same cost.

    Args:
        compound: all three dimensions scaled.
        matched: one dimension scaled.
        quantity: an attribute of a plan.
        title: of the chart.
    """
    rows = [{"way": "all three", "value": getattr(compound, quantity), "colour": BLUE}]
    rows += [{"way": f"{one.dimension} only", "value": getattr(one.plan, quantity), "colour": GREY}
             for one in matched if one.plan is not None]
    frame = pandas.DataFrame(rows)
    frame["text"] = [si(value) for value in frame.value]
    y = alt.Y("way:N", sort=list(frame.way), title=None, axis=alt.Axis(labelLimit=120))
    bars = alt.Chart(frame).mark_bar(cornerRadius=2).encode(
        y=y, x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1.25 * float(frame.value.max())])),
        color=alt.Color("colour:N", scale=None),
        tooltip=[alt.Tooltip("way:N", title="Scaled"), alt.Tooltip("text:N", title=title)])
    text = alt.Chart(frame).mark_text(align="left", dx=4, fontSize=12, color=LABEL).encode(
        y=y, x="value:Q", text="text:N")
    return (bars + text).properties(height=150, title=title)
