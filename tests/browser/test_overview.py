"""The first page: a part is hidden and the answer moves, tiles lead on, and nothing jumps when the photo changes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from effnet_viz import load, open_photo
from effnet_viz.images import samples

ESPRESSO_TO_CANDLE = (0.15, 0.01, 0.8, 0.85)  # shares of the seen square: the cup without its foot and the spoon
SHAPES = {"portrait.png": (300, 900), "panorama.png": (1500, 300), "square.png": (400, 400), "tiny.png": (9, 7)}
PLACES = (
    ".st-key-overview_title h1",
    "[class*='st-key-hide_'] .stage",
    ".st-key-answer ol",
    ".st-key-evidence_class",
    ".st-key-overview_journey .tiles",
    ".st-key-overview_diagram .frame",
)


def drag(page: Page, stage: Locator, box: tuple[float, float, float, float]) -> None:
    """Draw or move with the mouse from one corner to the other, in shares of the picture."""
    frame = stage.bounding_box()
    corners = [(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in (box[:2], box[2:])]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=4)
    page.mouse.up()


def answers(page: Page) -> dict[str, float]:
    """The bars on the screen, best first: class to percent."""
    rows = page.locator(".st-key-answer li").all_inner_texts()
    return {row.splitlines()[0]: float(row.splitlines()[-1].strip("<>%")) for row in rows}


def covered_by_pillow(label: str) -> float:
    """Probability of a class, 0 to 1, where Pillow blurs the same part of the network's input."""
    model, photo = load("lite0"), open_photo(samples()[0].path)
    seen = model.preprocessing.input_image(photo)
    box = tuple(round(share * seen.width) for share in ESPRESSO_TO_CANDLE)
    seen.paste(seen.filter(ImageFilter.GaussianBlur(seen.width / 14)).crop(box), box)
    pixels = (np.asarray(seen) / 255 - model.preprocessing.mean) / model.preprocessing.std
    logits = model.runner.logits(torch.tensor(pixels.transpose(2, 0, 1)[None], dtype=torch.float32))
    return float(torch.softmax(logits, 1)[0, model.class_names.index(label)])


def test_hiding_the_cup_turns_espresso_into_candle_and_back(open_page: Callable[..., Page]):
    page = open_page()
    before = answers(page)
    assert next(iter(before)) == "espresso"
    stage = page.locator("[class*='st-key-hide_'] .stage")
    drag(page, stage, ESPRESSO_TO_CANDLE)
    said = page.locator(".st-key-answer .said")
    expect(said).to_contain_text("Now it answers “candle”")
    after = answers(page)
    assert next(iter(after)) == "candle"
    assert list(after.values())[:-1] == sorted(list(after.values())[:-1], reverse=True)
    assert after["candle"] == pytest.approx(100 * covered_by_pillow("candle"), abs=4)
    drag(page, stage, (0.4, 0.4, 0.6, 0.55))  # the box itself is dragged aside
    expect(said).not_to_contain_text("candle")
    expect(page.locator("[class*='st-key-hide_'] .mark")).to_have_count(1)
    page.get_by_role("button", name="Remove the box").click()
    expect(said).to_have_text("Nothing is hidden.")
    assert answers(page) == before


def test_a_box_is_made_and_moved_by_keys_and_by_one_click(open_page: Callable[..., Page]):
    page = open_page()
    said = page.locator(".st-key-answer .said")
    stage = page.locator("[class*='st-key-hide_'] .stage")
    stage.focus()
    for key in ("Enter", *["ArrowRight"] * 6, *["ArrowDown"] * 6, "Enter"):
        page.keyboard.press(key)
    mark = page.locator("[class*='st-key-hide_'] .mark")
    expect(said).to_contain_text("espresso: 95.1% →")
    expect(mark).to_have_attribute("style", re.compile(r"left: 50%; top: 50%; width: 12%"))
    page.keyboard.press("Shift+ArrowLeft")
    expect(mark).to_have_attribute("style", re.compile(r"left: 48%; top: 50%; width: 12%"))
    page.keyboard.press("Delete")
    expect(said).to_have_text("Nothing is hidden.")
    frame = stage.bounding_box()
    stage.click(position={"x": frame["width"] / 2, "y": frame["height"] / 2})
    expect(mark).to_have_attribute("style", re.compile(r"width: 30%; height: 30%"))
    expect(said).to_contain_text("espresso: 95.1% →")


