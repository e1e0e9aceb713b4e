"""What it costs here, eight bits and the ONNX file: asked for by a click, about the network that is chosen."""

from __future__ import annotations

import importlib
import io
import json
import math
import os
from dataclasses import replace

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import effnet_viz as ev
from effnet_viz.architecture import plan, spec
from effnet_viz.draw.numbers import si
from effnet_viz.engine import machine
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.structure import costs, eight_bits
from effnet_viz.ui.widgets import slow_work
from effnet_viz.ui.widgets.estimates import Estimates
from effnet_viz.weights.memory import MemoryShortage, memory_to_quantise


@pytest.fixture(autouse=True)
def nothing_measured_yet(monkeypatch):
    CACHE.clear()
    monkeypatch.setattr(slow_work, "ESTIMATES", Estimates())  # after short measurements others would begin unasked


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params.update(query)
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label.startswith(label)).click().run()
    assert not app.exception, app.exception
    return app


def asks(app: AppTest) -> bool:
    return any(button.label.startswith("Measure here") for button in app.button)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def said(app: AppTest) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption))


@pytest.fixture
def measured(monkeypatch) -> list[tuple[str, int, int]]:
    """The networks, resolutions and batches that were measured, in few rounds."""
    module = importlib.import_module("effnet_viz.explain.profile")  # the package has a function of this name
    real, seen = module.profile, []

    def few_rounds(model, resolution, *, batch, progress):
        seen.append((model.spec.name, resolution, batch))
        return real(model, resolution, batch=batch, rounds=2, progress=progress)

    monkeypatch.setattr(module, "profile", few_rounds)
    monkeypatch.setattr(machine, "MEASURED_S", 0.05)
    monkeypatch.setattr(costs, "AT_ONCE_S", 0.0)  # a fast machine would begin unasked
    return seen


@pytest.mark.slow
def test_nothing_is_measured_before_it_is_asked_for(measured):
    app = open_page("architecture", variant="shapes", beneath="cost")
    assert measured == [] and "Roof of memory" not in metrics(app)
    click(app, "Measure here")
    assert measured == [("shapes", 64, 1)]
    assert "ONNX Runtime answered, on cpu" in said(app) and "Most time goes into block" in said(app)
    assert metrics(app)["Shapes"].endswith(" ms")
    kinds = app.dataframe[-1].value
    shown = plan("shapes")
    for kind, words in (("se", "Squeeze and excitation"), ("depthwise", "Depthwise convolution")):
        macs = sum(layer.macs for block in shown.blocks for layer in block.layers if layer.kind == kind)
        row = kinds[kinds["Kind of step"] == words].iloc[0]
        assert row["MACs"] == pytest.approx(100 * macs / shown.macs)
    app.run()
    assert len(measured) == 1
    click(app, "Measure again")
    assert len(measured) == 2


def test_batch_and_resolution_are_those_of_the_page(measured):
    click(open_page("architecture", variant="shapes", beneath="cost", batch="4", resolution="32"), "Measure here")
    assert measured == [("shapes", 32, 4)]


@pytest.mark.slow
def test_two_networks_are_measured_in_one_go(measured, monkeypatch):
    module = importlib.import_module("effnet_viz.explain.profile")
    real = module.profile

    def faster_each_time(*args, **options):
        profile = real(*args, **options)
        return replace(profile, machine=replace(profile.machine, macs_per_second=len(measured) * 1e13))

    monkeypatch.setattr(module, "profile", faster_each_time)
    app = click(open_page("compare", left="shapes", right="shapes_no_se", compared="cost"), "Measure here")
    assert [name for name, *_ in measured] == ["shapes", "shapes_no_se"]
    # A dot of the second network above what the first one reached would be a riddle.
    assert metrics(app)["Roof of arithmetic"] == f"{si(2e13)} MACs/s"
    assert "the time of Shapes here" in said(app) and "The largest difference:" in said(app)
    assert set(app.dataframe[-1].value["Network"]) == {plan(name).spec.title for name in ("shapes", "shapes_no_se")}


def test_who_chooses_another_device_is_not_shown_the_first_ones_times(measured):
    app = click(open_page("compare", left="shapes", right="shapes", compared="cost"), "Measure here")
    assert not asks(app)
    assert set(app.dataframe[-1].value["Network"]) == {"Shapes, upper", "Shapes, lower"}  # of one name, told apart
    roofs = json.loads(app.get("vega_lite_chart")[-1].proto.spec)
    assert roofs["layer"][-1]["encoding"]["shape"]["scale"]["domain"] == ["Shapes, upper", "Shapes, lower"]
    app.session_state["device"] = "cpu"
    assert asks(app.run())


@pytest.mark.slow
def test_a_network_that_is_too_large_is_not_loaded_for_it(measured):
    app = click(open_page("compare", left="b0", right="l2", compared="cost"), "Measure here")
    assert any("EfficientNet-L2 takes about" in error.value and "press Allocate" in error.value for error in app.error)


def test_who_sends_the_same_bytes_by_another_name_reads_that_name(monkeypatch):
    monkeypatch.setattr(slow_work, "AFTER_A_CLICK", math.inf)
    content = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(content, "PNG")
    for name in ("anna.png", "ben.png"):
        app = open_page("architecture", variant="shapes", beneath="onnx")
        app.session_state["photo_source"] = "Upload"
        app.session_state["own_photo"] = ev.open_photo(content.getvalue(), name=name)
        app.run()
        if name == "anna.png":
            click(app, "Prepare and check the file")
        assert f"“{name}”" in said(app)


