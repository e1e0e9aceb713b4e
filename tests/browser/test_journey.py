"""The main job in a real browser: open, upload a photo, read the answer, see its evidence, go through all pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
PAGES = {
    "architecture": "Architecture",
    "compare": "Compare",
    "scaling": "Scaling laboratory",
    "feature_maps": "Feature maps",
    "se_attention": "SE attention",
    "evidence": "Class evidence",
    "lessons": "Lessons",
    "train": "Train one",
}


def answer(page: Page) -> str:
    """The most probable class, as the evidence names it."""
    return page.locator(".st-key-evidence_class").inner_text()


def test_the_first_screen_answers_without_a_click(open_page: Callable[..., Page]):
    page = open_page()
    assert "espresso" in answer(page)
    expect(page.get_by_role("img", name="Grad-CAM for espresso over the photo")).to_be_visible()
    expect(page.get_by_role("img", name="A red cup")).to_be_visible()


def test_an_upload_is_classified_and_stays_through_all_pages(
    open_page: Callable[..., Page], settle: Callable[[Page], None]
):
    page = open_page()
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    page.locator(".st-key-photo_upload input[type=file]").set_input_files(PHOTOS / "camera.png")
    settle(page)
    expect(page.locator(".st-key-evidence_class")).to_have_text("For “tripod”")
    expect(page.get_by_role("img", name="Grad-CAM for tripod over the photo")).to_be_visible()
    for path, title in PAGES.items():
        bar = page.get_by_test_id("stTopNavDropdownLink").or_(page.get_by_test_id("stTopNavLink"))
        if not bar.filter(has_text=title).first.is_visible():
            for section in page.get_by_test_id("stTopNavSection").all():
                section.click()
                if bar.filter(has_text=title).first.is_visible():
                    break
        bar.filter(has_text=title).first.click()
        page.wait_for_url(f"**/{path}*")
        settle(page)
    page.go_back()
    settle(page)
    expect(page.get_by_role("img", name="Your photo, camera.png")).to_be_visible()


def test_a_broken_upload_says_what_is_wrong(
    open_page: Callable[..., Page], settle: Callable[[Page], None], tmp_path: Path
):
    broken = tmp_path / "holiday.jpg"
    broken.write_bytes((PHOTOS / "pagoda.jpg").read_bytes()[:3000])
    page = open_page()
    page.get_by_role("radio", name="Upload").click()
    settle(page)
    page.locator(".st-key-photo_upload input[type=file]").set_input_files(broken)
    settle(page)
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("holiday.jpg")
    assert "espresso" in answer(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_thumbnail_changes_photo_answer_and_address(
    open_page: Callable[..., Page], settle: Callable[[Page], None], theme: str
):
    page = open_page(theme=theme)
    page.locator(".st-key-photo_tiles button").nth(1).click()
    page.wait_for_url("**photo=chelsea**")
    settle(page)
    assert "tiger cat" in answer(page)


def test_a_shared_address_opens_the_same_view(open_page: Callable[..., Page]):
    page = open_page(variant="lite1", photo="camera")
    expect(page.get_by_role("heading", level=1)).to_contain_text("EfficientNet-Lite1")
    assert "tripod" in answer(page)


def test_nothing_is_asked_of_the_internet(open_page: Callable[..., Page], page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page()
    outside = [url for url in asked if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))]
    assert not outside
