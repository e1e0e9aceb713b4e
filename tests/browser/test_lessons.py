"""The lessons in a browser: edit a kernel, play the window, roll the dice, answer a question, go on to a page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect


def title(page: Page) -> str:
    return page.locator("h1").first.inner_text()


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
    settle(page)
    after = pictures(page)
    assert len(after) == len(before)
    assert before[0] == after[0]  # the photo and its window stay
    assert all(one != other for one, other in zip(before[1:], after[1:], strict=True))
    assert "weights_3x3" in page.url

    page.goto(page.url)
    settle(page)
    expect(page.locator(".st-key-kernel_11 input")).to_have_value("4.00")


def test_the_window_steps_and_plays(open_page, settle):
    page = open_page("lessons", lesson=1)
    start = window_number(page)
    page.locator(".st-key-window_step button").click()
    expect(page.get_by_text(re.compile(rf"^Window {start + 1:,} of"))).to_be_visible()
    page.locator(".st-key-lesson_play label").first.click()
    page.wait_for_function("""start => {
        const told = [...document.querySelectorAll("p")].map(one => one.innerText).find(one => /^Window /.test(one));
        return Number(told.match(/Window ([\\d,]+)/)[1].replace(",", "")) > start + 3;
    }""", arg=start)
    page.locator(".st-key-lesson_play label").first.click()
    settle(page)
    stopped = window_number(page)
    page.wait_for_timeout(2500)
    assert window_number(page) == stopped


def test_the_dice_are_rolled(open_page, settle):
    page = open_page("lessons", lesson=4)
    rolls = []
    for number in (1, 2, 3):
        told = page.get_by_text(re.compile(rf"^Roll {number}: "))
        expect(told).to_be_visible()
        rolls.append(told.inner_text().split(":", 1)[1])
        page.locator(".st-key-roll button").click()
    assert len(set(rolls)) > 1


def test_a_question_is_answered_and_another_photo_asks_another(open_page, settle):
    page = open_page("lessons", lesson=7)
    first = page.locator("[class*='st-key-answer_7_']").first
    asked = first.inner_text()
    options = first.locator("[data-testid='stRadioOption'], label[data-baseweb='radio']")
    for index in range(options.count()):
        options.nth(index).click()
        expect(page.get_by_text(re.compile(r"^(Right\.|No, it is )")).first).to_be_visible()
        page.wait_for_timeout(3000)  # an answer may replace the one before it
        if page.get_by_text(re.compile(r"^Right\.")).count():
            break
    expect(page.get_by_text(re.compile("Right answers in this session: all together 1"))).to_be_visible()
    other = open_page("lessons", lesson=7, photo="chelsea")
    assert other.locator("[class*='st-key-answer_7_']").first.inner_text() != asked


@pytest.mark.parametrize(("number", "page_title"), [(3, "SE attention"), (4, "Feature maps")])
def test_a_lesson_leads_to_its_page_with_the_same_block(open_page, settle, number, page_title):
    page = open_page("lessons", lesson=number, variant="shapes")
    block = page.locator(".st-key-block input").input_value()
    page.locator("[data-testid='stMain'] [data-testid='stPageLink'] a").last.click()
    expect(page.locator("h1").first).to_contain_text(page_title)
    settle(page)
    identifier = re.search(r"\d\.\d", block).group(0)
    assert identifier in page.locator(".st-key-block input").input_value()
    assert "variant=shapes" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("number", range(1, 8))
def test_every_lesson_fits_a_projector(page, address, settle, number, theme):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address("lessons", theme, lesson=number))
    settle(page)
    assert title(page).startswith(f"{number} ")
    sideways = page.evaluate("""() => {
        const main = document.querySelector("[data-testid='stMain']");
        return main.scrollWidth - main.clientWidth;
    }""")
    assert sideways <= 0
