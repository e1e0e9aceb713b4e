"""SE attention in a real browser: pick a block in the chart, overrule a gate, compare two photos."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

Settle = Callable[[Page], None]


def test_a_click_on_a_column_opens_its_block(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", block="6.1")
    column = page.locator(".st-key-gates_hero path[aria-label*='Block: 3.1;']").last
    frame = column.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 4)
    expect(page.get_by_text("gates of block 3.1, sorted")).to_be_visible()
    settle(page)
    assert parse_qs(urlparse(page.url).query)["block"] == ["3.1"]


def test_a_slider_changes_the_prediction(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", part="Surgery")
    logit = page.get_by_test_id("stMetricValue").nth(1)
    before = logit.inner_text()
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("Home")
    settle(page)
    expect(logit).not_to_have_text(before)
    expect(page.get_by_text("1 channel by hand")).to_be_visible()
    page.get_by_role("button", name="Restore everything").click()
    settle(page)
    expect(logit).to_have_text(before)


def test_two_photos_against_each_other(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", part="Photos against each other", photos="0;3")
    expect(page.locator(".st-key-compared button")).to_have_count(2)
    expect(page.get_by_text("How alike the photos' gates are")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(5)  # overview, saturation, and three that compare


def test_without_se_a_button_leads_to_a_network_that_has_it(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="lite0")
    expect(page.get_by_text("None of the 16 blocks of EfficientNet-Lite0")).to_be_visible()
    page.get_by_role("button", name="Choose the shapes network").click()
    expect(page.get_by_text("None of the 16 blocks")).to_have_count(0)
    settle(page)
    assert "variant=" in page.url


def test_gates_can_be_downloaded(open_page: Callable[..., Page]):
    page = open_page("se_attention", variant="shapes")
    with page.expect_download() as download:
        page.get_by_role("button", name="All gates (CSV)").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "block,channel,gate"
    assert all(0 <= float(line.rsplit(",", 1)[1]) <= 1 for line in lines[1:])
