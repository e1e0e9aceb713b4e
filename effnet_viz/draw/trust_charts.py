"""Charts that say whether a map can be trusted: curves against chance, randomised weights, agreement of methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair
from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colours
from effnet_viz.draw.palette import BLUE, GREY, RED, SKY
from effnet_viz.explain.pointing_game import PointingGame

ORDERS = {"map": "by the map", "random": "at random", "centre": "from the centre"}
ORDER_COLOURS = {"by the map": RED, "at random": GREY, "from the centre": BLUE}
TRUTHS = {"pointing": "Strongest point on the shape", "energy": "Evidence on the shape"}
HEIGHT = 260
MARK = 0.2  # the share of pixels at which the page reads the curves


def curve_chart(
    curves: Mapping[str, tuple[ndarray, ndarray]],
    spread: tuple[ndarray, ndarray, ndarray],
    *,
    x_title: str,
    y_title: str,
) -> altair.LayerChart:
    """Probability of the class as more and more is taken away or put back.

    Args:
        curves: name of an order, a key of `ORDER_COLOURS`, to shares of pixels and probabilities, `(S,)` each.
        spread: shares, lowest and highest probability of the single random orders.
        x_title: what the shares are of.
        y_title: what the probabilities are of.
    """
    colours = altair.Scale(domain=list(ORDER_COLOURS), range=list(ORDER_COLOURS.values()))
    rows = [
        {"share": float(share), "probability": float(score), "order": name}
        for name, (shares, scores) in curves.items()
        for share, score in zip(shares, scores, strict=True)
    ]
    x = altair.X(
        "share:Q",
        title=x_title,
        scale=altair.Scale(domain=[0, 1], nice=False),
        axis=altair.Axis(format="%", tickCount=5),
    )
    y = altair.Y("probability:Q", title=y_title, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%"))
    lines = (
        altair.Chart(altair.Data(values=rows))
        .mark_line(strokeWidth=3)
        .encode(
            x=x,
            y=y,
            color=altair.Color("order:N", scale=colours, title=None, legend=altair.Legend(orient="top", columns=1)),
            strokeDash=altair.StrokeDash(
                "order:N",
                title=None,
                legend=None,
                scale=altair.Scale(domain=list(ORDER_COLOURS), range=[[1, 0], [6, 4], [2, 3]]),
            ),
            tooltip=[
                altair.Tooltip("order:N", title="hidden"),
                altair.Tooltip("share:Q", format=".0%", title="pixels"),
                altair.Tooltip("probability:Q", format=".1%"),
            ],
        )
    )
    band_rows = [
        {"share": float(share), "low": float(low), "high": float(high)}
        for share, low, high in zip(*spread, strict=True)
    ]
    band = (
        altair.Chart(altair.Data(values=band_rows))
        .mark_area(opacity=0.18, color=GREY)
        .encode(x=x, y=altair.Y("low:Q"), y2="high:Q")
    )
    mark = (
        altair.Chart(altair.Data(values=[{"share": MARK}])).mark_rule(color=GREY, strokeDash=[3, 3]).encode(x="share:Q")
    )
    return altair.layer(band, mark, lines).properties(height=HEIGHT)


def randomisation_chart(parts: Sequence[str], similarities: Sequence[float]) -> altair.LayerChart:
    """Similarity with the trained network's map as more and more weights are random, from the head downwards.

    Args:
        parts: down to which part of the network weights are random, a name for each step.
        similarities: rank correlation with the trained network's map after each step, -1 to 1.
    """
    rows = [{"part": part, "similarity": value} for part, value in zip(parts, similarities, strict=True)]
    x = altair.X("part:N", sort=None, title="Random from the head down to …", axis=altair.Axis(labelAngle=0))
    y = altair.Y("similarity:Q", title="Rank correlation with the map", scale=altair.Scale(domain=[-1, 1]))
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_line(point={"size": 70, "color": RED}, strokeWidth=3, color=RED)
        .encode(x=x, y=y, tooltip=[altair.Tooltip("part:N"), altair.Tooltip("similarity:Q", format=".2f")])
    )
    zero = altair.Chart(altair.Data(values=[{"y": 0}])).mark_rule(color=GREY).encode(y="y:Q")
    return altair.layer(zero, chart).properties(height=HEIGHT)


def truth_chart(found: Mapping[str, PointingGame]) -> altair.LayerChart:
    """How often each method's strongest point lies on the true place, and how much of its evidence.

    Args:
        found: title of a method to what was measured.
    """
    rows = [
        {"method": title, "measure": words, "share": getattr(one, field), "chance": one.chance}
        for title, one in found.items()
        for field, words in TRUTHS.items()
    ]
    order = sorted(found, key=lambda title: -found[title].energy)
    x = altair.X("share:Q", title=None, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%", tickCount=5))
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("method:N", sort=order, title=None, axis=altair.Axis(labelLimit=200)),
        yOffset=altair.YOffset("measure:N", sort=list(TRUTHS.values())),
    )
    bars = base.mark_bar().encode(
        x=x,
        color=altair.Color(
            "measure:N",
            title=None,
            legend=altair.Legend(orient="top", labelLimit=300),
            scale=altair.Scale(domain=list(TRUTHS.values()), range=[SKY, RED]),
        ),
        tooltip=[
            "method:N",
            "measure:N",
            altair.Tooltip("share:Q", format=".1%"),
            altair.Tooltip("chance:Q", format=".1%"),
        ],
    )
    words = base.mark_text(align="left", dx=4, color=GREY).encode(x=x, text=altair.Text("share:Q", format=".0%"))
    chance = (
        altair.Chart(altair.Data(values=[{"chance": one.chance} for one in found.values()][:1]))
        .mark_rule(color=BLUE, strokeDash=[4, 3], strokeWidth=2)
        .encode(x="chance:Q")
    )
    return altair.layer(bars, words, chance).properties(height=34 * len(found) + 60)


def agreement_chart(titles: Sequence[str], matrix: ndarray) -> altair.LayerChart:
    """How alike the maps of several methods are, as a square of numbers.

    Args:
        titles: of the methods.
        matrix: rank correlations, `(K, K)`.
    """
    rows = [
        {"one": one, "other": other, "value": float(matrix[row, column])}
        for row, one in enumerate(titles)
        for column, other in enumerate(titles)
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X("one:N", sort=list(titles), title=None, axis=altair.Axis(labelAngle=-35, orient="top")),
        y=altair.Y("other:N", sort=list(titles), title=None),
    )
    squares = base.mark_rect().encode(
        color=altair.Color(
            "value:Q", title=None, legend=None, scale=altair.Scale(domain=[-1, 1], range=css_colours("diverging"))
        ),
        tooltip=[altair.Tooltip("one:N"), altair.Tooltip("other:N"), altair.Tooltip("value:Q", format=".2f")],
    )
    words = base.mark_text(fontSize=13).encode(
        text=altair.Text("value:Q", format=".2f"),
        color=altair.condition("abs(datum.value) > 0.6", altair.value("#FFFFFF"), altair.value("#111111")),
    )
    return altair.layer(squares, words).properties(height=46 * len(titles) + 90)
