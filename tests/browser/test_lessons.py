"""The lessons in a browser: edit a kernel, play the window, roll the dice, answer a question, go on to a page."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from effnet_viz.images import open_sample
from effnet_viz.lessons.convolution import grey_photo
from effnet_viz.loading import load


def pictures(page: Page) -> list[str]:
    return page.locator("[data-testid='stImage'] img").evaluate_all("images => images.map(image => image.src)")


def window_number(page: Page) -> int:
    told = page.get_by_text(re.compile(r"^Window [\d,]+ of")).first.inner_text()
    return int(re.match(r"Window ([\d,]+)", told).group(1).replace(",", ""))


def test_an_edited_kernel_changes_the_pictures(open_page, settle):
    page = open_page("lessons", lesson=1)
    before = pictures(page)
    centre = page.locator(".st-key-kernel_11 input")
    centre.fill("4")
    centre.press("Enter")
    expect(page.locator(".st-key-filter input")).to_have_value("Your own")
    shown = page.locator("[data-testid='stImage'] img")
    for index, source in list(enumerate(before))[1:]:
        expect(shown.nth(index)).not_to_have_attribute("src", source)
    expect(shown.first).to_have_attribute("src", before[0])  # the photo and its window stay
    expect(shown).to_have_count(len(before))
    expect(page).to_have_url(re.compile("weights_3x3"))

    page.goto(page.url)
    settle(page)
    expect(page.locator(".st-key-kernel_11 input")).to_have_value("4.00")


def test_the_window_steps_and_plays(open_page, settle):
    page = open_page("lessons", lesson=1)
    start = window_number(page)
    page.locator(".st-key-window_step button").click()
    expect(page.get_by_text(re.compile(rf"^Window {start + 1:,} of"))).to_be_visible()
    play = page.locator(".st-key-lesson_play")
    play.locator("label").first.click()
    film = page.locator(".st-key-window_film")
    expect(film.locator(".says")).to_contain_text("sum")
    # Twenty windows a second: by the browser's own clock, while it shows them.
    shown = page.evaluate("""() => new Promise(done => {
        const seen = []
        window.addEventListener("effnet-viz-window", event => seen.push([performance.now(), event.detail]))
        setTimeout(() => done(seen), 2500)
    })""")
    seconds, windows = (shown[-1][0] - shown[0][0]) / 1000, shown[-1][1] - shown[0][1]
    assert 18 < windows / seconds < 22 and len(shown) > 20
    # The numbers are those that PyTorch's own convolution gives for this photo.
    read = page.evaluate("""() => {
        const root = [...document.querySelectorAll(".st-key-window_film *")].find(node => node.shadowRoot).shadowRoot
        return [root.querySelector(".where").textContent, root.querySelector(".says").textContent]
    }""")
    number = int(re.match(r"Window ([\d,]+) of", read[0])[1].replace(",", "")) - 1
    model = load("lite0", device="cpu")
    grey = torch.from_numpy(grey_photo(model, open_sample("coffee")).copy())
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
    total = torch.nn.functional.conv2d(grey[None], kernel, padding=1).flatten()[number]
    assert f"sum {total:.3f}" in read[1].replace("-0.000", "0.000")
    play.locator("label").first.click()
    expect(play.get_by_role("switch")).not_to_be_checked()
    settle(page)
    page.wait_for_timeout(1500)  # the browser's last message about where the window was may still move it
    stopped = window_number(page)
    assert start + 20 < stopped
    page.wait_for_timeout(1000)
    assert window_number(page) == stopped


def test_the_dice_are_rolled(open_page):
    page = open_page("lessons", lesson=4)
    rolls = []
    for number in (1, 2, 3):
        told = page.get_by_text(re.compile(rf"^Draw {number}: "))
        expect(told).to_be_visible()
        rolls.append(told.inner_text().split(":", 1)[1])
        if number < 3:
            page.locator(".st-key-roll button").click()
    assert len(set(rolls)) > 1


def test_a_question_is_answered_and_another_photo_asks_another(open_page):
    page = open_page("lessons", lesson=7)
    first = page.locator("[class*='st-key-answer_7_']").first
    asked = first.inner_text()
    options = first.locator("[data-testid='stRadioOption'], label[data-baseweb='radio']")
    words = options.all_inner_texts()
    options.first.click()
    verdict = page.get_by_text(re.compile(r"^(Right\.|No, it is )")).first
    expect(verdict).to_be_visible()
    if verdict.inner_text().startswith("No, it is "):
        right = next(
            index for index, option in enumerate(words) if verdict.inner_text().startswith(f"No, it is {option}.")
        )
        options.nth(right).click()
    expect(page.get_by_text(re.compile(r"^Right\."))).to_be_visible()
    expect(page.get_by_text(re.compile("Right answers in this session: all together 1"))).to_be_visible()
    other = open_page("lessons", lesson=7, photo="chelsea")
    assert other.locator("[class*='st-key-answer_7_']").first.inner_text() != asked


@pytest.mark.parametrize(("number", "page_title"), [(3, "SE attention"), (4, "Feature maps")])
def test_a_lesson_leads_to_its_page_with_the_same_block(open_page, number, page_title):
    page = open_page("lessons", lesson=number, variant="shapes")
    block = page.locator(".st-key-block input").input_value()
    page.locator("[data-testid='stMain'] [data-testid='stPageLink'] a").last.click()
    expect(page.locator("h1").first).to_contain_text(page_title)
    identifier = re.search(r"\d\.\d", block).group(0)
    if number == 3:
        expect(page.locator(".st-key-block input")).to_have_value(re.compile(re.escape(identifier)))
    else:
        expect(page.locator(".st-key-journey button[aria-pressed='true'] .label")).to_have_text(identifier)
    expect(page).to_have_url(re.compile("variant=shapes"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("number", range(1, 8))
def test_every_lesson_fits_a_projector(page, address, settle, number, theme):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address("lessons", theme, lesson=number))
    settle(page)
    expect(page.locator("h1").first).to_have_text(re.compile(f"^{number} "))
    sideways = page.evaluate("""() => {
        const main = document.querySelector("[data-testid='stMain']");
        return main.scrollWidth - main.clientWidth;
    }""")
    assert sideways <= 0


@pytest.mark.parametrize("number", range(1, 8))
def test_unfolded_code_stands_beside_a_lesson_where_there_is_room(page, address, settle, number):
    def boxes() -> tuple[dict, dict]:
        return tuple(page.locator(f".st-key-lesson_{part}").bounding_box() for part in ("interaction", "code"))

    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(address("lessons", lesson=number))
    settle(page)
    lesson, code = boxes()
    assert code["y"] + code["height"] <= lesson["y"] and code["height"] < 200  # folded, it takes next to no room
    page.locator(".st-key-lesson_code summary").first.click()
    page.wait_for_function("""() => {
        const [lesson, code] = ["interaction", "code"].map(
            part => document.querySelector(`.st-key-lesson_${part}`).getBoundingClientRect());
        return code.left >= lesson.right;
    }""")
    expect(page.locator(".st-key-lesson_code summary").first).to_be_in_viewport()
    page.locator("[data-testid='stMain']").evaluate("main => main.scrollTo(0, 0)")
    lesson, code = boxes()
    assert code["y"] == pytest.approx(lesson["y"], abs=2)
    page.locator("[data-testid='stMain']").evaluate("main => main.scrollBy(0, 400)")
    expect(page.locator(".st-key-lesson_interaction")).not_to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-lesson_code code").first).to_be_in_viewport()  # it does not scroll away

    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_function("""() => {
        const [lesson, code] = ["interaction", "code"].map(
            part => document.querySelector(`.st-key-lesson_${part}`).getBoundingClientRect());
        return code.top >= lesson.bottom && Math.abs(code.width - lesson.width) < 2;
    }""")