def test_a_hand_quicker_than_the_line_from_the_server_gets_its_last_answer(page: Page, open_page: Callable[..., Page]):
    """What the server says is held back while a box is made, moved twice and removed."""
    held: list[str | bytes] = []
    holds = False

    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        line.connect_to_server().on_message(lambda said: held.append(said) if holds else line.send(said))
        lines.append(line)

    page.route_web_socket(re.compile("_stcore/stream"), connect)
    open_page()
    holds = True
    stage = page.locator("[class*='st-key-hide_'] .stage")
    stage.click()
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp", "Delete"):
        page.wait_for_timeout(500)
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    holds = False
    for said in held:
        lines[-1].send(said)
    expect(page.locator(".st-key-answer .said")).to_have_text("Nothing is hidden.")
    expect(page.locator("[class*='st-key-hide_'] .mark")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_nothing_jumps_whatever_the_photo_is(open_page: Callable[..., Page], settle: Callable[[Page], None]):
    page = open_page()
    seen: dict[int, list[list[object]]] = {1366: [], 1024: []}

    def look() -> None:
        for width, places in seen.items():
            page.set_viewport_size({"width": width, "height": 768})
            settle(page)
            places.append([page.locator(place).first.bounding_box() for place in PLACES])

    look()
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    for name, size in SHAPES.items():
        picture = io.BytesIO()
        Image.linear_gradient("L").resize(size).convert("RGB").save(picture, "PNG")
        long_name = f"a photo with quite a long name for a title, {name}"
        page.locator(".st-key-photo_upload input[type=file]").set_input_files(
            {"name": long_name, "mimeType": "image/png", "buffer": picture.getvalue()}
        )
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        settle(page)
        look()
    for places in seen.values():
        assert all(place == places[0] for place in places), places


@pytest.mark.parametrize("width", [1366, 1024, 390])
def test_tiles_fill_the_width_and_open_feature_maps(open_page: Callable[..., Page], settle, width: int):
    page = open_page()
    page.set_viewport_size({"width": width, "height": 844})
    settle(page)
    strip = page.locator(".st-key-overview_journey .tiles")
    frame = strip.bounding_box()
    boxes = [tile.bounding_box() for tile in strip.locator("button").all()]
    rows = [[box for box in boxes if box["y"] == top] for top in sorted({box["y"] for box in boxes})]
    for row in rows:
        assert min(box["x"] for box in row) == pytest.approx(frame["x"], abs=1)
        assert max(box["x"] + box["width"] for box in row) == pytest.approx(frame["x"] + frame["width"], abs=1)
    strip.get_by_role("button", name=re.compile("^stage 5")).click()
    page.wait_for_url("**/feature_maps?*block=5.3*")
    settle(page)
    expect(page.get_by_role("heading", name="Block 5.3")).to_be_visible()


TOUR = (
    ("", "[class*='st-key-hide_'] .stage"),
    ("feature_maps", ".st-key-journey button:has-text('head')"),
    ("evidence", ".st-key-top_class button:nth-of-type(2)"),
    ("se_attention", ".st-key-gate_wall button:nth-of-type(2)"),
    ("compare", ".st-key-comparison_diagram [data-block]"),
    ("lessons", ".st-key-window_step button"),
)
"""Page of each step, and what it asks the visitor to touch."""


def test_the_tour_goes_through_six_pages_is_left_and_found_again(open_page: Callable[..., Page], settle):
    page = open_page()
    bar = page.locator(".st-key-tour_bar")
    expect(bar).to_have_count(0)
    page.get_by_role("button", name="Two-minute tour").focus()
    page.keyboard.press("Enter")
    for number, (path, touched) in enumerate(TOUR, start=1):
        expect(bar.get_by_role("status")).to_contain_text(f"Tour, {number} of 6")
        page.wait_for_url(f"**/{path}?*tour={number}*")
        settle(page)
        title = page.get_by_role("heading", level=1).first.bounding_box()
        assert bar.bounding_box()["y"] + bar.bounding_box()["height"] <= title["y"]  # above the page, never over it
        page.locator(touched).first.click()
        settle(page)
        expect(bar.get_by_role("status")).to_contain_text(f"Tour, {number} of 6")
        if number < len(TOUR):
            bar.get_by_role("link", name="Next").click()
    bar.get_by_role("link", name="Back").click()
    page.wait_for_url("**/compare?*tour=5*")
    settle(page)
    bar.get_by_role("button", name="Leave the tour").click()
    expect(bar).to_have_count(0)
    settle(page)
    assert "tour" not in page.url
    page.get_by_role("button", name="Tour: on with step 5").click()
    expect(bar.get_by_role("status")).to_contain_text("Tour, 5 of 6")
    page.goto(page.url.replace("/compare", "/glossary"))
    expect(bar.get_by_role("link", name="Go to Compare")).to_be_visible()
