"""One file that opens anywhere: opened from disk in Chromium with no network, with the library's numbers in it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

import effnet_viz as ev
from effnet_viz.command_line.commands import main
from effnet_viz.draw.palette import BLUE, RED
from effnet_viz.explain.faithfulness import faithfulness
from effnet_viz.home import HOME
from effnet_viz.reports import ReportSettings
from effnet_viz.reports.write import html_of, settings_in

KOALA = HOME / "assets" / "photos" / "koala.jpg"
SETTINGS = ReportSettings(photo=str(KOALA), model="shapes", methods=("grad_cam", "layer_cam"), gates=2)


@pytest.fixture(scope="module")
def shapes():
    return ev.load("shapes")


@pytest.fixture(scope="module")
def made(shapes, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    return path, ev.report(shapes, ev.open_photo(KOALA), path, settings=SETTINGS)


def test_its_numbers_are_the_librarys(made, shapes):
    path, findings = made
    photo = ev.open_photo(KOALA)
    evidence = ev.grad_cam(shapes, photo)
    np.testing.assert_allclose(findings.evidence["grad_cam"].values, evidence.values, rtol=1e-4, atol=1e-6)
    best = ev.predict(shapes, photo)[0]
    page = path.read_text(encoding="utf-8")
    for colour in (RED, BLUE):  # the lines of the map's order and of the centre's
        assert f'stroke="{colour}"' in page
    assert f"<td>{best.label}</td><td>{best.probability:.2%}</td><td>{best.logit:.3f}</td>" in page
    checked = faithfulness(shapes, findings.run, evidence)
    assert f"<td>{checked.deletion['map'].area:.3f}</td>" in page
    first = ev.gate_wall(shapes, photo, 2).moved[0]
    assert f"<td>{first.block}, channel {first.channel}</td><td>{first.gate:.3f}</td>" in page
    assert path.stat().st_size < 3e6


@pytest.mark.slow
def test_it_opens_from_disk_without_the_network(made):
    path, findings = made
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        asked, told = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(path.as_uri())
        images = page.locator("img").evaluate_all("all => all.map(one => [one.complete, one.naturalWidth, one.alt])")
        assert len(images) == 1 + 2 + 2 and all(complete and width > 100 and alt for complete, width, alt in images)
        assert page.locator("svg").count() == 1 + len(findings.trust)
        numbers = json.loads(page.locator("#numbers").inner_text() or page.locator("#numbers").text_content())
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        pdf = page.pdf(format="A4")
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == [] and told == []
    assert numbers["predictions"][0]["label"] == findings.predictions[0].label
    assert width[0] <= width[1] and pdf.startswith(b"%PDF")


def test_the_settings_inside_make_the_same_numbers_again(made, tmp_path, capsys):
    path, findings = made
    assert main(["report", "--from", str(path), "--out", str(tmp_path / "again.html"), "--json"]) == 0
    again, before = json.loads(capsys.readouterr().out), json.loads(json.dumps(findings.numbers()))
    assert again["predictions"][0]["label"] == before["predictions"][0]["label"]
    for name in before["evidence"]:
        np.testing.assert_allclose(again["evidence"][name], before["evidence"][name], rtol=1e-4, atol=1e-6)
    assert again["trust"]["grad_cam"]["deletion"] == pytest.approx(before["trust"]["grad_cam"]["deletion"], rel=1e-4)
    assert [gate["channel"] for gate in again["gates"]] == [gate["channel"] for gate in before["gates"]]
    assert settings_in((tmp_path / "again.html").read_text()) == SETTINGS


def test_words_from_outside_are_never_markup(shapes, tmp_path):
    names = tuple(f"<script>alert({index})</script>" for index in range(len(shapes.class_names)))
    evil = dataclasses.replace(shapes, class_names=names)
    photo = dataclasses.replace(ev.open_photo(KOALA), name='"><img src=x onerror=alert(1)>.jpg')
    asked = ReportSettings(photo=photo.name, model="</script><b>", gates=1, trust=False)
    page = html_of(ev.report(evil, photo, tmp_path / "evil.html", settings=asked))
    assert "<script>alert" not in page and "<img src=x" not in page and "</script><b>" not in page
    assert settings_in(page) == asked


def test_a_network_without_gates_says_so(tmp_path):
    model = ev.load("shapes_no_se")
    asked = ReportSettings(photo=str(KOALA), model="shapes_no_se", trust=False)
    ev.report(model, ev.open_photo(KOALA), tmp_path / "plain.html", settings=asked)
    assert "has no squeeze-and-excitation" in (tmp_path / "plain.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report"], "No photo is given"),
        (["report", str(KOALA), "--model", "shapes", "--method", "tea_leaves"], "method is 'tea_leaves'"),
        (["report", "--from", "broken.json"], "not the settings of a report"),
        (["report", "--from", "strange.json"], "no setting is called colour"),
        (["report", "--from", "missing.json"], "missing.json"),
    ],
)
def test_what_is_wrong_is_one_sentence(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    Path("strange.json").write_text('{"photo": "a.jpg", "model": "b0", "colour": "red"}')
    assert main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line and not Path("report.html").exists()