def test_the_onnx_file_is_checked_on_the_chosen_photo(monkeypatch):
    monkeypatch.setattr(slow_work, "AFTER_A_CLICK", math.inf)  # on a busy machine it would ask once more
    app = open_page("architecture", variant="shapes", beneath="onnx", onnx_outputs="both")
    assert "Largest difference" not in metrics(app)
    click(app, "Prepare and check the file")
    assert float(metrics(app)["Largest difference"]) <= 1e-4
    shown = plan("shapes")
    assert int(metrics(app)["Outputs"]) == len(shown.blocks) + len(shown.se_blocks)  # blocks, gates, logits
    assert "was run on" in said(app)
    assert any("efficientnet_shapes.onnx" in file.label for file in app.get("download_button"))


def test_a_file_replaced_by_one_of_the_same_time_is_another_file(tmp_path):
    file = tmp_path / "photo.png"
    file.write_bytes(b"first")
    before, time = eight_bits._stamps([file]), file.stat().st_mtime_ns
    assert eight_bits._stamps([file]) == before
    file.write_bytes(b"other")
    os.utime(file, ns=(time, time))
    assert eight_bits._stamps([file]) != before


@pytest.mark.slow
def test_eight_bits_beside_lite0(monkeypatch):
    few = eight_bits.samples()[:1]
    monkeypatch.setattr(eight_bits, "samples", lambda: few)
    app = click(
        open_page("architecture", variant="shapes", beneath="eight_bits"), "Quantise, beside EfficientNet-Lite0"
    )
    assert [metric.value for metric in app.metric if metric.label == "Same class"] == ["1 of 1", "1 of 1"]
    assert "photos keep their class" in said(app) and "the fair comparison" in said(app).lower()
    assert len(app.dataframe[-1].value) == 1


# Measured with 3 photos where Lite0 took 0.38 of what it takes the usual machine.
@pytest.mark.parametrize(("name", "took"), [("lite0", 1.7), ("b0", 2.4), ("b4", 9.4), ("b7", 36.3)])
def test_eight_bits_are_foretold_with_what_no_photo_takes(name, took):
    assert 0.38 * eight_bits.usual_seconds(plan(name), 3) == pytest.approx(took, rel=0.3)


# What the process grew by at its peak, in GB, as the system told.
@pytest.mark.parametrize(("name", "took"), [("b4", 1.7), ("b6", 5.5), ("b7", 9.2)])
def test_the_memory_that_eight_bits_take(name, took):
    network = spec(name)
    assert memory_to_quantise(network, network.resolution) / 1e9 == pytest.approx(took, rel=0.2)


def test_eight_bits_ask_for_their_memory_first(monkeypatch):
    monkeypatch.setattr(eight_bits, "memory_to_quantise", lambda spec, side: 10**13)
    with pytest.raises(MemoryShortage, match=r"Shapes in eight bits needs about 10000\.0 GB of memory"):
        eight_bits._rough(ev.load("shapes", device="cpu"), None, lambda share: None)


def test_of_the_bar_of_eight_bits_each_network_has_its_share_of_the_time(monkeypatch):
    monkeypatch.setattr(eight_bits.chosen, "chosen_model", lambda: None)
    monkeypatch.setattr(eight_bits.models_and_runs, "model_of", lambda *key: None)
    monkeypatch.setattr(eight_bits, "_rough", lambda model, files, progress: [progress(0.5), progress(1.0)])
    shares: list[float] = []
    eight_bits._quantise("lite0", None, 0.8, shares.append)
    assert shares == pytest.approx([0.4, 0.8, 0.9, 1.0])


@pytest.mark.slow
def test_eight_bits_on_photos_of_ones_own(monkeypatch, tmp_path):
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(tmp_path))
    monkeypatch.setattr(slow_work, "PATIENCE", 0.0)  # so that all waits for a click
    for name in ("red", "green"):
        Image.new("RGB", (70, 90), name).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.jpg").write_text("no photo")
    (tmp_path / "empty").mkdir()
    app = open_page("architecture", variant="lite0", beneath="eight_bits", photos_from="server")
    assert "Runs 3 photos" in said(app)
    monkeypatch.setattr(eight_bits, "_counterpart", lambda: "shapes")
    click(app, "Quantise, beside Shapes")
    answers = app.dataframe[-1].value
    assert list(answers["Picture"]) == ["green.png", "red.png"]
    result = ev.quantise(ev.load("lite0"), tmp_path)
    names = ev.load("lite0").class_names
    assert list(answers["In eight bits"]) == [names[answer.after] for answer in result.answers]
    app.selectbox(key="server_folder").set_value("empty").run()
    assert not app.exception and "There are no photos here yet." in said(app)

    app.segmented_control(key="photos_from").set_value("uploads").run()
    assert not app.exception and "There are no photos here yet." in said(app)
    picture = io.BytesIO()
    Image.new("RGB", (80, 80), "blue").save(picture, format="PNG")
    app.file_uploader(key="many_photos_upload_photos_0").upload("sky.png", picture.getvalue(), "image/png")
    app.run()
    assert not app.exception and "Runs 1 photo " in said(app)
    click(app, "Quantise, beside Shapes")
    assert [name.endswith("sky.png") for name in app.dataframe[-1].value["Picture"]] == [True]
    app.switch_page(page_path("folder")).run()  # the same photos, which nobody has asked to run there
    assert not app.exception and app.segmented_control(key="photos_from").value == "uploads"
    assert any(button.label.startswith("Run EfficientNet-Lite0 on 1 photo") for button in app.button)
