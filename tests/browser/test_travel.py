"""The film of a block in a real browser: its numbers are the run's, and it can be stepped, scrubbed and left alone."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

import effnet_viz as ev
from effnet_viz.explain import capture
from effnet_viz.explain.block_travel import block_travel
from effnet_viz.images import open_sample
from effnet_viz.ui.session.drawn_pictures import picture
from effnet_viz.ui.structure.travel import film

FILM = ".st-key-travel_film"


def said(page) -> str:
    return page.locator(f"{FILM} .words").inner_text()


def test_the_numbers_are_those_of_the_run(browser: Browser, app_url: str, settle):
    page = browser.new_page(viewport={"width": 1366, "height": 900}, reduced_motion="reduce")
    page.goto(f"{app_url}/architecture?variant=shapes&block=3.2&travel=true", wait_until="domcontentloaded")
    settle(page)
    expect(page.locator(f"{FILM} .play")).to_have_text("Play")  # less motion: nothing moves by itself
    model = ev.load("shapes")
    run = capture(model, picture(0, "shapes"))
    page.get_by_role("button", name="Excite", exact=True).click()
    told = dict(re.findall(r"(\d+): (\d\.\d{3})", said(page)))
    assert len(told) == 6
    for channel, gate in told.items():
        assert float(gate) == pytest.approx(float(run.gates["3.2"][int(channel)]), abs=6e-4)
    page.get_by_role("button", name="Squeeze", exact=True).click()
    window = block_travel(model, run, "3.2").window
    page.get_by_role("button", name="Depthwise", exact=True).click()
    assert f"the sum is {window.total:.3g}" in said(page) and f"it is {window.value:.3g}." in said(page)
    time = page.locator(f"{FILM} .time")
    time.focus()
    page.keyboard.press("End")
    assert "input is added" in said(page)
    page.keyboard.press("Home")
    assert "numbers come into the block" in said(page)
    page.close()


def test_it_plays_and_pauses(open_page):
    page = open_page("architecture", variant="lite0", block="4.2", travel="true")
    expect(page.locator(f"{FILM} .play")).to_have_text("Pause")
    expect(page.locator(f"{FILM} .film[data-scene='expand']")).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    at = page.locator(f"{FILM} .time").input_value()
    page.wait_for_timeout(300)
    assert page.locator(f"{FILM} .time").input_value() == at
    painted = page.locator(f"{FILM} canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )
    assert painted > 50


@pytest.mark.parametrize("name", ["b0", "v2_s", "lite0"])
def test_its_data_are_small(name):
    model = ev.load(name, weights="untrained" if name != "lite0" else "auto")
    run = capture(model, open_sample("coffee"))
    for block in [one for one in model.spec.block_specs() if one.id.endswith(".1")]:
        data = film(block_travel(model, run, block.id), model.spec.activation)
        assert len(json.dumps(data)) < 300_000
        assert all(np.isfinite(data["gates"])) and len(data["scenes"]) == len(data["order"]) + 2 * bool(data["gates"])
