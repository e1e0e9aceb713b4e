"""The evidence page: a view at once, every choice in the address, no run for a look, sentences for bad input."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from effnet_viz.explain import Model, Provenance, capture
from effnet_viz.explain.methods import METHODS, evidence
from effnet_viz.explain.pointing_game import pointing
from effnet_viz.images import Preprocessing, open_photo, open_sample
from effnet_viz.loading import load
from effnet_viz.network import build, for_inference
from effnet_viz.training.tasks import held_out
from effnet_viz.ui.evidence import computed, known_truth
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.widgets import clickable_images, slow_work

ROOT = Path(__file__).parents[2]


def open_page(before: Callable[[], None] = lambda: None, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=180)
    before()
    app.query_params.update(query)
    app.switch_page(page_path("evidence")).run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.info, app.error, app.warning, app.caption, app.header)
    return " ".join(element.value for kind in kinds for element in kind)


@pytest.fixture
def shown(monkeypatch):
    """Let the page show a network and a photo of the test's own."""

    def show(network: torch.nn.Module, photo, side: int, key: str) -> AppTest:
        model = Model(
            spec=network.spec,
            network=for_inference(network.eval()),
            device="cpu",
            key=key,
            preprocessing=Preprocessing(
                resize=side, crop=side, interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3
            ),
            class_names=tuple(f"class {index}" for index in range(network.spec.num_classes)),
            provenance=Provenance(kind="untrained", label="random"),
        )
        return open_page(
            before=lambda: monkeypatch.setattr(chosen, "chosen_run", lambda: (model, photo, capture(model, photo)))
        )

    return show


def test_the_page_opens_on_the_most_probable_class():
    app = open_page()
    assert "why espresso?" in words(app)
    assert app.selectbox(key="target").value == "auto" and app.selectbox(key="layer").value == "9"
    assert not app.error


def test_one_click_on_a_top_class_and_a_second_class():
    app = open_page()
    app.button_group(key="top_class").set_value(968).run()
    assert "why cup?" in words(app) and app.selectbox(key="target").value == "968"
    app.selectbox(key="rather_than").set_value("967").run()
    assert "why cup rather than espresso?" in words(app)
    app.selectbox(key="rather_than").set_value("968").run()
    assert "cannot be compared with itself" in words(app) and "why cup?" in words(app)


def test_the_address_makes_the_view_and_nonsense_in_it_does_no_harm():
    app = open_page(target="504", layer="6.1", method="layer_cam")
    assert "LayerCAM: why coffee mug?" in words(app) and app.selectbox(key="layer").value == "6.1"
    app = open_page(target="5000", layer="12.7", method="magic", rather_than="-3")
    assert "Grad-CAM: why espresso?" in words(app)


def test_looks_run_no_network():
    app = open_page()
    calls: list[str] = []
    handle = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda module, given: calls.append(type(module).__name__)
    )
    try:
        app.slider(key="opacity").set_value(80)
        app.slider(key="threshold").set_value(40)
        app.toggle(key="contour").set_value(True)
        app.toggle(key="box").set_value(True)
        app.selectbox(key="colours").set_value("viridis")
        app.run()
    finally:
        handle.remove()
    assert not app.exception and calls == []


def test_what_a_network_cannot_have_is_explained():
    app = open_page(part="Side by side")
    assert "uses ReLU6, which Captum's guided" in words(app)
    assert "no squeeze-and-excitation" in words(app)


def test_untrained_weights_are_labelled():
    assert "untrained" in " ".join(text.value for text in open_page(variant="b0", weights="untrained").warning)


def test_by_hand_begins_with_a_box_and_three_numbers():
    said = words(open_page(part="By hand"))
    assert "Hidden:" in said and "at random" in said and "espresso: 95" in said and "% →" in said


