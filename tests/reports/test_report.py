"""One file that opens anywhere: opened from disk in Chromium with no network, with the library's numbers in it."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
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
from effnet_viz.reports.settings import settings_in
from effnet_viz.reports.write import html_of

KOALA = HOME / "assets" / "photos" / "koala.jpg"
SETTINGS = ReportSettings(
    photo=str(KOALA), model="shapes", methods=("grad_cam", "layer_cam"), gates=2, chosen_gates=("5.2:17",)
)


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
    assert f"<td>{best.label}</td><td>{best.probability:.1%}</td><td>{best.logit:.3f}</td>" in page
    checked = faithfulness(shapes, findings.run, evidence)
    assert f"<td>{checked.deletion['map'].area:.3f}</td>" in page
    first = ev.gate_wall(shapes, photo, 2).moved[0]
    assert f"<td>{first.block}, channel {first.channel}</td><td>{first.gate:.3f}</td>" in page
    assert path.stat().st_size < 3e6


@pytest.mark.slow
def test_it_opens_from_disk_without_the_network(made, both):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    path, findings = made
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for file, images_in, drawings in (
            (path, 1 + 2 + 2 + 1, 1 + len(findings.trust)),
            (both[0], 1 + 2, 1 + 1 + 1),  # both networks' maps; their diagram, the waterfall, the gates of one
        ):
            page = browser.new_context(offline=True).new_page()
            asked, told = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, told=told: told.append(message.text))
            page.on("pageerror", lambda error, told=told: told.append(str(error)))
            page.goto(file.as_uri())
            images = page.locator("img").evaluate_all(
                "all => all.map(img => [img.complete, img.naturalWidth, img.alt])"
            )
            assert len(images) == images_in and all(complete and width > 100 and alt for complete, width, alt in images)
            assert page.locator("svg").count() == drawings
            width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert width[0] <= width[1] and page.pdf(format="A4").startswith(b"%PDF")
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == [] and told == []
            if file == path:
                numbers = json.loads(page.locator("#numbers").text_content())
                assert numbers["predictions"][0]["label"] == findings.predictions[0].label
                point = page.locator("figure[aria-label*='taken away'] svg [d]:has(> title)").first
                point.scroll_into_view_if_needed()
                box = point.bounding_box()
                under = page.evaluate(
                    "([x, y]) => document.elementFromPoint(x, y).querySelector('title')?.textContent",
                    [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
                )
                start = findings.trust["grad_cam"].deletion["map"].scores[0]
                assert f"probability: {start:.1%}" in under
        browser.close()


def test_the_pointer_reads_the_values_of_a_curve(made):
    path, findings = made
    page = path.read_text(encoding="utf-8")
    curve = findings.trust["grad_cam"].deletion["map"]
    for share, score in zip(curve.fractions, curve.scores, strict=True):
        assert f"<title>hidden: by the map\npixels: {share:.0%}\nprobability: {score:.1%}</title>" in page


def test_a_chosen_gate_has_the_librarys_evidence(made, shapes):
    path, findings = made
    (gate,) = findings.numbers()["chosen_gates"]
    evidence = ev.gate_evidence(shapes, ev.open_photo(KOALA), block="5.2", channel=17)
    np.testing.assert_allclose(gate["evidence"], evidence.values, rtol=1e-4, atol=1e-7)
    assert f"<td>5.2, channel 17</td><td>{evidence.gate:.3f}</td>" in path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def both(shapes, tmp_path_factory):
    path = tmp_path_factory.mktemp("both") / "both.html"
    asked = ReportSettings(photo=str(KOALA), model="shapes", beside="shapes_no_se", trust=False)
    plain = ev.load("shapes_no_se")
    return path, ev.comparison_report(shapes, plain, ev.open_photo(KOALA), path, settings=asked), plain


def test_two_networks_beside_each_other_are_what_each_says_alone(both, shapes):
    path, findings, plain = both
    page, photo = path.read_text(encoding="utf-8"), ev.open_photo(KOALA)
    best = ev.predict(shapes, photo)[0]
    alone = ev.grad_cam(plain, photo, best.index)  # both are asked about the first network's answer
    np.testing.assert_allclose(findings.right.evidence["grad_cam"].values, alone.values, rtol=1e-4, atol=1e-6)
    theirs = next(answer for answer in ev.predict(plain, photo, 50) if answer.label == best.label)
    assert f"<td>{best.label}</td><td>{best.probability:.1%}</td><td>{theirs.probability:.1%}</td>" in page
    sizes = [sum(values.numel() for values in ev.build(name).parameters()) for name in ("shapes", "shapes_no_se")]
    assert f"<td>Parameters</td><td>{sizes[0]:,}</td><td>{sizes[1]:,}</td>" in page
    assert findings.numbers()["difference"]["params"] == sizes[1] - sizes[0]


@pytest.mark.slow
def test_the_command_in_a_report_makes_the_same_settings(both, made, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for findings in (both[1].left, made[1]):
        assert main(shlex.split(findings.settings.command())[1:]) == 0
        assert settings_in(Path("report.html").read_text()) == findings.settings


@pytest.mark.slow
def test_another_photo_is_told(made, tmp_path, capsys):
    words = ["report", "bee", "--from", str(made[0]), "--out", str(tmp_path / "bee.html")]
    assert main(words) == 0
    assert "the numbers will differ" in capsys.readouterr().err


@pytest.mark.slow
def test_the_settings_inside_make_the_same_numbers_again(made, tmp_path, capsys):
    path, findings = made
    assert main(["report", "--from", str(path), "--out", str(tmp_path / "again.html"), "--json"]) == 0
    again, before = json.loads(capsys.readouterr().out), json.loads(json.dumps(findings.numbers()))
    assert again["predictions"][0]["label"] == before["predictions"][0]["label"]
    for name in before["evidence"]:
        np.testing.assert_allclose(again["evidence"][name], before["evidence"][name], rtol=1e-4, atol=1e-6)
    assert again["trust"]["grad_cam"]["deletion"] == pytest.approx(before["trust"]["grad_cam"]["deletion"], rel=1e-4)
    assert [gate["channel"] for gate in again["gates"]] == [gate["channel"] for gate in before["gates"]]
    assert settings_in((tmp_path / "again.html").read_text()) == findings.settings


def test_words_from_outside_are_never_markup(shapes, tmp_path):
    names = tuple(f"<script>alert({index})</script>" for index in range(len(shapes.class_names)))
    evil = dataclasses.replace(shapes, class_names=names)
    photo = dataclasses.replace(ev.open_photo(KOALA), name='"><img src=x onerror=alert(1)>.jpg')
    asked = ReportSettings(photo=photo.name, model="</script><b>", gates=1, trust=False)
    page = html_of(ev.report(evil, photo, tmp_path / "evil.html", settings=asked))
    assert "<script>alert" not in page and "<img src=x" not in page and "</script><b>" not in page
    assert settings_in(page) == dataclasses.replace(asked, photo_digest=photo.digest)


def test_a_class_name_with_a_line_break_does_not_end_a_report(tmp_path):
    """Vega takes no line break in a title: the report ended in a page of its own words."""
    names = json.dumps([f"class\n{number} \ud800\x07" for number in range(24)]).encode()
    model = ev.load_checkpoint(HOME / "assets" / "shapes" / "shapes.safetensors", class_names=names)
    findings = ev.report(model, ev.open_photo(KOALA), tmp_path / "lines.html")
    best, page = findings.predictions[0], (tmp_path / "lines.html").read_text(encoding="utf-8")
    assert best.label == f"class {best.index}" and f"for {best.label} (" in page and "\x07" not in page


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
        (["report", str(KOALA), "--model", "shapes", "--gate", "5.2"], "gate is '5.2'"),
        (["report", str(KOALA), "--model", "shapes", "--gate", "1:3"], "gate is '1:3'"),
        (["report", str(KOALA), "--model", "shapes", "--gate", "5.2:999"], "channel is 999"),
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


@pytest.mark.slow
def test_a_photo_before_a_network_of_drawn_shapes_is_named_as_unfamiliar(made, both, tmp_path, capsys):
    said = "has only ever seen drawn shapes"
    assert said in made[0].read_text(encoding="utf-8") and said in both[0].read_text(encoding="utf-8")
    assert main(["explain", str(KOALA), "--model", "shapes", "--out", str(tmp_path / "shapes")]) == 0
    assert said in capsys.readouterr().err
    assert main(["explain", str(KOALA), "--model", "lite0", "--out", str(tmp_path / "lite0")]) == 0
    assert said not in capsys.readouterr().err
