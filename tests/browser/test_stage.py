"""The projector view, measured: sizes of words, the card beside the click, the picture that stays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from playwright.sync_api import Page, expect

# Every word that can be seen: its size on the screen in pixels (in drawings after scaling), and where it stands.
WORDS = """() => {
  const seen = []
  const walk = root => {
    const nodes = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let node = nodes.currentNode; node; node = nodes.nextNode()) {
      if (node.shadowRoot) walk(node.shadowRoot)
      const parent = node.parentElement
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim() || !parent?.checkVisibility({
        checkOpacity: true, checkVisibilityCSS: true })) continue
      const style = getComputedStyle(parent)
      if (parent.closest("style, script, title, desc, math") || /Material/.test(style.fontFamily)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      const box = range.getBoundingClientRect()
      if (box.width < 2 || box.height < 2) continue
      const drawn = parent.ownerSVGElement && parent.getScreenCTM()
      const scale = drawn ? Math.hypot(drawn.a, drawn.b) : 1
      seen.push([parseFloat(style.fontSize) * scale, node.textContent.trim().slice(0, 30)])
    }
  }
  walk(document.body)
  return seen
}"""

# Contrast of the words of charts with the page.
CONTRASTS = """() => {
  const luminance = colour => colour.map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0)
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const laid = (colour, opacity) => {
    canvas.globalAlpha = 1
    canvas.fillStyle = getComputedStyle(document.querySelector("[data-testid='stApp']")).backgroundColor
    canvas.fillRect(0, 0, 1, 1)
    canvas.globalAlpha = opacity
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const page = luminance(laid("transparent", 0))
  return [...document.querySelectorAll(".stVegaLiteChart svg text")].flatMap(text => {
    const style = getComputedStyle(text)
    const opacity = (style.fillOpacity || 1) * (style.opacity || 1)
    if (!text.textContent.trim() || opacity < 0.05) return []  // Vega fades out what would lie over other words
    const words = luminance(laid(style.fill, opacity))
    return [[(Math.max(words, page) + 0.05) / (Math.min(words, page) + 0.05), text.textContent]]
  })
}"""

VIEWS = [
    ("architecture", {"variant": "b0"}),
    ("compare", {"left": "b0", "right": "b7"}),
    ("se_attention", {"variant": "shapes"}),
    ("feature_maps", {}),
    ("evidence", {"part": "by_hand"}),
    ("lessons", {"lesson": 7}),
    ("train", {}),
]


def test_every_word_can_be_read_from_the_back_row_and_grows_with_the_screen(open_page: Callable[..., Page], page: Page):
    for name, query in VIEWS:
        least = []
        for width, height in ((1366, 768), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            open_page(name, stage=1, **query)
            expect(page.get_by_test_id("stSidebar")).to_be_hidden()
            words = page.evaluate(WORDS)
            assert len(words) > 20
            assert [word for word in words if word[0] < 17.95] == [], f"{name} at {width}"
            least.append(min(size for size, _ in words))
        assert least[1] > 1.2 * least[0]


def test_a_key_and_a_button_turn_it_on_and_off(open_page: Callable[..., Page]):
    page = open_page("architecture", variant="b0")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.get_by_role("button", name="Leave projector view").click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_the_card_of_two_blocks_lies_beside_the_click(open_page: Callable[..., Page], settle: Callable[[Page], None]):
    page = open_page("compare", left="b0", right="b7", stage=1)
    card = page.locator("[data-testid='stLayoutWrapper']:has(> .st-key-block_pair_card)")
    for block in ("left/3.1", "right/7.2"):
        box = page.locator(f"[data-block='{block}'] .box").first
        box.click()
        expect(card).to_contain_text(f"Block {block.split('/')[1]}")
        clicked, opened = box.bounding_box(), card.bounding_box()
        assert opened["y"] >= 80 and opened["y"] + opened["height"] <= 768
        assert clicked["y"] >= 80 and clicked["y"] + clicked["height"] <= 768
        left, right = opened["x"], opened["x"] + opened["width"]
        gap = left - clicked["x"] - clicked["width"] if left > clicked["x"] else clicked["x"] - right
        assert 0 <= gap <= 40 and left >= 0 and right <= 1366
        page.keyboard.press("Escape")
    box.click()  # once more, after the card was put away: it comes again, and stays
    page.wait_for_timeout(500)
    settle(page)
    expect(card).to_contain_text("Block 7.2")
    assert abs(card.bounding_box()["x"] - opened["x"]) < 2


def test_the_card_of_a_block_lies_beside_the_click(open_page: Callable[..., Page], settle: Callable[[Page], None]):
    page = open_page("architecture", variant="b0", stage=1)
    card = page.locator("[data-testid='stLayoutWrapper']:has(> .st-key-block_card)")
    for block in ("2.1", "8.1"):
        box = page.locator(f".st-key-network_diagram [data-block='{block}'] .box").first
        box.click()
        expect(card).to_contain_text(f"Block {block}")
        settle(page)
        clicked, opened = box.bounding_box(), card.bounding_box()
        left, right = opened["x"], opened["x"] + opened["width"]
        assert opened["y"] < clicked["y"] and opened["y"] + opened["height"] <= 768
        gap = left - clicked["x"] - clicked["width"] if block == "2.1" else clicked["x"] - right
        assert 0 <= gap <= 40 and left >= 0 and right <= 1366
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Close the card")).to_have_count(0)
        assert card.bounding_box()["y"] > 500  # back in its place under the controls


PINNED = ".st-key-pinned"
ROOM = 150  # pixels under a picture that stays: a control with its label, and what stands beside it
# The picture's controls, brought onto the screen one after the other: those with which the picture is not whole on it,
# or lies over them. They are in the room that it shares with them; some lessons have them in the picture itself.
OUT_OF_REACH = """picture => {
  const shown = document.querySelector(picture), main = document.querySelector("[data-testid='stMain']")
  const row = shown.closest("[data-testid='stHorizontalBlock']")
  const room = row && !shown.contains(row) ? row : shown.parentElement.parentElement
  const controls = [...room.querySelectorAll(
    ".stSlider, .stSelectbox, .stNumberInput, .stCheckbox, .stButtonGroup, .stButton, [role='tablist']"
  )].filter(control => !shown.contains(control) && control.getBoundingClientRect().height)
  const lost = []
  for (const control of controls) {
    main.scrollTop += control.getBoundingClientRect().bottom - innerHeight + 8
    main.scrollTop += Math.max(0, shown.getBoundingClientRect().bottom - innerHeight)
    const at = control.getBoundingClientRect(), seen = shown.getBoundingClientRect()
    const beside = at.left >= seen.right - 1 || at.right <= seen.left + 1
    const apart = beside || at.top >= seen.bottom - 1 || at.bottom <= seen.top + 1
    if (seen.top < 60 || seen.bottom > innerHeight + 1 || at.top < 60 || !apart) lost.push(
      [control.innerText.slice(0, 30), Math.round(seen.top), Math.round(seen.bottom), Math.round(at.top)])
  }
  return [controls.length, lost]
}"""


@pytest.mark.parametrize(
    ("name", "query", "least"),
    [
        ("scaling", {}, 5),
        ("evidence", {}, 6),
        ("feature_maps", {}, 0),
        ("se_attention", {}, 6),
        *(("lessons", {"lesson": number}, least) for number, least in enumerate((9, 1, 0, 0, 0, 0, 0), start=1)),
    ],
)
def test_the_picture_stays_whole_while_its_controls_scroll(open_page: Callable[..., Page], name: str, query, least):
    page = open_page(name, stage=1, **query)
    shown, main = page.locator(PINNED), page.get_by_test_id("stMain")
    main.evaluate("(main, by) => main.scrollBy(0, by)", shown.bounding_box()["y"] - 20)
    for _ in range(2):  # under the navigation; without staying it would be at 20, then at -130
        page.wait_for_function(
            "picture => Math.abs(document.querySelector(picture).getBoundingClientRect().y - 79) < 15", arg=PINNED
        )
        box = shown.bounding_box()
        assert box["y"] + box["height"] + ROOM <= 768
        main.evaluate("main => main.scrollBy(0, 150)")
    count, lost = page.evaluate(OUT_OF_REACH, PINNED)
    assert count >= least
    assert lost == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_of_charts_stand_out_from_the_page(open_page: Callable[..., Page], theme: str):
    for name, query in (("compare", {}), ("scaling", {}), ("se_attention", {"variant": "shapes"})):
        words = open_page(name, theme=theme, **query).evaluate(CONTRASTS)
        assert len(words) > 20
        assert [word for word in words if word[0] < 4.5] == []


def test_the_sidebar_is_folded_where_it_changes_nothing(open_page: Callable[..., Page]):
    page = open_page("compare")
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    page.get_by_test_id("stTopNavSection").filter(has_text="Structure").click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Architecture").click()
    expect(page.get_by_test_id("stSidebar")).to_be_in_viewport()


def test_both_networks_are_on_one_screen_and_so_are_a_network_and_its_controls(open_page: Callable[..., Page], page):
    for width in (1366, 1024):  # with their bars and numbers, and nothing to the right of the screen
        page.set_viewport_size({"width": width, "height": 768})
        open_page("compare", left="b0", right="b7", stage=1)
        drawn = page.locator(".st-key-comparison_diagram svg")
        expect(drawn.locator(".box")).to_have_count(37)
        place = drawn.bounding_box()
        assert place["y"] > 80 and place["y"] + place["height"] <= 768
        assert place["x"] + place["width"] <= width
    marks = drawn.evaluate(OVER_MARKS)
    assert marks == [], "counts of what one network has alone lie over marks of SE"
    wrong = {"custom": "nonsense"}  # of which a notice above the title speaks
    # B7 has the most controls; its bars' numbers are the lowest words that matter.
    for width, query in product((1024, 1366), ({}, wrong)):
        page.set_viewport_size({"width": width, "height": 768})
        page = open_page("architecture", variant="b7", stage=1, **query)
        for part in (".box >> nth=-1", ".box >> nth=0", "svg >> text=6.3%"):
            place = page.locator(f".st-key-network_diagram {part}").bounding_box()
            assert place["y"] > 80 and place["y"] + place["height"] < 768
        for control in ("tutorial", "shade", "every_block"):
            assert page.locator(f".st-key-{control}").bounding_box()["y"] > 80
    said, title = page.get_by_role("alert"), page.get_by_role("heading", level=1)
    expect(said).to_contain_text("custom = “nonsense”, which cannot be built")
    low, name = said.bounding_box(), title.bounding_box()
    assert low["x"] >= name["x"] + name["width"] and low["y"] < name["y"] + name["height"]
    assert low["height"] < 60 and low["x"] + low["width"] <= 1366
    said.hover()  # all of it, over the page, of which nothing moves
    tutorial = page.locator(".st-key-tutorial").bounding_box()
    page.wait_for_function("() => document.querySelector('[role=alert]').getBoundingClientRect().height > 70")
    assert page.locator(".st-key-tutorial").bounding_box() == tutorial


@pytest.mark.parametrize("width", [1366, 1024])
def test_a_notice_takes_two_lines_of_the_first_screen(open_page: Callable[..., Page], page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 768})
    for name in ("se_attention", "train"):
        tops = []
        for query in ({}, {"custom": "nonsense"}):
            open_page(name, stage=1, **query)
            tops.append(page.get_by_role("heading", level=1).bounding_box()["y"])
        assert 0 < tops[1] - tops[0] < 75


# Counts such as "+3" that lie over a disc.
OVER_MARKS = """drawing => {
  const discs = [...drawing.querySelectorAll("circle")].map(disc => disc.getBoundingClientRect())
  const counts = [...drawing.querySelectorAll("text")].filter(text => /^\\+\\d+$/.test(text.textContent))
  if (!counts.length || !discs.length) return ["nothing to look at"]
  return counts.filter(text => {
    const box = text.getBoundingClientRect()  // of the line; its digits are lower than that
    const top = box.top + 0.2 * box.height, bottom = box.bottom - 0.2 * box.height
    return discs.some(disc =>
      disc.left < box.right && disc.right > box.left && disc.top < bottom && disc.bottom > top)
  }).map(text => text.textContent)
}"""


def test_what_matters_is_on_the_screen_at_768_pixels(open_page: Callable[..., Page], page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    open_page("compare", left="b0", right="b7")
    boxes = page.locator("[data-block^='right/'] .box")
    places = [boxes.nth(index).bounding_box() for index in range(boxes.count())]
    assert len(places) > 8
    assert max(place["y"] + place["height"] for place in places) < 768
    open_page("scaling")
    drawn = page.locator(".st-key-still_diagram").bounding_box()
    assert drawn["y"] + drawn["height"] < 800
    for width in (1024, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        for stage in (0, 1):
            open_page("se_attention", stage=stage)  # of Lite0, whose title is the longest: it has no gates
            tabs = page.locator("[data-testid='stTabs'] [role='tablist']").bounding_box()
            assert tabs["y"] + tabs["height"] <= 768
    open_page("compare", left="b0", right="b7")
    places = [box.bounding_box() for box in page.locator("[data-block^='right/'] .box").all()]
    assert max(place["y"] + place["height"] for place in places) < 768
    # The film with its play bar and its steps; that of B0 has more steps, and it is untrained.
    for width, lesson, query in (
        *((1366, lesson, {"stage": stage}) for lesson in (3, 4) for stage in (0, 1)),
        *((1024, lesson, {"stage": 1, "variant": "b0"}) for lesson in (3, 4)),
        (1024, 3, {"stage": 1}),
    ):
        page.set_viewport_size({"width": width, "height": 768})
        open_page("lessons", lesson=lesson, **query)
        expect(page.locator(".st-key-travel_film .steps")).to_be_in_viewport(ratio=1)
        assert page.locator(".st-key-travel_film canvas").bounding_box()["height"] > 280


def test_tools_are_alike_and_the_sign_of_a_run_lies_under_them(open_page: Callable[..., Page], page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    open_page("architecture", variant="b0")
    tools = page.locator(".st-key-page_tools :is(button, a) p")
    expect(tools).not_to_have_count(0)
    # Only for screen readers: beside the other icons none has words.
    assert tools.evaluate_all("words => Math.max(...words.map(part => part.getBoundingClientRect().width))") <= 1
    sign = """() => {
      const sign = document.createElement("div")
      sign.dataset.testid = "stStatusWidget"
      document.querySelector("[data-testid='stToolbar']").append(sign)
      const tools = document.querySelector(".st-key-page_tools").getBoundingClientRect()
      return [sign.getBoundingClientRect().top, tools.bottom]
    }"""
    top, bottom = page.evaluate(sign)
    assert top >= bottom


def test_no_lesson_stands_alone_in_a_row(open_page: Callable[..., Page], page: Page):
    open_page("lessons", lesson=2)
    for width in (900, 1024, 1100, 1160, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_timeout(50)
        tops = page.locator(".st-key-lesson button").evaluate_all(
            "buttons => buttons.map(button => Math.round(button.getBoundingClientRect().top))"
        )
        assert len(tops) == 7 and min(tops.count(top) for top in tops) > 1
