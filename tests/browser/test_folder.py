"""A drop of photos in the browser: the mosaic, a channel with its gates, two groups, a worst photo and its evidence."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from effnet_viz.ui.session.drawn_pictures import picture

COUNT = 12


def drop(page: Page, what: Path | list[Path]) -> None:
    page.locator(
        "[data-testid='stFileUploaderDropzoneInput'], [data-testid='stFileUploader'] input[type=file]"
    ).last.set_input_files(what)


def tiles(page: Page, key: str):
    return page.locator(f".st-key-{key} .tile")


def choose(page: Page, label: str) -> None:
    page.get_by_role("radio", name=label, exact=True).or_(
        page.get_by_role("button", name=label, exact=True)
    ).first.click()


def drawn(folder: Path) -> str:
    """Pictures in folders of their classes, one in the wrong one, beside a file that is none; returns that class."""
    shown = [picture(5000 + number) for number in range(COUNT)]
    wrong = next(other.name for other in shown if other.name != shown[0].name)
    for number, one in enumerate(shown):
        place = folder / (wrong if number == 0 else one.name)
        place.mkdir(parents=True, exist_ok=True)
        one.image.save(place / f"{number:02}.png")
    (folder / wrong / "<b>broken.png").write_bytes(b"no picture")
    return wrong


def test_a_folder_is_dropped_and_its_worst_photo_explains_itself(open_page, settle, tmp_path):
    label = drawn(tmp_path / "pictures")
    page = open_page("folder", variant="shapes", photos_from="uploads", many_upload_way="folder")
    drop(page, tmp_path / "pictures")
    expect(tiles(page, "many_mosaic")).to_have_count(COUNT)
    settle(page)
    expect(page.get_by_text("1 file cannot be read")).to_be_visible()
    assert page.locator("b", has_text="broken").count() == 0

    choose(page, "What excites a channel")
    expect(tiles(page, "many_exciters")).to_have_count(9)
    expect(tiles(page, "many_gates")).to_have_count(9)

    choose(page, "Two groups")
    choose(page, "By hand")
    for _ in range(2):  # a second click puts it into the other group
        tiles(page, "many_put").nth(0).click()
        settle(page)
    tiles(page, "many_put").nth(1).click()
    expect(page.get_by_text("The gates that tell them apart best")).to_be_visible()
    expect(tiles(page, "many_told")).to_have_count(2)

    choose(page, "How good the answers are")
    worst = tiles(page, "many_worst").filter(has_text=f"is {label}").first
    worst.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("^Why"))).to_have_count(2)
    expect(dialog.locator("img")).to_have_count(2)
    dialog.get_by_role("button", name=re.compile("Ask more on Class evidence")).click()
    expect(page.get_by_role("heading", name="Class evidence")).to_be_visible()
    settle(page)
    assert "rather_than=" in page.url
    expect(page.get_by_role("img", name=re.compile("00.png")).first).to_be_visible()


def test_flat_photos_run_at_once_and_nobody_else_has_them(open_page, settle, browser, address, tmp_path):
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        picture(6000 + number).image.save(paths[-1])
    page = open_page("folder", variant="shapes", photos_from="uploads")
    drop(page, paths)
    expect(tiles(page, "many_mosaic")).to_have_count(3)
    settle(page)
    context = browser.new_context()
    other = context.new_page()
    other.goto(address("folder", variant="shapes", photos_from="uploads"))
    settle(other)
    expect(other.get_by_text("Drop up to 200 photos here")).to_be_visible()
    assert tiles(other, "many_mosaic").count() == 0
    context.close()
