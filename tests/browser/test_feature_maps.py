"""Feature maps in a real browser: a block, a channel, a place, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

Settle = Callable[[Page], None]


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def test_a_click_on_a_channel_opens_it(open_page: Callable[..., Page], settle: Settle):
    page = open_page("feature_maps", block="3.2")
    tile = page.locator(".st-key-channels button").nth(5)
    channel = tile.locator(".label").inner_text()
    tile.click()
    expect(page.get_by_role("spinbutton", name="Channel of 3.2")).to_have_value(channel)
    settle(page)
    assert query(page)["channel"] == channel
    assert query(page)["view"] == "one_channel"
    page.reload()
    settle(page)
    expect(page.get_by_role("spinbutton", name="Channel of 3.2")).to_have_value(channel)


def test_blocks_can_be_walked_with_the_keyboard(open_page: Callable[..., Page], settle: Settle):
    page = open_page("feature_maps", block="4.1")
    page.locator(".st-key-journey button[aria-pressed='true']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_role("heading", name="Block 4.2")).to_be_visible()


def test_a_click_on_the_photo_shows_what_is_strong_there(open_page: Callable[..., Page], settle: Settle):
    page = open_page("feature_maps", block="4.2", view="One place")
    heading = page.get_by_text("channels at row")
    before = heading.inner_text()
    stage = page.locator(".stage").first
    frame = stage.bounding_box()
    stage.click(position={"x": frame["width"] * 0.4, "y": frame["height"] * 0.25})
    settle(page)
    expect(heading).not_to_have_text(before)
    stage.focus()
    clicked = heading.inner_text()
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    expect(heading).not_to_have_text(clicked)


def test_a_cell_of_a_map_leads_to_its_place(open_page: Callable[..., Page], settle: Settle):
    page = open_page("feature_maps", block="4.2", view="One channel", channel="10")
    stage = page.locator(".stage").first
    frame = stage.bounding_box()
    stage.click(position={"x": frame["width"] * 3.5 / 28, "y": frame["height"] * 20.5 / 28})
    settle(page)
    expect(page.get_by_text("channels at row 20, column 3")).to_be_visible()


def test_maps_and_arrays_can_be_downloaded(open_page: Callable[..., Page]):
    page = open_page("feature_maps")
    for name, begins in (("These maps (PNG)", b"\x89PNG"), ("All values (NPZ)", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        with download.value.path().open("rb") as file:
            assert file.read(len(begins)) == begins
