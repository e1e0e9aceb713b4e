"""On a phone: a diagram that can be read and tapped, and network and photo within reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

SMALLEST = """key => {
  const hosts = [...document.querySelectorAll(`.st-key-${key} *`)].map(node => node.shadowRoot ?? node)
  const svg = hosts.map(node => node.querySelector(".drawing svg")).find(svg => svg)
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
  return Math.min(...[...svg.querySelectorAll("text")].map(text => parseFloat(getComputedStyle(text).fontSize) * scale))
}"""


@pytest.fixture
def phone(browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    yield page
    context.close()


def test_the_diagram_is_a_strip_to_read_and_to_tap(phone, address, settle):
    phone.goto(address("architecture", variant="b7", block="8.1", every_block="false"))
    settle(phone)
    assert phone.evaluate(SMALLEST, "network_diagram") >= 11
    chosen = phone.locator(".st-key-network_diagram [data-block='8.1']").first
    expect(chosen).to_be_in_viewport()  # the strip has scrolled to the block that is open
    phone.locator(".st-key-network_diagram [data-block='7.1']").first.tap()
    expect(phone.locator(".st-key-block_card")).to_contain_text("Block 7.1")
    sideways = phone.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0


def test_network_and_photo_are_one_tap_away(phone, address, settle):
    phone.goto(address())
    settle(phone)
    assert phone.evaluate(SMALLEST, "overview_diagram") >= 11
    phone.get_by_role("button", name="Network and photo").tap()
    expect(phone.locator("[data-testid='stSidebar'] .st-key-photo_tiles")).to_be_in_viewport()
