"""Diagrams of networks: every block is there, to scale, readable at every width; SVG and PNG are what they say."""

from __future__ import annotations

import io
import itertools
import math
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from effnet_viz.architecture import compare, custom_spec, list_variants, plan
from effnet_viz.draw import png
from effnet_viz.draw.diagram import WIDTHS, comparison_diagram, network_diagram
from effnet_viz.draw.metrics import METRICS, time_measured
from effnet_viz.draw.palette import KIND_COLOURS, RIGHT, rgb
from effnet_viz.draw.png import to_png
from effnet_viz.draw.scene import DARK, Group, Rect, Scene, Text
from effnet_viz.draw.svg import PAGE, to_svg

SVG = "{http://www.w3.org/2000/svg}"


def groups(scene: Scene) -> list[Group]:
    return [item for item in scene.items if isinstance(item, Group)]


def box(group: Group) -> Rect:
    return next(item for item in group.items if isinstance(item, Rect) and item.role == "box")


@pytest.mark.parametrize("name", list_variants())
def test_every_block_is_drawn_and_collapsed_ones_are_counted(name):
    shown = plan(name)
    assert [group.id for group in groups(network_diagram(shown, every_block=True))] == [b.id for b in shown.blocks]
    collapsed = groups(network_diagram(shown))
    counts = [
        int(item.text[1:])
        for group in collapsed
        for item in group.items
        if isinstance(item, Text) and item.text.startswith("×")
    ]
    assert sum(counts) + len(collapsed) - len(counts) == len(shown.blocks)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["b0", "b7", "l2", "v2_s", "v2_xl", "lite0"])
def test_boxes_stand_side_by_side_within_the_drawing(name, width):
    for every_block in (False, True):
        scene = network_diagram(plan(name), width=width, every_block=every_block)
        boxes = [box(group) for group in groups(scene)]
        for left, right in itertools.pairwise(boxes):
            assert left.x + left.width <= right.x + 0.01
        assert boxes[-1].x + boxes[-1].width <= scene.width
        assert scene.width <= width * (1.0 if not every_block else 1.4)
        assert all(
            0 <= text.x <= scene.width and text.y <= scene.height for text in scene.items if isinstance(text, Text)
        )


def test_size_follows_channels_and_resolution():
    shown = plan("b0")
    boxes = {group.id: box(group) for group in groups(network_diagram(shown, width=1440, every_block=True))}
    # twice the channels, root of two as wide: 80 against 320 is half; a quarter of the resolution is half as high
    assert boxes["8.1"].width / boxes["5.1"].width == pytest.approx(math.sqrt(320 / 80))
    assert boxes["4.1"].height / boxes["2.1"].height == pytest.approx(math.sqrt(28 / 112))
    assert boxes["2.1"].fill == KIND_COLOURS["mbconv"]


def test_compared_networks_share_one_scale():
    scene = comparison_diagram(compare("b0", "b7"), width=1440, every_block=True)
    boxes = {group.id: box(group) for group in groups(scene)}
    assert boxes["right/7.1"].width / boxes["left/7.1"].width == pytest.approx(math.sqrt(2.0))
    assert boxes["right/1"].height / boxes["left/1"].height == pytest.approx(math.sqrt(300 / 112))
    for stage in range(2, 9):
        assert boxes[f"left/{stage}.1"].x == pytest.approx(boxes[f"right/{stage}.1"].x)


def test_blocks_that_only_one_has_are_marked():
    scene = comparison_diagram(compare("b0", "b7"), every_block=True)
    marked = [group.id for group in groups(scene) if box(group).stroke == RIGHT]
    assert len(marked) == 55 - 16
    assert "right/7.5" in marked and "right/7.4" not in marked and "left/7.4" not in marked
    counted = [
        int(item.text[1:])
        for item in scene.items
        if isinstance(item, Text) and item.text.startswith("+") and item.text[1:].isdigit()
    ]
    assert sum(counted) == 55 - 16


def test_bars_and_shading_follow_the_metric():
    shown = plan("b0")
    for name, metric in METRICS.items():
        scene = network_diagram(shown, metric=name, every_block=True)
        values = {block.id: metric.of([block]) for block in shown.blocks}
        darkest = max((box(group).opacity, group.id) for group in groups(scene))[1]
        assert values[darkest] == max(values.values())
        bars = {group.id: group.items[-1].height for group in groups(scene)}
        assert bars["7.1"] / bars[darkest] == pytest.approx(values["7.1"] / values[darkest], rel=1e-6)
    with pytest.raises(ValueError, match="metric is 'flops'; it can be params, macs"):
        network_diagram(shown, metric="flops")