def test_by_hand_shows_the_seen_part_of_a_panorama_and_its_box_is_where_it_is_drawn(monkeypatch):
    photo = open_photo(open_sample("coffee").image.resize((1500, 300)))
    monkeypatch.setattr(chosen, "chosen_photo", lambda: photo)
    pictures: dict[str, bytes] = {}
    monkeypatch.setattr(
        clickable_images, "picture_address", lambda picture, place: pictures.setdefault(place, picture) and place
    )
    app = open_page(part="by_hand")
    sent = next(part.proto.json for part in app.get("bidi_component") if "to draw boxes on" in part.proto.json)
    shown = json.loads(sent)
    picture = Image.open(io.BytesIO(pictures[shown["picture"]]))
    assert picture.width == pytest.approx(picture.height, rel=0.02)  # the network sees a square
    (box,) = shown["drawn"]
    hidden = (box["right"] - box["left"]) * (box["bottom"] - box["top"])
    said = int(re.search(r"Hidden: \*\*(\d+)%", words(app)).group(1))
    assert 0 < said < 100 and said == pytest.approx(100 * hidden, abs=2)


@pytest.mark.slow
def test_drawn_pictures_are_held_against_their_truth():
    assert "The truth is known here" in words(open_page(variant="shapes", part="Can it be trusted?"))


@pytest.mark.slow
def test_the_truth_of_every_method_is_measured_and_kept(monkeypatch):
    monkeypatch.setattr(known_truth, "PICTURES", 3)
    names = ("grad_cam", "layer_cam", "occlusion")
    monkeypatch.setattr(known_truth, "METHODS", {name: METHODS[name] for name in names})
    monkeypatch.setattr(slow_work, "PATIENCE", 0.0)
    app = open_page(variant="shapes", weights="majority", part="Can it be trusted?")
    assert "Every method explains the true class" in words(app)
    app.button(key="start_truth").click().run()
    assert not app.exception
    said = re.search(r"\*\*([^*]+)\*\* puts most of its evidence on the shape, \*\*(\d+)%", words(app))
    by_hand = {}
    model = load("shapes", weights="majority", device="cpu")
    drawn = next(iter(held_out("majority", 3)))
    for name in names:
        by_hand[METHODS[name].title] = float(
            np.mean(
                [
                    pointing(evidence(model, drawn_pictures.photo_of(pixels, ""), name, target=int(label)), mask).inside
                    for pixels, label, mask in zip(drawn.pixels, drawn.labels, drawn.masks, strict=True)
                ]
            )
        )
    best = max(by_hand, key=by_hand.get)
    assert said[1] == best and int(said[2]) == round(100 * by_hand[best])
    app.run()
    assert not [button for button in app.button if button.key == "start_truth"]


def test_broken_weights_are_one_sentence(shown):
    network = build("lite0", num_classes=4)
    with torch.no_grad():
        network.classifier.weight[0] = float("nan")
    assert "not numbers" in words(shown(network, open_sample("coffee"), 64, "broken"))


def test_a_single_cell_is_one_sentence(shown):
    torch.manual_seed(0)
    assert "single cell" in words(shown(build("lite0", num_classes=4), open_sample("coffee"), 32, "tiny"))


def test_an_all_negative_map_is_shown_signed(shown):
    network = build("lite0", num_classes=2)
    with torch.no_grad():
        network.classifier.weight.fill_(-1.0)
    assert "every value is negative" in words(shown(network, open_sample("coffee"), 64, "negative"))


def test_a_photo_of_one_colour_is_no_trouble(shown):
    torch.manual_seed(0)
    app = shown(build("lite0", num_classes=4), open_photo(Image.new("RGB", (90, 60), (10, 90, 200))), 64, "plain")
    assert not app.error


def test_settings_say_how_to_make_the_picture_again():
    from effnet_viz.draw.evidence_pictures import EvidenceStyle
    from effnet_viz.loading import load

    model, photo = load("lite0", device="cpu"), open_sample("coffee")
    run = capture(model, photo)
    asked = computed.EvidenceRequest(model=model, photo=photo, run=run, target=967, against=None, layer="9")
    said = json.loads(computed.settings(asked, "grad_cam", EvidenceStyle(opacity=0.4)))
    assert (said["class"], said["method"], said["look"]["opacity"]) == ("espresso", "grad_cam", 0.4)
    assert said["photo_sha256"] == photo.digest


@pytest.mark.parametrize(("seconds", "said"), [(0.3, "about a second"), (12.4, "about 12 s"), (200, "about 3 min")])
def test_estimates_are_for_people(seconds, said):
    assert slow_work.duration(seconds) == said
