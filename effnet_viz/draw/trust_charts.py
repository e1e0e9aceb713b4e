"""Charts that say whether a map can be trusted: curves against chance, randomised weights, agreement of methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from numpy import ndarray

from effnet_viz.draw.colour_maps import css_colour, css_colours
from effnet_viz.draw.numbers import percent, whole_percent
from effnet_viz.draw.palette import BLUE, GREY, LABEL, RED, SKY, text_on
from effnet_viz.draw.vega import (
    ABOVE,
    OWN_COLOUR,
    Chart,
    coloured,
    in_words,
    line_at,
    nominal,
    quantitative,
    rows_of,
    said,
)
from effnet_viz.explain.pointing_game import PointingGame

ORDERS = {"map": "by the map", "random": "at random", "centre": "from the centre"}
ORDER_COLOURS = {"by the map": RED, "at random": GREY, "from the centre": BLUE}
TRUTH_COLOURS = {"Strongest point on the shape": SKY, "Evidence on the shape": RED}
HEIGHT = 260
MARK = 0.2  # the share of pixels at which the page reads the curves


def curve_chart(
    curves: Mapping[str, tuple[ndarray, ndarray]],
    spread: tuple[ndarray, ndarray, ndarray],
    *,
    x_title: str,
    y_title: str,
) -> Chart:
    """Probability of the class as more and more is taken away or put back.

    Args:
        curves: name of an order, a key of `ORDER_COLOURS`, to shares of pixels and probabilities, `(S,)` each.
        spread: shares, lowest and highest probability of the single random orders.
        x_title: what the shares are of.
        y_title: what the probabilities are of.
    """
    rows = [
        {"share": share, "probability": score, "order": name}
        for name, (shares, scores) in curves.items()
        for share, score in zip(shares.tolist(), scores.tolist(), strict=True)
    ]
    rows = in_words(in_words(rows, whole_percent, "share"), percent, "probability")
    shares, lowest, highest = (values.tolist() for values in spread)
    x = quantitative(
        "share", title=x_title, scale={"domain": [0, 1], "nice": False}, axis={"format": "%", "tickCount": 5}
    )
    dashes = {"domain": list(ORDER_COLOURS), "range": [[1, 0], [6, 4], [2, 3]]}
    band = {
        "data": {"values": rows_of(share=shares, low=lowest, high=highest)},
        "mark": {"type": "area", "opacity": 0.18, "color": GREY},
        "encoding": {"x": x, "y": quantitative("low"), "y2": {"field": "high"}},
    }
    lines = {
        "mark": {"type": "line", "strokeWidth": 3},
        "encoding": {
            "x": x,
            "y": quantitative("probability", title=y_title, scale={"domain": [0, 1]}, axis={"format": "%"}),
            "color": coloured("order", ORDER_COLOURS, legend={**ABOVE, "columns": 1}),
            "strokeDash": nominal("order", title=None, legend=None, scale=dashes),
            "tooltip": [nominal("order", title="hidden"), said("share", title="pixels"), said("probability")],
        },
    }
    return {"data": {"values": rows}, "height": HEIGHT, "layer": [band, line_at("x", MARK, strokeDash=[3, 3]), lines]}


def randomisation_chart(parts: Sequence[str], similarities: Sequence[float]) -> Chart:
    """Similarity with the trained network's map as more and more weights are random, from the head downwards.

    Args:
        parts: down to which part of the network weights are random, a name for each step.
        similarities: rank correlation with the trained network's map after each step, -1 to 1.
    """
    line = {
        "mark": {"type": "line", "point": {"size": 70, "color": RED}, "strokeWidth": 3, "color": RED},
        "encoding": {
            "x": nominal("part", sort=None, title="Random from the head down to …", axis={"labelAngle": 0}),
            "y": quantitative("similarity", title="Rank correlation with the map", scale={"domain": [-1, 1]}),
            "tooltip": [nominal("part"), quantitative("similarity", format=".2f")],
        },
    }
    return {
        "data": {"values": rows_of(part=parts, similarity=similarities)},
        "height": HEIGHT,
        "layer": [line_at("y", 0), line],
    }


def truth_chart(games: Mapping[str, PointingGame]) -> Chart:
    """How often each method's strongest point lies on the true place, and how much of its evidence.

    Args:
        games: title of a method to what was measured.
    """
    rows = [
        {"method": title, "measure": measure, "share": share, "chance": game.chance}
        for title, game in games.items()
        for measure, share in zip(TRUTH_COLOURS, (game.pointing, game.energy), strict=True)
    ]
    methods = sorted(games, key=lambda title: -games[title].energy)
    rows_of_bars = {
        "y": nominal("method", sort=methods, title=None, axis={"labelLimit": 200}),
        "yOffset": nominal("measure", sort=list(TRUTH_COLOURS)),
        "x": quantitative("share", title=None, scale={"domain": [0, 1]}, axis={"format": "%", "tickCount": 5}),
    }
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            **rows_of_bars,
            "color": coloured("measure", TRUTH_COLOURS, legend={**ABOVE, "labelLimit": 300}),
            "tooltip": [nominal("method"), nominal("measure"), said("share"), said("chance")],
        },
    }
    words = {
        "mark": {"type": "text", "align": "left", "dx": 4, "color": LABEL},
        "encoding": {**rows_of_bars, "text": said("share")},
    }
    chance = [line_at("x", game.chance, color=BLUE, strokeDash=[4, 3], strokeWidth=2) for game in games.values()][:1]
    return {
        "data": {"values": in_words(rows, whole_percent, "share", "chance")},
        "height": 34 * len(games) + 60,
        "layer": [bars, words, *chance],
    }


def agreement_chart(titles: Sequence[str], matrix: ndarray) -> Chart:
    """How alike the maps of several methods are, as a square of numbers.

    Args:
        titles: of the methods.
        matrix: rank correlations, `(K, K)`.
    """
    rows = [
        {"method": title, "other": other, "value": value, "colour": text_on(css_colour((value + 1) / 2, "diverging"))}
        for row, title in enumerate(titles)
        for column, other in enumerate(titles)
        for value in [float(matrix[row, column])]
    ]
    colours = {"domain": [-1, 1], "range": css_colours("diverging"), "interpolate": "rgb"}
    return {
        "data": {"values": rows},
        "height": 46 * len(titles) + 90,
        "resolve": {"scale": {"color": "independent"}},
        "encoding": {
            "x": nominal("method", sort=list(titles), title=None, axis={"labelAngle": -35, "orient": "top"}),
            "y": nominal("other", sort=list(titles), title=None),
        },
        "layer": [
            {
                "mark": {"type": "rect"},
                "encoding": {
                    "color": quantitative("value", title=None, legend=None, scale=colours),
                    "tooltip": [nominal("method"), nominal("other"), quantitative("value", format=".2f")],
                },
            },
            {
                "mark": {"type": "text", "fontSize": 13},
                "encoding": {"text": quantitative("value", format=".2f"), "color": OWN_COLOUR},
            },
        ],
    }
