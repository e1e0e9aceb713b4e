"""axe-core over every page and tab, in both themes: nothing serious or moderate of our own."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser

import effnet_viz as ev
from effnet_viz.classroom import ChoiceQuestion, NumberQuestion, PlaceQuestion, Rooms
from effnet_viz.home import HOME
from effnet_viz.reports import ReportSettings
from effnet_viz.reports.classroom_page import classroom_page

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN = """async only => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...(only ? {runOnly: only} : {})})
  return found.violations.flatMap(rule => rule.nodes.map(node =>
    [rule.id, rule.impact, node.target.flat(3).join(" "), node.html.slice(0, 200)]))
}"""
# The dark theme comes up to 0.9 s after the browser asks for it, without a run of the script, and fades in: axe would
# read colours in between. So they must have stood still for a while.
DARK = """() => {
  const colours = []
  const collect = root => root.querySelectorAll("*").forEach(element => {
    if (element.shadowRoot) collect(element.shadowRoot)
    const style = getComputedStyle(element)
    colours.push(style.color, style.backgroundColor, style.fill)
  })
  collect(document)
  const now = colours.join(), ground = getComputedStyle(document.querySelector("[data-testid='stApp']")).backgroundColor
  if (now !== window.effnetVizColours) [window.effnetVizColours, window.effnetVizStill] = [now, performance.now()]
  return ground === "rgb(17, 22, 28)" && performance.now() - window.effnetVizStill > 400
}"""
COUNTS = {"moderate", "serious", "critical"}
# A long formula scrolls since streamlit/streamlit#10071, which closed #4304, and no key reaches it.
STREAMLITS = {"scrollable-region-focusable": "katex-display"}
"""Findings in what Streamlit draws and we cannot change: the rule, and a part of the element's selector or HTML."""

STOPS = [
    "",
    "architecture?variant=shapes&block=3.2&travel=true",
    "se_attention?variant=shapes",
    "evidence",
    "folder?variant=shapes&many_view=alike",
]
LESSONS = [f"lessons?lesson={number}" for number in range(1, 8)]
VIEWS = [
    "",
    "architecture?variant=b0&block=6.2",
    "architecture?variant=shapes&block=3.2&travel=true",
    "architecture?custom=tutorial_b4&variant=custom&table=layers",
    *(f"architecture?beneath={tab}" for tab in ("cost", "eight_bits", "onnx")),
    "compare?left=b0&right=b7",
    "compare?compared=cost",
    "scaling",
    "scaling?scale_by=hand",
    *(f"feature_maps?view={view}" for view in ("channels", "one_channel", "one_place")),
    "se_attention",
    *(
        f"se_attention?variant=shapes&part={part}"
        for part in ("one_gate", "one_block", "changes", "photos", "surgery", "all_classes")
    ),
    *(f"evidence?part={part}" for part in ("evidence", "side_by_side", "trust", "by_hand")),
    *(f"folder?variant=shapes&many_view={view}" for view in ("answers", "channel", "groups", "alike", "labels")),
    "folder?many_view=weights",
    *LESSONS,
    "train",
    "classroom",
    "glossary",
    "feature_maps?tour=2",
    "architecture?variant=b0&stage=1",
    "se_attention?variant=shapes&stage=1",
]


FOCUSED = """() => {
  const all = []
  const collect = root => root.querySelectorAll("*").forEach(element => {
    if (element.shadowRoot) collect(element.shadowRoot)
    const ours = root !== document || ["A", "SUMMARY"].includes(element.tagName)
    const stops = ours && element.tabIndex >= 0 && !element.disabled
    if (stops && element.checkVisibility({ visibilityProperty: true })) all.push(element)
  })
  collect(document)
  const still = [document.head, ...new Set(all.map(element => element.getRootNode()).filter(root => root !== document))]
    .map(place => place.appendChild(Object.assign(document.createElement("style"),
      { textContent: "* { transition: none !important; animation: none !important }" })))
  const above = element => element.parentElement ?? element.getRootNode().host
  const looks = element => {
    const near = [element, above(element), above(above(element)), ...element.querySelectorAll("*")].slice(0, 14)
    return JSON.stringify(near.flatMap(one => [null, "::before", "::after"].map(part => {
      const style = getComputedStyle(one, part)
      return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.transform, style.opacity,
        style.stroke, style.strokeWidth, style.fill]
    })))
  }
  const found = []
  for (const element of all) {
    element.focus({ preventScroll: true, focusVisible: true })
    if (element.getRootNode().activeElement !== element) continue // folded away, or one of a group that shares a stop
    const focused = looks(element)
    element.blur()
    found.push([element.tagName,
      `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}`.slice(0, 60),
      focused !== looks(element)])
  }
  still.forEach(style => style.remove())
  return found
}"""


