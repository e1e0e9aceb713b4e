"""axe-core over every page and tab, in both themes: nothing serious or moderate of our own."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN = """async only => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...(only ? {runOnly: only} : {})})
  return found.violations.flatMap(rule => rule.nodes.map(node =>
    [rule.id, rule.impact, node.target.flat(3).join(" "), node.html.slice(0, 200)]))
}"""
COUNTS = {"moderate", "serious", "critical"}
STREAMLITS = {"scrollable-region-focusable": "katex-display"}  # a long formula scrolls, and no key reaches it
"""Findings in what Streamlit draws and we cannot change: the rule, and a part of the element's selector or HTML."""

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
    "scaling?scale_by=multipliers",
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
]


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
    settle(visitor)
    found += visitor.evaluate(RUN, ["color-contrast"])
    assert [one for one in found if one[1] in COUNTS and not _streamlits(*one)] == []


def _streamlits(rule: str, impact: str, selector: str, html: str) -> bool:
    return rule in STREAMLITS and STREAMLITS[rule] in f"{selector} {html}"
