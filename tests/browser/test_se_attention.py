"""SE attention in a real browser: pick a block in the chart, overrule a gate, compare two photos."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

Settle = Callable[[Page], None]


def test_a_click_on_a_column_opens_its_block(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", block="6.1", part="One block")
    column = page.locator(".st-key-gates_along_depth path[aria-label*='Block: 3.1;']").last
    frame = column.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 4)
    expect(page.get_by_text("gates of block 3.1, sorted")).to_be_visible()
    settle(page)
    assert parse_qs(urlparse(page.url).query)["block"] == ["3.1"]


def test_a_slider_changes_the_prediction(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", part="Surgery")
    logit = page.get_by_test_id("stMetricValue").nth(1)
    before = logit.inner_text()
    slider = page.get_by_role("tabpanel").get_by_role("slider").first
    slider.focus()
    page.keyboard.press("Home")
    settle(page)
    expect(logit).not_to_have_text(before)
    expect(page.get_by_text("1 channel by hand")).to_be_visible()
    page.get_by_role("button", name="Restore everything").click()
    settle(page)
    expect(logit).to_have_text(before)


def test_two_photos_against_each_other(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", part="Compare photos", photos="0;3")
    expect(page.locator(".st-key-compared_thumbnails button")).to_have_count(2)
    expect(page.get_by_text("How alike the photos' gates are")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(4)  # all gates, and three that compare


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
    assert lines[0] == "block,channel,gate,usual,moved"
    gates = [line.split(",") for line in lines[1:]]
    assert all(0 <= float(gate) <= 1 and 0 <= float(usual) <= 1 for _, _, gate, usual, _ in gates)


def test_a_tile_of_the_wall_opens_its_gate_and_the_map_can_be_read(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes")
    tiles = page.locator(".st-key-gate_wall button")
    expect(tiles).to_have_count(12)
    words = tiles.nth(3).inner_text().split()
    block, channel = words[0], words[2]
    tiles.nth(3).click()
    expect(page.get_by_text(f"Gate {channel} of block {block}:")).to_be_visible()
    settle(page)
    assert parse_qs(urlparse(page.url).query)["channel"] == [channel]
    picture = page.locator("[class*='st-key-gate_map_'] img")
    picture.hover()
    expect(page.locator("[class*='st-key-gate_map_']")).to_contain_text("of the strongest value")


INKED = """tiles => tiles.every(tile => {
  const { width, height } = tile
  return tile.getContext("2d").getImageData(0, 0, width, height).data.some(byte => byte > 0)
})"""


def test_pictures_of_tiles_arrive_once_and_again_after_a_reload(
    open_page: Callable[..., Page], page: Page, settle: Settle
):
    fetched: list[str] = []
    failed: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/media/" in request.url else None)
    page.on("response", lambda answer: failed.append(answer.url) if "/media/" in answer.url and not answer.ok else None)
    open_page("se_attention", variant="shapes", block="6.1", channel="10")
    wall, pair = page.locator(".st-key-gate_wall canvas"), page.locator(".st-key-gate_pair canvas")
    expect(wall).to_have_count(12)
    assert wall.evaluate_all(INKED) and pair.evaluate_all(INKED)
    before = len(fetched)
    page.locator(".st-key-channel").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Gate 11 of block 6.1:")).to_be_visible()
    settle(page)
    assert wall.evaluate_all(INKED) and pair.evaluate_all(INKED)
    again = fetched[before:]
    assert again and len(set(again)) == len(again), "what another gate changes, each once"
    assert not set(again) & set(fetched[:before]), "the wall, the sidebar and the icon stay as they are"
    page.reload()
    expect(wall).to_have_count(12)
    settle(page)
    assert wall.evaluate_all(INKED) and not failed


def test_the_first_screen_shows_which_gates_opened_and_where(open_page: Callable[..., Page], page: Page):
    for width, stage in ((1366, 0), (1024, 0), (1024, 1)):
        page.set_viewport_size({"width": width, "height": 768})
        open_page("se_attention", variant="shapes", stage=stage)
        first = page.locator(".st-key-gate_wall button").first.bounding_box()
        assert first["y"] + first["height"] < 768
        expect(page.get_by_alt_text("The photo: ", exact=False).first).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_slider_walks_through_channels_by_arrow_keys(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", block="6.1", channel="10")
    expect(page.get_by_text("Gate 10 of block 6.1:")).to_be_visible()
    page.locator(".st-key-channel").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Gate 11 of block 6.1:")).to_be_visible()
    settle(page)


def test_hiding_a_part_moves_the_gates(open_page: Callable[..., Page], settle: Settle):
    page = open_page("se_attention", variant="shapes", block="6.1", part="What gates notice")
    said = page.get_by_text("gates move by more than 0.1")
    before = said.inner_text()
    stage = page.locator("[class*='st-key-gate_box_'] .stage")
    stage.scroll_into_view_if_needed()
    frame = stage.bounding_box()
    page.mouse.move(frame["x"] + 5, frame["y"] + 5)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] - 5, frame["y"] + frame["height"] - 5, steps=4)
    expect(said, "the gates follow before the mouse is let go").not_to_have_text(before)
    page.mouse.up()
    expect(page.locator("[class*='st-key-gate_box_'] .mark")).to_have_count(2)
    settle(page)