@pytest.fixture(scope="module")
def visitor(browser: Browser):
    """One page for all views, whose colours follow the system's."""
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_of_our_own(view, visitor, app_url, settle):
    visitor.emulate_media(color_scheme="light")
    visitor.goto(f"{app_url}/{view}", wait_until="domcontentloaded")
    settle(visitor)
    visitor.evaluate(AXE.read_text(encoding="utf-8"))
    found = visitor.evaluate(RUN)
    visitor.emulate_media(color_scheme="dark")
    visitor.wait_for_function(DARK, polling=50)
    settle(visitor)
    found += visitor.evaluate(RUN, ["color-contrast"])
    assert [one for one in found if one[1] in COUNTS and not _streamlits(*one)] == []


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, str]:
    """One file of each kind that is handed on, by its address."""
    folder, koala = tmp_path_factory.mktemp("files"), HOME / "assets" / "photos" / "koala.jpg"
    model, photo = ev.load("shapes"), ev.open_photo(koala)
    asked = ReportSettings(photo=str(koala), model="shapes", gates=2, chosen_gates=("5.2:17",))
    ev.report(model, photo, folder / "report.html", settings=asked)
    ev.comparison_report(model, ev.load("lite0"), photo, folder / "beside.html")
    rooms = Rooms()
    teacher = rooms.open()
    student = rooms.join(teacher.code, "Ada")
    for question, answer in {
        ChoiceQuestion(prompt="Which?", options=("left", "right"), right=1, because="It is."): 1,
        NumberQuestion(prompt="How many?", unit="blocks", right=16): 7.5,
        PlaceQuestion(prompt="Where?", right=(0.5, 0.5)): (0.9, 0.1),
    }.items():
        rooms.answer(student, rooms.ask(teacher, question), answer)
    rooms.close(teacher)
    page = classroom_page(teacher.code, rooms.questions(teacher), rooms.results(teacher), names=True)
    (folder / "class.html").write_text(page, encoding="utf-8")
    return {file.stem: file.as_uri() for file in folder.iterdir()}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["status", "report", "beside", "class"])
def test_axe_finds_nothing_in_what_is_read_outside_the_app(name, theme, visitor, app_url, files):
    visitor.emulate_media(color_scheme=theme)
    visitor.goto(f"{app_url}/status" if name == "status" else files[name])
    visitor.evaluate(AXE.read_text(encoding="utf-8"))
    assert visitor.evaluate(RUN) == []


def _streamlits(rule: str, impact: str, selector: str, html: str) -> bool:
    return rule in STREAMLITS and STREAMLITS[rule] in f"{selector} {html}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whatever_the_keyboard_is_at_looks_other_than_the_rest(theme, visitor, app_url, settle):
    """Blocks of drawings, the open one too, tiles, canvases, sliders, buttons of films, links: all of our own."""
    visitor.emulate_media(color_scheme=theme)
    met = set()
    for view in STOPS:
        visitor.goto(f"{app_url}/{view}", wait_until="domcontentloaded")
        settle(visitor)
        visitor.keyboard.press("Tab")
        reached = visitor.evaluate(FOCUSED)
        met |= {kind for kind, _, changed in reached}
        assert [words for kind, words, changed in reached if not changed] == []
    assert {"A", "BUTTON", "g", "INPUT", "CANVAS", "DIV"} <= met
