"""The film in a real browser: its numbers are the run's; it can be played, stepped, scrubbed, saved and left alone."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import Browser, Page, expect

import effnet_viz as ev
from effnet_viz.explain import capture
from effnet_viz.explain.block_travel import block_travel
from effnet_viz.images import open_sample
from effnet_viz.ui.session.drawn_pictures import picture

FILM = ".st-key-travel_film"
PAIR = re.compile(r"(\d+): ([+−-]?\d[\d.e+-]*\d)")


def said(page: Page) -> str:
    return page.locator(f"{FILM} .words").inner_text()


def step(page: Page, title: str) -> dict[int, float]:
    """What is said after a step was chosen: channels with their numbers."""
    page.locator(FILM).get_by_role("button", name=title, exact=True).click()
    return {int(channel): float(number) for channel, number in PAIR.findall(said(page))}


def test_the_numbers_are_those_of_the_run(browser: Browser, app_url: str, settle):
    page = browser.new_page(viewport={"width": 1366, "height": 900}, reduced_motion="reduce")
    page.goto(f"{app_url}/architecture?variant=shapes&block=3.2&travel=true", wait_until="domcontentloaded")
    settle(page)
    expect(page.locator(f"{FILM} .play")).to_have_text("Play")  # less motion: nothing moves by itself
    model = ev.load("shapes")
    run = capture(model, picture(0, "shapes"))
    gates = step(page, "Excite")
    assert len(gates) == 6
    for channel, gate in gates.items():
        assert gate == pytest.approx(float(run.gates["3.2"][channel]), abs=6e-4)
    window = block_travel(model, run, "3.2").window
    step(page, "Depthwise")
    assert f"the sum is {window.total:.3g}" in said(page) and f"it is {window.value:.3g}." in said(page)
    time = page.locator(f"{FILM} .time")
    time.focus()
    page.keyboard.press("End")
    assert said(page).startswith("Each of the 192 maps becomes its mean")
    page.keyboard.press("PageUp")
    assert "192 numbers" in said(page)
    page.keyboard.press("Home")
    assert "numbers come into the block" in said(page)
    page.close()


@pytest.mark.parametrize(("variant", "lesson"), [("lite0", 4), ("shapes", 3), ("b7", 4)])
def test_it_opens_lessons_and_the_networks_numbers_are_those_of_the_run(open_page, variant, lesson):
    page = open_page("lessons", variant=variant, lesson=lesson)
    title, film = page.get_by_role("heading", level=1), page.locator(FILM)
    assert 0 < film.bounding_box()["y"] - title.bounding_box()["y"] < 150
    model = ev.load(variant)
    photo = picture(0, "shapes") if variant == "shapes" else open_sample("coffee")
    run = capture(model, photo)
    for name, block in [
        ("Stem", "1"),
        ("Stage 4", [id for id in run.blocks if id.startswith("4.")][-1]),
        ("Head", run.blocks[-1]),
    ]:
        strongest = abs(run.activations[block]).mean(axis=(1, 2))
        told = step(page, name)
        assert set(told) == set((-strongest).argsort()[:4].tolist())
        for channel, number in told.items():
            assert number == pytest.approx(float(strongest[channel]), rel=6e-3)
    told = step(page, "Answer")
    best = ev.predict(model, photo)[0]
    assert f"{best.label}: {best.probability:.1%}" in said(page)
    pooled, weights = run.activations[run.blocks[-1]].mean(axis=(1, 2)), model.network.classifier.weight[best.index]
    for channel, number in told.items():
        assert number == pytest.approx(float(pooled[channel] * weights[channel]), rel=6e-3)


def test_it_plays_and_pauses(open_page):
    page = open_page("architecture", variant="lite0", block="4.2", travel="true")
    expect(page.locator(f"{FILM} .play")).to_have_text("Pause")
    expect(page.locator(f"{FILM} canvas")).to_be_in_viewport(ratio=0.95)
    expect(page.locator(f"{FILM} .film[data-scene='expand']")).to_be_visible()
    page.locator(f"{FILM} .time").focus()
    page.keyboard.press("Space")
    expect(page.locator(f"{FILM} .play")).to_have_text("Play")
    at = page.locator(f"{FILM} .time").input_value()
    page.wait_for_timeout(300)
    assert page.locator(f"{FILM} .time").input_value() == at
    painted = page.locator(f"{FILM} canvas").evaluate(
        "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )
    assert painted > 50


QUICK = "const frame = requestAnimationFrame; window.requestAnimationFrame = told => frame(now => told(5 * now))"
FRAME = """async ([file, at]) => {
  const video = document.createElement("video"), canvas = document.createElement("canvas")
  video.src = `data:video/webm;base64,${file}`
  await new Promise(done => { video.onloadeddata = done })
  await new Promise(done => { video.onseeked = done; video.currentTime = at })
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext("2d", { willReadFrequently: true })
  context.drawImage(video, 0, 0)
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data
  return [canvas.width, canvas.height, pixels[0], new Set(pixels).size]
}"""


def test_it_is_saved_as_a_video(browser: Browser, app_url: str, settle):
    """Five times as fast as for people, so that nobody waits for the whole film."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, reduced_motion="reduce", accept_downloads=True)
    page.add_init_script(QUICK)
    page.goto(f"{app_url}/architecture?variant=shapes_no_se&block=2.1&travel=true", wait_until="domcontentloaded")
    settle(page)
    save = page.locator(f"{FILM} .save")
    save.click()
    expect(save).to_have_text(re.compile(r"Stop saving \([1-9]\d?% done\)"))
    save.click()
    expect(save).to_have_text(re.compile(r"Save as video \(takes \d\d s\)"))
    with page.expect_download() as download:
        save.click()
    assert download.value.suggested_filename == "shapes_no_se-2.1.webm"
    file = download.value.path().read_bytes()
    assert 50_000 < len(file) < 8_000_000
    width, height, corner, shades = page.evaluate(FRAME, [base64.b64encode(file).decode(), 1.5])
    assert (width, height) == (1280, 720) and corner > 240 and shades > 100
    page.close()


