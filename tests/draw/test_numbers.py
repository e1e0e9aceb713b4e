"""One way to write a probability, wherever it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import effnet_viz
from effnet_viz.draw.numbers import figures, percent, points, share, signed_figures

PACKAGE = Path(effnet_viz.__file__).parent


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0.0%"),
        (1e-9, "<0.1%"),
        (0.0005, "0.1%"),
        (0.951, "95.1%"),
        (0.9994, "99.9%"),
        (0.99999, ">99.9%"),
        (1, "100.0%"),
    ],
)
def test_a_probability_is_in_percent_and_neither_nothing_nor_certain_by_rounding(value, words):
    assert percent(value) == words


@pytest.mark.parametrize(("change", "words"), [(-0.0237, "−2.4 points"), (0.5, "+50.0 points"), (-1e-6, "±0 points")])
def test_a_change_of_a_probability_is_in_points(change, words):
    assert points(change) == words


def test_a_part_of_nothing_and_no_part_read_alike():
    assert (share(0, 5), share(0, 0), share(1e-9, 1), share(9998, 10_000)) == ("0%", "0%", "<0.01%", ">99.9%")


def test_nobody_else_writes_a_probability():
    """Each `{…probability…:.1%}` or `:.2f` of its own would be a second unit for the same number."""
    own = re.compile(r"\{[^{}\n]*probabilit(?:y|ies)[^{}\n]*:[+,]?\.?\d*[f%g]\}")
    others = ("draw/block_flow.py", "network/blocks.py", "ui/widgets/travel_data.py")  # stochastic depth; bars' lengths
    allowed = {PACKAGE / other for other in others}
    found = {
        f"{file.relative_to(PACKAGE)}: {hit}"
        for file in PACKAGE.rglob("*.py")
        if file not in allowed
        for hit in own.findall(file.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(("value", "words"), [(4.4912, "4.49"), (-2203.7, "-2,200"), (0, "0"), (1.1171e-6, "1.12e-6")])
def test_large_numbers_have_no_exponent_and_small_ones_a_short_one(value, words):
    assert figures(value) == words


@pytest.mark.parametrize(("value", "words"), [(1440.4, "+1,440"), (-0.01234, "-0.0123"), (0.0, "0"), (2.0, "+2")])
def test_figures_with_a_sign(value: float, words: str):
    assert signed_figures(value) == words
