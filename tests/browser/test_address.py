"""A deep link on a fresh server, Back in one press, and what a click opens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from effnet_viz.home import HOME

Settle = Callable[[Page], None]


def test_a_deep_link_on_a_fresh_server_goes_straight_to_its_page(browser: Browser, settle: Settle, fresh_server: str):
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url.split("?")[0]))
    page.goto(f"{fresh_server}/architecture?variant=b2&block=4.2", wait_until="domcontentloaded")
    settle(page)
    expect(page.get_by_role("heading", name="EfficientNet-B2").first).to_be_visible()
    expect(page.get_by_test_id("stTopNavSection").first).to_be_visible()
    expect(page.locator("[data-testid='stSidebar'] .st-key-variant input")).to_have_value("EfficientNet-B2")
    assert set(visited) == {f"{fresh_server}/architecture"}
    page.close()


def test_the_first_page_has_a_name_too(page: Page, app_url: str, settle: Settle):
    page.goto(f"{app_url}/overview?variant=b0", wait_until="domcontentloaded")
    settle(page)
    assert page.url.startswith(f"{app_url}/?variant=b0")
    expect(page.get_by_role("heading", level=1)).to_contain_text("EfficientNet-B0 looks at")


def test_back_returns_to_the_page_before_as_it_was_left_in_one_press(open_page: Callable[..., Page], settle: Settle):
    page = open_page("architecture", variant="b0", block="3.1")
    for level in ("Blocks", "Layers"):
        page.locator(".st-key-table button").filter(has_text=level).click()
        expect(page).to_have_url(re.compile(f"table={level.lower()}"))
        settle(page)
    page.get_by_role("link", name="Glossary: the words").click()
    expect(page).to_have_url(re.compile(r"/glossary"))
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/architecture\?.*block=3.1"))
    settle(page)
    expect(page.locator(".st-key-block_card")).to_contain_text("Block 3.1")
    expect(page.locator(".st-key-table button").filter(has_text="Layers")).to_have_attribute("aria-checked", "true")


def test_back_and_forward_bring_the_network_that_a_page_was_left_with(open_page: Callable[..., Page], settle: Settle):
    """Of an address that leaves out what is the default, and no later choice stays."""
    page = open_page("overview")
    _to_page(page, "Structure", "Architecture", settle)
    picker = page.locator(".st-key-variant input").first
    picker.click()
    picker.fill("EfficientNet-B0")
    page.get_by_role("option", name="EfficientNet-B0", exact=True).click()
    expect(page).to_have_url(re.compile("variant=b0"))
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EfficientNet-Lite0 looks at")
    expect(picker).to_have_value("EfficientNet-Lite0")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EfficientNet-B0")
    expect(picker).to_have_value("EfficientNet-B0")
    expect(page).to_have_url(re.compile(r"/architecture\?(.*&)?variant=b0"))


def test_back_finds_the_choice_of_a_page_also_with_a_photo_of_ones_own(open_page: Callable[..., Page], settle: Settle):
    page = open_page("lessons", variant="shapes")
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    page.locator(".st-key-photo_upload input[type=file]").set_input_files(HOME / "assets" / "photos" / "koala.jpg")
    expect(page).to_have_url(re.compile("photo=own"))
    settle(page)
    page.get_by_role("radio", name="4 Bottleneck").click()
    expect(page).to_have_url(re.compile("lesson=4"))
    settle(page)
    _to_page(page, "Lessons", "Train", settle)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/lessons\?.*photo=own.*lesson=4"))
    expect(page.get_by_role("heading", level=1)).to_have_text("4 Mobile bottleneck")
    expect(page.get_by_role("img", name="Your photo, koala.jpg").first).to_be_visible()


def _to_page(page: Page, group: str, name: str, settle: Settle) -> None:
    page.get_by_test_id("stTopNavSection").filter(has_text=group).first.click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=name).first.click()
    expect(page).to_have_url(re.compile(f"/{name.lower()}"))
    settle(page)


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1366, 768)])
@pytest.mark.parametrize(
    ("name", "block", "card"), [("architecture", "6.2", "block_card"), ("compare", "right/6.2", "block_pair_card")]
)
def test_what_a_click_opens_is_on_the_screen(open_page, settle, page, width, height, name, block, card):
    page.set_viewport_size({"width": width, "height": height})
    open_page(name, variant="b0", every_block="true", compare_every_block="true")
    page.locator(f"[data-block='{block}']").first.click()
    opened = page.locator(f".st-key-{card}")
    expect(opened).to_contain_text("Block 6.2")
    settle(page)
    page.wait_for_timeout(1500)
    assert 0 < opened.bounding_box()["y"] < 0.6 * height