@pytest.mark.parametrize(
    ("path", "query"), [("", {}), ("compare", {"left": "lite0", "right": "b0", "opened_block": "4.2"})]
)
def test_one_click_leads_to_it(open_page, settle, path, query):
    page = open_page(path, **query)
    page.get_by_role("link", name="Watch the photo travel").first.click()
    expect(page.locator(f"{FILM} .play")).to_have_text("Pause")
    settle(page)
    expect(page.locator(f"{FILM} canvas")).to_be_in_viewport(ratio=0.95)
    assert "EfficientNet-Lite0" in page.locator(f"{FILM} canvas").get_attribute("aria-label")


TITLE_INK = """canvas => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, 30).data, red = []
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 250) red.push(pixels[at])
  return red.reduce((sum, one) => sum + one, 0) / red.length
}"""


def test_it_is_drawn_again_in_the_colours_of_another_theme(browser: Browser, app_url: str, settle):
    page = browser.new_page(viewport={"width": 1366, "height": 768}, reduced_motion="reduce", color_scheme="light")
    page.goto(f"{app_url}/lessons?variant=shapes&lesson=4", wait_until="domcontentloaded")
    settle(page)
    canvas = page.locator(f"{FILM} canvas")
    assert canvas.evaluate(TITLE_INK) < 80
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert canvas.evaluate(TITLE_INK) > 170
    page.close()


MEASURED = """window.smallest = Infinity
const write = CanvasRenderingContext2D.prototype.fillText
CanvasRenderingContext2D.prototype.fillText = function (...told) {
  window.smallest = Math.min(window.smallest, parseFloat(this.font.match(/([\\d.]+)px/)[1]))
  return write.apply(this, told)
}"""
SMALLEST = """time => {
  window.smallest = Infinity
  for (let at = 0; at < Number(time.max); at += 0.999) {
    time.value = at
    time.dispatchEvent(new Event("input"))
  }
  return window.smallest
}"""


@pytest.mark.parametrize(("width", "stage", "least"), [(390, 0, 11), (1024, 0, 14), (1366, 1, 18)])
def test_its_words_can_be_read(browser: Browser, app_url: str, settle, width, stage, least):
    page = browser.new_page(viewport={"width": width, "height": 768}, reduced_motion="reduce")
    page.add_init_script(MEASURED)
    page.goto(f"{app_url}/lessons?variant=shapes&lesson=3&stage={stage}", wait_until="domcontentloaded")
    settle(page)
    assert least <= page.locator(f"{FILM} .time").evaluate(SMALLEST) < 40
    page.close()
