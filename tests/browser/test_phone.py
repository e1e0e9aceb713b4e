"""On a phone: a diagram that can be read and tapped, words large enough, network and photo within reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT

SMALLEST = """key => {
  const hosts = [...document.querySelectorAll(`.st-key-${key} *`)].map(node => node.shadowRoot ?? node)
  const svg = hosts.map(node => node.querySelector(".drawing svg")).find(svg => svg)
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
  return Math.min(...[...svg.querySelectorAll("text")].map(text => parseFloat(getComputedStyle(text).fontSize) * scale))
}"""
TOO_SMALL = """() => {
  const found = []
  const look = root => {
    for (const part of root.querySelectorAll("*")) {
      if (part.shadowRoot) look(part.shadowRoot)
      const words = [...part.childNodes].map(node => node.nodeType === 3 ? node.textContent.trim() : "").join("")
      const {width, height} = part.getBoundingClientRect()
      // What is there for screen readers only is a pixel large, or KaTeX's second writing of a formula.
      if (!words || width < 2 || height < 2 || part.closest("style, script, .katex-mathml, .vlist-s")) continue
      const matrix = part.ownerSVGElement ? part.getScreenCTM() : null
      const size = parseFloat(getComputedStyle(part).fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1)
      if (size < 10.95) found.push(`${size.toFixed(1)} px: ${words.slice(0, 40)}`)
    }
  }
  look(document.body)
  return found
}"""
"""Words shown smaller than 11 px, drawings as they are scaled on the screen."""
VIEWS = [
    "",
    "architecture?variant=b0&block=4.2&travel=true",
    "architecture?beneath=cost",
    "compare?left=b0&right=b7",
    "scaling",
    "feature_maps?view=one_channel",
    "se_attention?variant=shapes&part=one_gate",
    "se_attention?variant=shapes&part=surgery",
    "evidence?part=evidence",
    "evidence?part=trust",
    "folder",
    *(f"lessons?lesson={number}" for number in range(1, 8)),
    "train",
    "classroom",
    "glossary",
]


@pytest.fixture
def phone(browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    yield page
    context.close()


def open_sidebar(phone: Page) -> None:
    phone.get_by_role("button", name="Network and photo").tap()
    expect(phone.locator("[data-testid='stSidebar'] .st-key-variant")).to_be_in_viewport()


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


def test_no_word_is_too_small_and_no_page_is_too_wide(phone, app_url, settle):
    wrong = {}
    for view in VIEWS:
        phone.goto(f"{app_url}/{view}", wait_until="domcontentloaded")
        settle(phone)
        found = phone.evaluate(TOO_SMALL)
        if phone.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
            found.append("wider than the screen")
        if found:
            wrong[view] = found
    assert wrong == {}


def test_nothing_is_cut_and_what_is_small_stays_in_one_row(phone, address, settle):
    phone.goto(address())
    settle(phone)
    link = phone.get_by_role("link", name="Watch the photo travel")
    assert link.locator("span, div, p").evaluate_all(
        "parts => parts.every(part => part.scrollWidth <= part.clientWidth)"
    )
    answer = phone.locator(".st-key-answer").bounding_box()
    assert 0 < link.bounding_box()["y"] - answer["y"] - answer["height"] < 200  # the film is near the answer
    phone.goto(address("se_attention", variant="shapes", part="one_gate"))
    settle(phone)
    for control in ("gate_way", "gate_scale"):
        for button in phone.locator(f".st-key-{control} button").all():
            place = button.bounding_box()
            assert place["x"] >= 0 and place["x"] + place["width"] <= 390
    phone.goto(address("lessons", lesson=1))
    settle(phone)
    for keys in ([f"kernel_{row}{column}" for column in range(3)] for row in range(3)):
        places = [phone.locator(f".st-key-{key}").bounding_box() for key in keys]
        assert len({round(place["y"]) for place in places}) == 1 and places[0]["x"] < places[1]["x"] < places[2]["x"]
    phone.goto(address("lessons", lesson=6))
    settle(phone)
    pictures = phone.locator(".st-key-small_columns_seen img")
    assert [pictures.nth(index).bounding_box()["width"] > 90 for index in range(5)] == [True] * 5
    assert pictures.nth(0).bounding_box()["y"] == pytest.approx(pictures.nth(1).bounding_box()["y"])


def test_the_photo_is_one_tap_away_wherever_one_has_scrolled_to(phone, address, settle):
    phone.goto(address())
    settle(phone)
    assert phone.evaluate(SMALLEST, "overview_diagram") >= 11
    phone.locator(".st-key-overview_diagram").scroll_into_view_if_needed()
    open_sidebar(phone)
    tiles = phone.locator("[data-testid='stSidebar'] .st-key-photo_tiles")
    expect(tiles).to_be_in_viewport()
    tiles.get_by_role("button").nth(1).tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Chelsea the cat")
    expect(tiles).not_to_be_in_viewport()  # the picker has made room for the photo


def test_any_page_is_two_taps_away_whatever_the_menu_was_used_for_before(phone, address, settle):
    phone.goto(address())
    settle(phone)
    open_sidebar(phone)  # which scrolls the menu down to the network
    phone.get_by_test_id("stSidebarCollapseButton").get_by_role("button").tap()
    links = phone.get_by_test_id("stSidebarNavLink")
    for title in ("Class evidence", "Architecture"):
        phone.get_by_test_id("stExpandSidebarButton").tap()
        expect(links.first).to_be_in_viewport(ratio=1)
        assert min(link.bounding_box()["height"] for link in links.all()) >= 40
        links.filter(has_text=title).tap()
        expect(links.first).not_to_be_in_viewport()  # the menu has made room for the page
        settle(phone)
        expect(phone.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)


def test_a_photo_of_ones_own_shows_its_answer_without_a_swipe(phone, address, settle):
    phone.goto(address())
    settle(phone)
    open_sidebar(phone)
    phone.locator(".st-key-photo_source").get_by_text("Upload", exact=True).tap()
    with phone.expect_file_chooser() as chooser:
        phone.locator(".st-key-photo_upload button").tap()
    chooser.value.set_files(ROOT / "assets" / "photos" / "camera.png")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("camera.png")
    expect(phone.locator(".st-key-photo_upload")).not_to_be_in_viewport()
    expect(phone.locator(".st-key-answer li").first).to_be_in_viewport(ratio=0.9)


def test_a_tap_hides_a_part_and_a_swipe_scrolls(phone, address, settle):
    phone.goto(address())
    settle(phone)
    stage = phone.locator("[class*='st-key-hide_'] .stage")
    said = phone.locator(".st-key-answer .said")
    frame = stage.bounding_box()
    touch = phone.context.new_cdp_session(phone)
    x, y = frame["x"] + 150, frame["y"] + 250
    for kind, up in (("touchStart", 0), *(("touchMove", step) for step in range(0, 200, 20)), ("touchEnd", None)):
        points = [] if up is None else [{"x": x, "y": y - up}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    phone.wait_for_function("y => document.querySelector(\"[data-testid='stMain']\").scrollTop > y", arg=100)
    expect(said).to_have_text("Nothing is hidden.")
    stage.tap(position={"x": 180, "y": 190})
    expect(said).to_contain_text("espresso: 95.1% →")
    expect(phone.locator(".st-key-answer li").first).to_be_in_viewport()
