from __future__ import annotations

import pytest

from effnet_viz.architecture import LAYER_KINDS, plan
from effnet_viz.draw import palette


def test_every_kind_of_the_plans_has_a_colour_and_a_label():
    kinds = set(LAYER_KINDS)
    for name in ("b0", "v2_s"):
        kinds |= {block.kind for block in plan(name).blocks}
    assert kinds <= palette.KIND_COLOURS.keys()
    assert palette.KIND_COLOURS.keys() == palette.KIND_LABELS.keys()


@pytest.mark.parametrize(
    ("colour", "other", "ratio"),
    [  # WCAG's own extremes and the WebAIM contrast checker
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#0072B2", "#FFFFFF", 5.19),
    ],
)
def test_contrast_is_wcags(colour, other, ratio):
    assert palette.contrast(colour, other) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("kind", palette.KIND_COLOURS)
def test_text_on_every_kind_is_readable(kind):
    colour = palette.KIND_COLOURS[kind]
    assert palette.contrast(palette.text_on(colour), colour) >= 4.5


def test_mixing_runs_from_one_colour_to_the_other():
    assert palette.mix("#000000", "#FFFFFF", 0) == "#000000"
    assert palette.mix("#000000", "#FFFFFF", 1) == "#FFFFFF"
    assert palette.mix("#004080", "#FFFFFF", 0.5) == "#80A0C0"


def test_a_colour_that_is_none_is_named():
    with pytest.raises(ValueError, match="'blue'"):
        palette.rgb("blue")


def test_words_in_charts_are_readable_on_paper():
    # WCAG asks 4.5 of small text. What pages make of it, in both themes, tests/browser/test_stage.py measures.
    assert palette.contrast(palette.LABEL, "#FFFFFF") >= 4.5
