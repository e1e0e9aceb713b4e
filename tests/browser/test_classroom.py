"""One teacher and three students, each in a browser of their own; one of them holds a phone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

PHOTO = Path(__file__).parents[2] / "assets" / "photos" / "camera.png"
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1366, "height": 768}
PAGES = {"compare": "Compare", "evidence": "Class evidence", "lessons": "Lessons", "architecture": "Architecture"}
WAIT_MS = 120_000
KEEP_SOCKETS = """
window.sockets = []
window.WebSocket = class extends WebSocket { constructor(...given) { super(...given); window.sockets.push(this) } }
"""


@pytest.fixture
def visitors(browser: Browser, address: Callable[..., str], settle: Callable) -> Iterator[Callable[..., Page]]:
    """`visitors(size, "classroom", theme="dark")` is a page in a fresh browser context; with `touch`, as on a phone."""
    contexts: list[BrowserContext] = []

    def visit(size: dict[str, int], path: str, touch: bool = False, **query: str) -> Page:
        contexts.append(browser.new_context(viewport=size, accept_downloads=True, has_touch=touch, is_mobile=touch))
        page = contexts[-1].new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(address(path, **query), wait_until="domcontentloaded")
        settle(page)
        return page

    expect.set_options(timeout=WAIT_MS)
    yield visit
    for context in contexts:
        context.close()


def opens(visitors: Callable[..., Page]) -> tuple[Page, str]:
    """A teacher with a fresh room, and its code."""
    teacher = visitors(LAPTOP, "classroom")
    teacher.get_by_role("button", name="Open a classroom").click()
    shown = teacher.locator("[data-code]")
    expect(shown).to_have_text(re.compile("^[A-Z]{4}$"))
    return teacher, shown.inner_text()


def joins(page: Page, code: str | None = None, name: str = "") -> Page:
    """A student joins: with a link the code is there already."""
    if code is not None:
        page.get_by_role("textbox", name="Code, four letters").fill(code)
    page.get_by_label("Your name, if you like").fill(name)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text("Following room")).to_be_visible()
    return page


def goes_to(page: Page, title: str) -> None:
    links = page.get_by_test_id("stTopNavDropdownLink").or_(page.get_by_test_id("stTopNavLink"))
    for section in page.get_by_test_id("stTopNavSection").all():
        if links.filter(has_text=title).first.is_visible():
            break
        section.click()
    links.filter(has_text=title).first.click()


def asks(teacher: Page, kind: str) -> None:
    teacher.locator(".st-key-classroom_ask button").first.click()
    teacher.locator(".st-key-classroom_kind").get_by_role("combobox").click()
    teacher.get_by_role("option", name=kind).click()
    teacher.get_by_role("button", name="Show it on every screen").click()


def test_a_class_follows_predicts_and_sees(visitors: Callable[..., Page], settle: Callable[[Page], None]):
    teacher, code = opens(visitors)
    phone = joins(visitors(PHONE, "classroom", room=code, theme="dark"), name="<b>Ada</b> **x**")
    laptop = joins(visitors(LAPTOP, "classroom"), code.lower(), "=1+1")
    quiet = joins(visitors(LAPTOP, "classroom", room=code))
    students = (phone, laptop, quiet)
    expect(teacher.get_by_text("3 students here, 3 follow")).to_be_visible()

    for path, title in PAGES.items():
        goes_to(teacher, title)
        for student in students:
            student.wait_for_url(f"**/{path}?*", timeout=WAIT_MS)
            settle(student)
            expect(student.get_by_text(f"Following room {code} · {title}")).to_be_visible()

    quiet.get_by_role("button", name="Stop following").click()
    expect(quiet.get_by_text(f"In room {code}, not following")).to_be_visible()
    goes_to(teacher, "Compare")
    phone.wait_for_url("**/compare?*")
    expect(teacher.get_by_text("3 students here, 2 follow")).to_be_visible()
    assert "/architecture" in quiet.url
    quiet.get_by_role("button", name="Follow", exact=True).click()
    quiet.wait_for_url("**/compare?*")

    asks(teacher, "Where will the network look?")
    for student in students:
        expect(student.get_by_text("Tap the place.")).to_be_visible()
        settle(student)
        expect(student.get_by_text("Where the network looked")).to_have_count(0)
    phone.locator(".st-key-classroom_question .stage").click(position={"x": 150, "y": 100})
    laptop.locator(".st-key-classroom_question .stage").press("ArrowRight")
    laptop.locator(".st-key-classroom_question .stage").press("Enter")
    for student in (phone, laptop):
        expect(student.get_by_text("Sent:")).to_be_visible()
    expect(teacher.get_by_text("2 answered")).to_be_visible()
    teacher.get_by_role("button", name="Show the answers").click()
    for page in (teacher, *students):
        expect(page.get_by_role("img", name=re.compile("^2 taps on"))).to_be_visible()
        expect(page.get_by_role("img", name="Where the network looked")).to_have_count(0)
    expect(quiet.get_by_text("You have not answered this question.")).to_be_visible()
    teacher.get_by_role("button", name="Show the solution").click()
    for page in (teacher, *students):
        expect(page.get_by_role("img", name="Where the network looked")).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]

    goes_to(teacher, "Classroom")
    expect(teacher.get_by_role("button", name="Results as CSV")).to_be_visible()
    assert rows_of(teacher)[0] == ["question", "asked", "person", "answer", "right"]
    teacher.get_by_text("With names").click()
    settle(teacher)
    rows = rows_of(teacher)
    assert [row[3] for row in rows] == ["name", "<b>Ada</b> **x**", "'=1+1"]
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="Results as a page").click()
    assert "&lt;b&gt;Ada&lt;/b&gt; **x**" in download.value.path().read_text("utf-8")
    teacher.get_by_role("button", name="Close the room").click()
    for student in students:
        expect(student.get_by_text(f"Room {code} was closed by its teacher.")).to_be_visible()
    assert rows_of(teacher) == rows


def test_a_student_uploads_sees_evidence_and_gates_and_answers_with_one_thumb(
    visitors: Callable[..., Page], settle: Callable[[Page], None]
):
    teacher, code = opens(visitors)
    phone = visitors(PHONE, "classroom", touch=True, room=code)
    phone.get_by_role("button", name="Join", exact=True).tap()
    expect(phone.get_by_text("Following room")).to_be_visible()
    settle(phone)
    phone.get_by_role("button", name="Network and photo").tap()
    sidebar = phone.get_by_test_id("stSidebar")
    expect(sidebar.locator(".st-key-variant")).to_be_in_viewport(ratio=0.5)
    stands_still(sidebar.get_by_role("radio", name="Upload"))  # the sidebar slides in, and scrolls to its pickers
    sidebar.get_by_role("radio", name="Upload").tap()
    expect(sidebar.locator(".st-key-photo_upload")).to_be_in_viewport()
    sidebar.locator(".st-key-photo_upload input[type=file]").set_input_files(PHOTO)
    expect(sidebar.locator(".st-key-photo_upload")).not_to_be_in_viewport()  # the sidebar makes room by itself

    for path, title, sees in (
        ("evidence", "Class evidence", ".st-key-evidence_picture img"),
        ("se_attention", "SE attention", ".st-key-gate_wall button"),
    ):
        goes_to(teacher, title)
        phone.wait_for_url(f"**/{path}?*")
        settle(phone)
        phone.locator(sees).first.scroll_into_view_if_needed()
        expect(phone.locator(sees).first).to_be_in_viewport()
        if path == "evidence":
            expect(phone.get_by_text("tripod has")).to_be_visible()  # of the student's own photo
            phone.locator(".st-key-evidence_picture .stage").tap(position={"x": 100, "y": 60})
            expect(phone.locator(".st-key-evidence_picture .foot")).to_contain_text("row")

    asks(teacher, "Which block has most parameters?")
    options = phone.locator(".st-key-classroom_question label").filter(has=phone.get_by_role("radio"))
    expect(options.first).to_be_in_viewport()  # without scrolling up to it
    assert all(option.bounding_box()["height"] >= 44 for option in options.all())  # WCAG 2.2, 2.5.5
    options.first.tap()
    expect(phone.get_by_text("Sent:")).to_be_visible()
    expect(teacher.get_by_text("1 answered")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def stands_still(part: Locator) -> None:
    """Wait until a part of the page has stood at one place for a quarter of a second."""
    part.evaluate(
        """part => new Promise(done => {
          let last = "", since = 0
          const look = now => {
            const { x, y } = part.getBoundingClientRect(), place = `${x} ${y}`
            if (place !== last) [last, since] = [place, now]
            if (now - since > 250) done()
            else requestAnimationFrame(look)
          }
          requestAnimationFrame(look)
        })"""
    )


def rows_of(page: Page) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Results as CSV").click()
    return list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"), newline="")))


def test_a_reload_keeps_the_seat_and_a_copied_link_gives_none(
    visitors: Callable[..., Page], settle: Callable[[Page], None]
):
    teacher, code = opens(visitors)
    student = joins(visitors(PHONE, "classroom", room=code), name="Ada")
    goes_to(teacher, "Compare")
    student.wait_for_url("**/compare?*")
    for page, sees in ((student, f"Following room {code}"), (teacher, f"Leading room {code}")):
        page.reload()
        expect(page.get_by_text(sees)).to_be_visible()
    expect(teacher.get_by_text("1 student here, 1 follow")).to_be_visible()
    for stolen in (student.url, teacher.url):
        thief = visitors(LAPTOP, "classroom", room=code)
        thief.goto(stolen)
        settle(thief)
        expect(thief.get_by_text(f"room {code}")).to_have_count(0)


def test_the_teachers_choices_are_everybodys_and_photos_stay_their_owners(visitors: Callable[..., Page], settle):
    teacher, code = opens(visitors)
    student = joins(visitors(LAPTOP, "classroom", room=code))
    goes_to(teacher, "Class evidence")
    for page in (teacher, student):
        page.wait_for_url("**/evidence?*")
        settle(page)
    teacher.get_by_text("Contour", exact=True).click()
    student.wait_for_url("**contour=true**")
    settle(student)
    expect(student.get_by_role("switch", name="Contour").or_(student.get_by_label("Contour"))).to_be_checked()
    teacher.get_by_text("Contour", exact=True).click()
    expect(student.get_by_role("switch", name="Contour").or_(student.get_by_label("Contour"))).not_to_be_checked()
    teacher.locator(".st-key-photo_tiles button").nth(1).click()
    teacher.wait_for_url("**photo=chelsea**")
    picker = teacher.locator(".st-key-variant").get_by_role("combobox")
    picker.click()
    picker.fill("Lite1")
    teacher.get_by_role("option", name="EfficientNet-Lite1").click()
    student.wait_for_url("**variant=lite1**")
    settle(student)
    expect(student.get_by_text("espresso has")).to_be_visible()  # the student's own photo
    student.locator(".st-key-classroom_me button").first.click()
    student.get_by_role("radio", name="the teacher's photo").click()
    student.wait_for_url("**photo=chelsea**")


def test_a_frozen_class_stays(visitors: Callable[..., Page]):
    teacher, code = opens(visitors)
    student = joins(visitors(LAPTOP, "classroom", room=code))
    goes_to(teacher, "Compare")
    student.wait_for_url("**/compare?*")
    teacher.locator(".st-key-classroom_freeze label").first.click()
    expect(student.get_by_text("on hold")).to_be_visible()
    goes_to(teacher, "Scaling laboratory")
    teacher.wait_for_url("**/scaling?*")
    student.wait_for_timeout(3000)
    assert "/compare" in student.url
    teacher.locator(".st-key-classroom_freeze label").first.click()
    student.wait_for_url("**/scaling?*")


@pytest.mark.parametrize(("code", "says"), [("nope!", "is not a classroom code"), ("BBBB", "There is no room BBBB")])
def test_a_wrong_code_is_one_sentence(visitors: Callable[..., Page], code: str, says: str):
    page = visitors(PHONE, "classroom")
    page.get_by_role("textbox", name="Code, four letters").fill(code)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text(says)


def test_who_loses_the_line_comes_back_to_the_seat_with_the_answer_and_what_was_missed(
    visitors: Callable[..., Page], settle: Callable[[Page], None]
):
    teacher, code = opens(visitors)
    student = visitors(PHONE, "classroom", room=code)
    student.add_init_script(KEEP_SOCKETS)
    student.reload()
    settle(student)
    joins(student, name="Ada")
    asks(teacher, "Which block has most parameters?")
    student.locator(".st-key-classroom_question label").filter(has=student.get_by_role("radio")).first.click()
    expect(student.get_by_text("Sent:")).to_be_visible()
    student.context.set_offline(True)
    student.evaluate("window.sockets.forEach(socket => socket.close())")
    teacher.get_by_role("button", name="Show the answers").click()
    expect(teacher.get_by_role("button", name="Show the solution")).to_be_visible()
    student.context.set_offline(False)
    expect(student.get_by_text("Your answer:")).to_be_visible()
    expect(student.get_by_text(f"Following room {code}")).to_be_visible()
    teacher.get_by_role("button", name="Close the question").click()
    expect(student.locator(".st-key-classroom_question")).to_have_count(0)