def test_measured_time_stands_in_the_places_of_the_blocks():
    shown = plan("b0")
    times = {block.id: 1.0 + number for number, block in enumerate(shown.blocks)}
    timed = groups(network_diagram(shown, metric=time_measured(times), every_block=True))
    counted = groups(network_diagram(shown, every_block=True))
    assert [(group.id, box(group).x, box(group).width) for group in timed] == [
        (group.id, box(group).x, box(group).width) for group in counted
    ]
    heights = {group.id: group.items[-1].height for group in timed}
    assert {name: heights[name] / heights["1"] for name in heights} == pytest.approx(times)


@pytest.mark.parametrize("resolution", [32, 4096])
def test_unusual_networks_are_drawn(resolution):
    network = custom_spec(width=0.05, depth=0.05, se_ratio=None, num_classes=1)
    scene = network_diagram(plan(network, resolution))
    assert len(groups(scene)) == len(plan(network).blocks)
    ElementTree.fromstring(to_svg(scene))


@pytest.mark.parametrize(("channels", "sheets"), [(1, 1), (3, 3), (4, 4), (64, 4)])
def test_the_input_has_a_sheet_for_each_channel_up_to_four(channels, sheets):
    scene = network_diagram(plan(custom_spec(in_channels=channels)))
    rectangles = [item for item in scene.items if isinstance(item, Rect) and item.opacity == 0.7]
    assert len({(item.x, item.fill) for item in rectangles}) == sheets
    grey = [item for item in rectangles if len(set(rgb(item.fill))) == 1]
    assert len(grey) == (0 if channels == 3 else 1)
    middle = next(item.x for item in scene.items if isinstance(item, Text) and item.text == f"{channels} ch")
    assert (rectangles[0].x + rectangles[-1].x + rectangles[-1].width) / 2 == pytest.approx(middle, abs=1)


def test_svg_stands_alone_and_speaks():
    root = ElementTree.fromstring(to_svg(network_diagram(plan("b7")), DARK))
    assert root.attrib["role"] == "img" and "EfficientNet-B7" in root.attrib["aria-label"]
    assert "66.3 M parameters" in root.find(f"{SVG}desc").text
    assert root.find(f"{SVG}rect").attrib["fill"] == DARK.background
    assert "var(--" not in ElementTree.tostring(root, encoding="unicode")


def test_interactive_svg_can_be_walked():
    text = to_svg(network_diagram(plan("b0")), PAGE, interactive=True)
    buttons = list(ElementTree.fromstring(text).iter(f"{SVG}g"))
    assert all(
        node.attrib["role"] == "button" and node.attrib["aria-label"] and "tabindex" in node.attrib for node in buttons
    )
    assert "var(--st-text-color" in text


def test_png_shows_the_same_drawing():
    scene = network_diagram(plan("b0"), width=860)
    picture = Image.open(io.BytesIO(to_png(scene))).convert("RGB")
    assert picture.size == (round(2 * scene.width), round(2 * scene.height))
    bar = next(group for group in groups(scene) if group.id == "classifier").items[-1]
    middle = picture.getpixel((round(2 * bar.x + bar.width), round(2 * bar.y + bar.height)))
    assert middle == rgb(KIND_COLOURS["classifier"])
    assert picture.getpixel((2, 2)) == (255, 255, 255)


def test_png_writes_signs_and_not_replacements():
    def ink(text: str) -> bytes:
        words = Text(x=4, y=20, text=text, size=16)
        return to_png(Scene(title="signs", description="", width=60, height=30, items=(words,)))

    empty, missing = ink(""), ink("\U0010ffff")
    for sign, plain in (("×", "x"), ("→", ">"), ("²", "2"), ("≈", "~"), ("−", "-")):
        assert ink(sign) not in (empty, missing, ink(plain))


def test_a_machine_without_fonts_says_so(monkeypatch):
    monkeypatch.setattr(png, "_has_fonts", lambda: False)
    with pytest.raises(ValueError, match="no fonts"):
        to_png(network_diagram(plan("b0")))
