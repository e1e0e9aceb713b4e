"""The structure pages as people use them: point at a block, open it, share an address, take files away."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from playwright.sync_api import Download, Page, expect

DIAGRAM = ".st-key-network_diagram [data-block='{}']"
COMPARED = ".st-key-comparison_diagram [data-block='{}']"
CARD = ".st-key-block_card"


def download(page: Page, label: str) -> bytes:
    with page.expect_download() as caught:
        page.get_by_role("button", name=label).click()
    download: Download = caught.value
    return Path(download.path()).read_bytes()


def test_a_click_on_a_block_opens_its_card(open_page: Callable[..., Page], settle: Callable[[Page], None]):
    page = open_page("architecture", variant="b0")
    block = page.locator(DIAGRAM.format("4.2"))
    block.locator(".box").hover()
    tip = page.locator(".st-key-network_diagram [role='tooltip']")
    expect(tip).to_contain_text("Block 4.2, MBConv6 5×5")
    expect(tip).to_contain_text("240 → 10 → 240")
    block.locator(".box").click()
    card = page.locator(CARD)
    expect(card).to_contain_text("Block 4.2, MBConv6 5×5")
    expect(card).to_contain_text("31,290 parameters (0.59%)")
    expect(block).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"\bblock=4\.2\b"))
    settle(page)  # the card is whole before something inside it is opened
    card.get_by_text("The class that runs").click()
    expect(card).to_contain_text("class MBConv(nn.Module)")


def test_the_keyboard_walks_the_diagram(open_page: Callable[..., Page]):
    page = open_page("architecture", variant="b0", block="3.1")
    page.locator(DIAGRAM.format("3.1")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(DIAGRAM.format("4.1"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(CARD)).to_contain_text("Block 4.1, MBConv6 5×5")


def test_a_row_of_the_table_opens_its_block(open_page: Callable[..., Page]):
    page = open_page("architecture", variant="b0", table="blocks")
    table = page.locator(".st-key-blocks_table [data-testid='stDataFrame']")
    table.scroll_into_view_if_needed()
    area = table.bounding_box()
    page.mouse.click(area["x"] + 16, area["y"] + 35 * 3.5)  # the header, then stem, 2.1 and 3.1
    expect(page.locator(CARD)).to_contain_text("Block 3.1, MBConv6 3×3")
    expect(page.locator(DIAGRAM.format("3.1"))).to_have_attribute("aria-pressed", "true")


def test_files_hold_the_network(open_page: Callable[..., Page]):
    page = open_page("architecture", variant="b7", table="blocks")
    rows = list(csv.DictReader(io.StringIO(download(page, "Blocks as CSV").decode())))
    assert len(rows) == 58 and sum(int(row["params"]) for row in rows) == 66_347_960
    root = ElementTree.fromstring(download(page, "Diagram as SVG"))
    assert root.tag.endswith("svg") and "EfficientNet-B7" in root.attrib["aria-label"]
    assert "var(" not in ElementTree.tostring(root, encoding="unicode")
    picture = Image.open(io.BytesIO(download(page, "Diagram as PNG")))
    assert picture.width == 2880 and len(picture.convert("RGB").getcolors(1 << 24)) > 50
    assert json.loads(download(page, "All as JSON"))["macs"] == 37_745_884_192


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_shared_address_opens_both_networks(
    open_page: Callable[..., Page], settle: Callable[[Page], None], theme: str
):
    page = open_page("compare", theme, left="b0", right="b7")
    expect(page.get_by_text("+61,059,412")).to_be_visible()
    drawing = page.locator(".st-key-comparison_diagram svg")
    expect(drawing).to_contain_text("EfficientNet-B0")
    expect(drawing).to_contain_text("EfficientNet-B7")
    text, ground = page.evaluate("""() => {
      const text = document.querySelector("[data-testid='stMain'] h1")
      return [getComputedStyle(text).color, getComputedStyle(document.querySelector("[data-testid='stApp']"))
        .backgroundColor]
    }""")
    words = drawing.locator("text[font-weight]").first.evaluate("node => getComputedStyle(node).fill")
    assert words == text and words != ground
    page.locator(".st-key-swap button").first.click()
    expect(page).to_have_url(re.compile(r"\bleft=b7\b"))
    expect(page).to_have_url(re.compile(r"\bright=b0\b"))
    settle(page)


def test_a_click_on_a_compared_block_opens_it_on_both_sides(open_page: Callable[..., Page]):
    page = open_page("compare", left="b0", right="b7")
    page.locator(COMPARED.format("left/4.2")).locator(".box").click()
    card = page.locator(".st-key-block_pair_card")
    expect(card).to_contain_text("EfficientNet-B0: Block 4.2, MBConv6 5×5")
    expect(card).to_contain_text("31,290 parameters (0.59%)")
    expect(card).to_contain_text("EfficientNet-B7: Block 4.2, MBConv6 5×5")
    expect(page.locator(COMPARED.format("left/4.2"))).to_have_attribute("aria-pressed", "true")
    expect(page.locator(COMPARED.format("right/4.2"))).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"\bopened_block=4\.2\b"))
    page.locator(COMPARED.format("right/4.2")).locator(".box").click()
    expect(card).to_have_count(0)


def test_the_keyboard_opens_compared_blocks(open_page: Callable[..., Page]):
    page = open_page("compare", left="b0", right="b7", opened_block="7.4", compare_every_block="true")
    chosen = page.locator(COMPARED.format("right/7.4"))
    chosen.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(COMPARED.format("right/7.5"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-block_pair_card")).to_contain_text("EfficientNet-B0 has no such block")


def test_the_tutorials_network_is_one_click_away(open_page: Callable[..., Page]):
    page = open_page("architecture", variant="b4")
    page.get_by_role("radio", name="Tutorial").click()
    expect(page.locator("h1")).to_have_text("Tutorial's B4 (phi 3)")
    expect(page).to_have_url(re.compile("custom=tutorial_b4"))
    page.get_by_text("Compare with the official B4").click()
    expect(page.locator("h1")).to_have_text("Compare")
    expect(page.locator(".st-key-comparison_diagram svg")).to_contain_text("Tutorial's B4 (phi 3)")


def test_other_choices_stand_in_the_address(open_page: Callable[..., Page]):
    page = open_page("scaling", custom_se="false", custom_channels_in="1")
    page.get_by_role("button", name="Use this network on the other pages").click()
    page.get_by_text("Open it in Architecture").click()
    expect(page.locator("h1")).to_contain_text("without SE, 1 channel in")
    expect(page).to_have_url(re.compile("-senone-i1"))


@pytest.mark.parametrize("width", [1024, 1280, 1920])
@pytest.mark.parametrize("variant", ["b7", "l2"])
def test_large_networks_fit_the_page(
    page: Page, address: Callable[..., str], settle: Callable[[Page], None], variant: str, width: int
):
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(address("architecture", variant=variant))
    settle(page)
    drawing = page.locator(".st-key-network_diagram .drawing")
    assert drawing.evaluate("node => node.scrollWidth <= node.clientWidth")
    smallest = drawing.evaluate("""node => Math.min(...[...node.querySelectorAll("text")].map(
      text => text.getBoundingClientRect().height))""")
    assert smallest >= 10  # pixels of a line of text


def test_a_custom_network_is_handed_on(open_page: Callable[..., Page], page: Page):
    laboratory = open_page("scaling", scale_by="hand", custom_width="1.3")
    laboratory.get_by_role("button", name="Use this network on the other pages").click()
    laboratory.get_by_text("Open it in Architecture").click()
    expect(laboratory.locator("h1")).to_have_text("EfficientNet, width 1.3, depth 1")
    expect(laboratory).to_have_url(re.compile("custom=w1.3-d1-r224-official"))
    shared = laboratory.url
    fresh = page.context.browser.new_context().new_page()
    fresh.goto(shared)
    expect(fresh.locator("h1")).to_have_text("EfficientNet, width 1.3, depth 1")
    fresh.context.close()


def test_the_onnx_file_runs_elsewhere_and_costs_are_measured(open_page: Callable[..., Page], settle):
    page = open_page("architecture", variant="shapes", beneath="onnx", onnx_outputs="gates")
    page.get_by_role("button", name="Prepare and check the file").click()
    expect(page.get_by_text("Largest difference", exact=True)).to_be_visible(timeout=30_000)
    settle(page)
    session = onnxruntime.InferenceSession(download(page, "efficientnet_shapes.onnx"))
    names = [output.name for output in session.get_outputs()]
    assert "4.2.se.gate" in names and names[-1] == "classifier"
    outputs = session.run(names, {"image": np.zeros((1, 3, 64, 64), np.float32)})
    assert outputs[-1].shape == (1, 24) and 0 < outputs[names.index("4.2.se.gate")].min() < 1
    page.get_by_role("tab", name="What it costs here").click()
    page.get_by_role("button", name="Measure here").click()
    expect(page.get_by_text("Under the two roofs of this machine")).to_be_visible(timeout=60_000)
    settle(page)
    rows = list(csv.DictReader(io.StringIO(download(page, "Costs of Shapes as CSV").decode())))
    assert {"id", "macs", "bytes", "milliseconds"} <= set(rows[0])
