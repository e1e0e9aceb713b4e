"""One block drawn and told: shapes on the edges, the narrow middle, reasons; and numbers as people read them."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree

import pytest

from effnet_viz.architecture import list_variants, plan, spec
from effnet_viz.draw.block_flow import WIDTHS, block_flow
from effnet_viz.draw.block_words import card, reasons, squeeze_path
from effnet_viz.draw.diagram import network_diagram
from effnet_viz.draw.numbers import ratio, shape, share, si, signed_si
from effnet_viz.draw.scene import Disc, Group, Text
from effnet_viz.draw.svg import to_svg


def words(scene) -> list[str]:
    texts = []
    for item in scene.items:
        texts += [part.text for part in item.items if isinstance(part, Text)] if isinstance(item, Group) else []
        texts += [item.text] if isinstance(item, Text) else []
    return texts


@pytest.mark.parametrize("name", list_variants())
def test_every_block_can_be_drawn(name):
    for block in plan(name).blocks:
        for width in WIDTHS:
            scene = block_flow(block, width=width)
            ElementTree.fromstring(to_svg(scene))
            groups = [item for item in scene.items if isinstance(item, Group)]
            assert [group.id for group in groups] == [layer.id for layer in block.layers]
            assert all(0 <= text.x <= width for text in scene.items if isinstance(text, Text))
            assert any(isinstance(item, Disc) for item in scene.items) == block.residual


def test_the_first_expanding_block_of_b0():
    block = plan("b0").block("3.1")
    texts = words(block_flow(block))
    # tensorflow/tpu#616 asks about 96 -> 4 -> 96
    assert squeeze_path(block) == "96 → 4 → 96"
    assert [text for text in texts if text in ("96", "4")] == ["96", "4", "96"]
    assert [text for text in texts if "×" in text and "stride" not in text and text not in ("1×1", "3×3")] == [
        "112×112",
        "×16",
        "112×112",
        "×96",
        "56×56",
        "×96",
        "56×56",
        "×96",
        "56×56",
        "×24",
    ]
    told = " ".join(reasons(plan("b0"), block))
    assert "0.25·16 = 4" in told and "stride 2 turns 112×112×16 into 56×56×24" in told


def test_reasons_name_what_is_not_there():
    first = " ".join(reasons(plan("b0"), plan("b0").block("2.1")))
    assert "No expansion" in first and "32 channels come in and 16 go out" in first
    stages = tuple(dataclasses.replace(stage, residual=False) for stage in spec("b0").stages)
    without = plan(spec("b0").replace(stages=stages))
    assert "published without one here" in " ".join(reasons(without, without.block("4.2")))
    assert "No SE" in " ".join(reasons(plan("v2_s"), plan("v2_s").block("2.1")))


def test_a_card_tells_all_blocks_of_a_stack():
    shown = plan("b7")
    told = card(shown, shown.stages[6].blocks[1:])
    assert told["title"] == "Blocks 7.2 to 7.13, MBConv6 5×5, 12 alike"
    rows = dict(told["rows"])
    assert rows["SE"] == "2,304 → 96 → 2,304"
    assert rows["Shape"] == "19×19×384 → 19×19×384"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (si(66_347_960), "66.3 M"),
        (si(385_814_752), "386 M"),
        (si(37_745_884_192), "37.7 G"),
        (si(999_999), "1.00 M"),
        (si(928), "928"),
        (si(0), "0"),
        (si(86_400_000, "B"), "86.4 MB"),
        (si(-1500), "−1.50 k"),
        (si(9_999), "10.0 k"),
        (signed_si(61_059_412), "+61.1 M"),
        (share(1, 200), "0.50%"),
        (share(1, 10**6), "<0.01%"),
        (share(1, 4), "25.0%"),
        (share(1, 0), "0%"),
        (ratio(66_347_960, 5_288_548), "12.5×"),
        (ratio(1, 0), "–"),
        (shape((40, 28, 28)), "28×28×40"),
        (shape((1280,)), "1,280"),
    ],
)
def test_numbers_have_three_figures_and_a_unit(text, expected):
    assert text == expected


def test_the_drawing_counts_blocks_as_every_page_does():
    """Stem, head and classifier are none: B0 has 16, by Table 1 of its paper."""
    said = network_diagram(plan("b0")).description
    assert "16 blocks in 9 stages" in said
