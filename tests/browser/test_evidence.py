"""The evidence page as a class uses it: type a class, compare methods, run the checks, drag a rectangle, download."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import effnet_viz as ev
from effnet_viz.images import open_sample

STOPPED_MS = 4_000  # on a busy machine, of work that would go on for 6 s on an idle one, and longer on a busy one
LONG_MS = 300_000  # some hundred runs of the network on a busy machine


@pytest.fixture
def evidence(open_page):
    """The evidence page for the bundled coffee; the start page comes first, as for anybody who finds the app."""

    def visit(**query) -> Page:
        open_page()
        return open_page("evidence", photo="coffee", variant="lite0", **query)

    return visit


def test_a_class_is_chosen_by_typing(evidence, settle):
    page = evidence()
    expect(page.get_by_text("Grad-CAM: why espresso?")).to_be_visible()
    field = page.locator(".st-key-target input")
    field.click()
    field.fill("coffee mug")
    page.get_by_role("option", name=re.compile("^coffee mug · 504")).click()
    settle(page)
    expect(page.get_by_text("Grad-CAM: why coffee mug?")).to_be_visible()
    assert "target=504" in page.url
    page.locator(".st-key-top_class button", has_text="cup ").click()
    settle(page)
    expect(page.get_by_text("Grad-CAM: why cup?")).to_be_visible()


def test_a_link_opens_the_same_view(evidence):
    page = evidence(target=504, rather_than=967, layer="6.1")
    expect(page.get_by_text("Grad-CAM: why coffee mug rather than espresso?")).to_be_visible()


def test_values_stand_under_the_pointer_and_are_the_library_s(evidence):
    page = evidence()
    values = ev.grad_cam(ev.load("lite0"), open_sample("coffee")).values
    picture = page.locator(".st-key-evidence_picture .stage")
    foot = page.locator(".st-key-evidence_picture .foot")
    frame = picture.bounding_box()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    row, column, value = re.search(r"Row (\d+) of 7, column (\d+) of 7: ([+−]?[\d.e-]+)", foot.inner_text()).groups()
    assert float(value.replace("−", "-")) == pytest.approx(values[int(row) - 1, int(column) - 1], rel=0.01)
    page.mouse.move(frame["x"] + 4, frame["y"] + 4)
    expect(foot).to_have_text("The network did not see this part of the photo.")


def test_looks_change_without_the_network_and_downloads_hold_what_is_shown(evidence, settle):
    page = evidence()
    page.locator(".st-key-shown button", has_text="For and against").click()
    page.locator(".st-key-box label").first.click()
    settle(page)
    files = {}
    for label in ("Overlay (PNG)", "Map (NPZ)", "Settings"):
        with page.expect_download() as started:
            page.get_by_role("button", name=label).click()
        files[label] = started.value.path().read_bytes()
    assert Image.open(io.BytesIO(files["Overlay (PNG)"])).size == (1000, 667)
    kept = np.load(io.BytesIO(files["Map (NPZ)"]))
    np.testing.assert_allclose(
        kept["values"], ev.grad_cam(ev.load("lite0"), open_sample("coffee")).values, rtol=1e-3, atol=1e-5
    )
    said = json.loads(files["Settings"])
    assert (said["target"], said["layer"], said["look"]["signed"], said["look"]["box"]) == (967, "9", True, True)


def test_methods_stand_side_by_side(evidence, settle):
    page = evidence(part="Side by side")
    pictures = page.locator("[role=tabpanel] [data-testid=stImage] img")
    expect(pictures).to_have_count(4)
    expect(page.get_by_text("Most alike")).to_be_visible()
    page.locator(".st-key-compared_kind button", has_text="Networks").click()
    settle(page)
    expect(pictures).to_have_count(3)


def test_a_slow_method_is_computed_on_request(evidence, settle):
    page = evidence(method="ablation_cam")
    settle(page)
    offer = page.get_by_role("button", name=re.compile("Compute"))
    if offer.count():  # a fast machine needs no click
        offer.click()
    expect(page.get_by_text("Ablation-CAM: why espresso?")).to_be_visible(timeout=LONG_MS)


def test_the_checks_run_to_their_end(evidence, settle):
    page = evidence(part="Can it be trusted?")
    started = page.get_by_role("button", name=re.compile("Run the checks"))
    done = page.get_by_text("random orders").first
    expect(started.or_(done).or_(page.locator(".st-key-stop_checks")).first).to_be_visible(timeout=LONG_MS)
    if started.is_visible():  # on a quick machine they run at once
        started.click()
    expect(done).to_be_visible(timeout=LONG_MS)
    settle(page)
    sentence = page.get_by_text(re.compile("Removing the 20% of the photo")).inner_text()
    before, by_map, random = (float(number) for number in re.findall(r"(\d+\.\d)%", sentence)[:3])
    assert before > 90 and by_map < random
    expect(page.get_by_text("They are made random part by part, from the head down")).to_be_visible()


def test_slow_work_is_stopped_and_what_is_done_stays(open_page, settle):
    page = open_page("evidence", variant="shapes", part="Can it be trusted?")
    page.get_by_role("button", name=re.compile("Measure every method")).click()
    chart = page.get_by_role("button", name=re.compile("Show data: Pointing game and energy of"))
    expect(chart).to_be_attached(timeout=LONG_MS)  # the first method is measured
    page.locator(".st-key-stop_truth button").click()
    expect(page.get_by_role("button", name=re.compile("Measure every method"))).to_be_visible(timeout=LONG_MS)
    settle(page)
    expect(page.get_by_text(re.compile(r"\d+ methods are still to be measured"))).to_be_visible()
    expect(chart).to_be_attached()


def test_stop_also_ends_work_inside_a_part_of_the_page_that_runs_by_itself(open_page, settle):
    page = open_page("evidence", variant="b0", method="score_cam")  # 1,280 runs of the network
    start = page.locator(".st-key-start_evidence button")
    start.click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.wait_for_timeout(1000)
    page.locator(".st-key-stop_evidence button").click()
    expect(start).to_be_visible(timeout=STOPPED_MS)
    settle(page)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator(".st-key-pinned")).to_have_count(0)  # no map


def test_a_rectangle_is_dragged_and_the_answer_changes(evidence, settle):
    page = evidence(part="By hand")
    expect(page.get_by_text(re.compile("Hidden:"))).to_be_visible()
    stage = page.locator("[class*='st-key-boxes_'] .stage").first
    page.get_by_role("button", name="Remove all boxes").click()
    expect(page.get_by_text("Nothing is hidden yet")).to_be_visible()
    settle(page)
    stage.evaluate("element => element.scrollIntoView({block: 'center'})")  # clear of the navigation at the top
    frame = stage.bounding_box()
    page.mouse.move(frame["x"] + 0.3 * frame["width"], frame["y"] + 0.02 * frame["height"])
    page.mouse.down()
    page.mouse.move(frame["x"] + 0.75 * frame["width"], frame["y"] + 0.7 * frame["height"], steps=5)
    page.mouse.up()
    expect(page.get_by_text(re.compile("Hidden:"))).to_be_visible()
    settle(page)
    headline = page.locator("[role=tabpanel] h2").first.inner_text()
    before, after = re.search(r"espresso: ([\d.]+)% → ([\d.]+)%", headline).groups()
    assert float(before) > 90 and float(after) < 50
