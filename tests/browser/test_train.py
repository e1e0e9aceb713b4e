"""Train one, measured before Start, while a training runs and after it: nothing moves that need not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

LONG_MS = 120_000
CHOICES = [f".st-key-train_{name}" for name in ("task", "se", "width", "depth", "minutes", "seed")]
CHARTS = ".stVegaLiteChart"


def places(page: Page) -> dict[str, tuple[int, int, int]]:
    """Left, top and width of what stands on the page, by its name."""
    found = {name: page.locator(name) for name in CHOICES}
    found |= {f"chart {number}": chart for number, chart in enumerate(page.locator(CHARTS).all())}
    found["bar"] = page.get_by_test_id("stProgress")
    found["pictures"] = page.get_by_role("img", name="12 generated pictures")
    boxes = {name: one.bounding_box() for name, one in found.items()}
    return {name: (round(box["x"]), round(box["y"]), round(box["width"])) for name, box in boxes.items()}


def test_nothing_moves_from_before_start_to_after(open_page: Callable[..., Page], settle: Callable[[Page], None]):
    page = open_page("train", train_width=0.5, train_depth=0.5, train_minutes=1)
    start = page.get_by_role("button", name="Start training")
    use = page.get_by_role("button", name="Use it on the other pages")
    expect(use).to_be_disabled()
    expect(page.locator(CHARTS)).to_have_count(4)
    before, began = places(page), start.bounding_box()
    charts = {name: place for name, place in before.items() if name.startswith("chart")}
    assert all(before[name][0] + before[name][2] <= min(charts.values())[0] for name in CHOICES)  # left of all charts
    assert before["bar"][1] > began["y"]
    offered = use.bounding_box()
    start.click()
    stop = page.get_by_role("button", name="Stop and keep what it learned")
    expect(stop).to_be_visible()
    assert (stop.bounding_box()["x"], stop.bounding_box()["y"]) == pytest.approx((began["x"], began["y"]), abs=1)
    assert places(page) == before
    expect(page.get_by_text("pictures seen")).to_be_visible(timeout=LONG_MS)  # it has reported: the curves are its own
    expect(page.get_by_text("1 minute with squeeze and excitation, width 0.5")).to_be_visible()
    assert places(page) == before
    stop.click()
    expect(use).to_be_enabled(timeout=LONG_MS)
    settle(page)
    assert places(page) == before
    assert use.bounding_box() == offered
    use.click()
    to_gates = page.get_by_role("link", name="Chosen on every page: see its gates")
    expect(to_gates).to_be_in_viewport(ratio=1)
    assert to_gates.bounding_box()["y"] == pytest.approx(offered["y"], abs=4)
    to_gates.click()
    page.wait_for_url("**/se_attention?*variant=kept*")
    settle(page)
    expect(page.get_by_text("These are all gates of")).to_be_visible()
