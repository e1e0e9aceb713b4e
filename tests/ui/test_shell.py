"""The shell of the app: navigation, the pickers of the sidebar, and the overview they lead to."""

from __future__ import annotations

import importlib
import io
import json
from pathlib import Path

import numpy
import pytest
from PIL import Image
from streamlit.elements.lib import image_utils
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import list_variants
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session import byte_cache, models_and_runs
from effnet_viz.ui.session.byte_cache import ByteCache

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=TIMEOUT_S)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def titles(app: AppTest) -> str:
    return " ".join(title.value for title in app.title)


def answer(app: AppTest) -> dict[str, float]:
    """What the overview answers, as it stands on the screen: class to probability."""
    sent = next(part.proto.json for part in app.get("bidi_component") if '"changed"' in part.proto.json)
    return {one["label"]: one["now"] for one in json.loads(sent)["classes"]}


def top_class(app: AppTest) -> str:
    return next(iter(answer(app)))


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=95)
    return buffer.getvalue()


def test_after_an_untrained_network_the_next_one_has_its_own_weights():
    """B0 without trained weights on the machine made an untrained Lite0 of the next choice, without a word."""
    app = open_app(variant="b0")
    assert app.selectbox(key="weights").value == "untrained"
    app.selectbox(key="variant").set_value("lite0").run()
    assert app.selectbox(key="weights").value != "untrained" and top_class(app) == "espresso"
    app.selectbox(key="weights").set_value("untrained").run()
    app.run()
    assert app.selectbox(key="weights").value == "untrained"  # this one was asked for


def test_the_first_screen_has_a_photo_an_answer_and_evidence():
    app = open_app()
    assert "EfficientNet-Lite0" in titles(app)
    assert top_class(app) == "espresso"
    shown = list(answer(app).values())
    assert shown[0] == pytest.approx(0.95, abs=0.02)
    assert shown == sorted(shown, reverse=True)


def test_the_address_chooses_photo_and_network():
    app = open_app(photo="chelsea", variant="lite1")
    assert "EfficientNet-Lite1 looks at “Chelsea the cat”" in titles(app)
    assert top_class(app) in ("tiger cat", "Egyptian cat", "tabby")


def test_nonsense_in_the_address_falls_back_to_the_defaults():
    app = open_app(photo="nothing", variant="b99", weights="stolen")
    assert "EfficientNet-Lite0 looks at “Cup of espresso”" in titles(app)


def test_every_variant_is_offered():
    app = open_app()
    assert set(app.selectbox(key="variant").options) >= {"EfficientNet-B0", "EfficientNet-L2", "EfficientNetV2-S"}
    assert len(app.selectbox(key="variant").options) == len(list_variants())


def test_an_untrained_network_says_so():
    app = open_app(variant="b0", weights="untrained")
    assert any("untrained" in warning.value for warning in app.warning)


def test_weights_that_are_elsewhere_are_offered_for_download():
    app = open_app(variant="b0", weights="torchvision-v1")
    assert any(button.label.startswith("Download") for button in app.button)


def test_an_uploaded_photo_is_classified():
    app = open_app()
    photo = Image.open(ROOT / "assets" / "photos" / "camera.png").convert("RGB")
    app.segmented_control(key="photo_source").set_value("Upload").run()
    app.file_uploader(key="photo_upload").upload("mine.jpg", jpeg(photo), "image/jpeg")
    app.run()
    assert not app.exception
    assert "mine.jpg" in titles(app)
    assert top_class(app) == "tripod"


def test_a_broken_upload_is_one_sentence_and_the_page_goes_on():
    app = open_app()
    app.segmented_control(key="photo_source").set_value("Upload").run()
    app.file_uploader(key="photo_upload").upload("broken.jpg", b"\xff\xd8\xff not a photo", "image/jpeg")
    app.run()
    assert not app.exception
    assert any("broken.jpg" in error.value for error in app.error)
    assert "Cup of espresso" in titles(app)


def test_a_photo_of_one_colour_does_no_harm():
    app = open_app()
    app.segmented_control(key="photo_source").set_value("Upload").run()
    app.file_uploader(key="photo_upload").upload(
        "grey.png", jpeg(Image.fromarray(numpy.full((40, 60, 3), 127, numpy.uint8))), "image/png"
    )
    app.run()
    assert not app.exception
    assert "grey.png" in titles(app)


def test_the_shapes_network_brings_its_own_pictures():
    app = open_app(variant="shapes")
    assert "Shapes looks at" in titles(app)
    app.button[-1].click().run()
    assert not app.exception
    assert "Shapes looks at" in titles(app)


PAGES = {
    "overview": "looks at",
    "architecture": "Net-Lite0",
    "compare": "Compare",
    "scaling": "Scaling laboratory",
    "feature_maps": "Feature maps",
    "se_attention": "SE attention",
    "evidence": "Class evidence",
    "train": "Train one",
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("variant", ["lite0", "shapes"])
def test_every_page_runs_with_and_without_se_inside_the_app(page: str, variant: str, monkeypatch):
    def encode_again(*args, **kwargs):
        raise AssertionError("Streamlit makes a picture anew that was ready to be sent.")

    monkeypatch.setattr(image_utils, "_pil_to_bytes", encode_again)
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=TIMEOUT_S)
    app.query_params["variant"] = variant
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    expected = PAGES[page] if variant == "lite0" else PAGES[page].replace("Net-Lite0", "Shapes")
    assert expected in titles(app)
    assert app.selectbox(key="variant").value == variant


@pytest.mark.parametrize("query", [{"variant": "l2"}, {"variant": "custom", "custom": "w0.25-d20-r3000-official"}])
def test_a_very_large_network_is_asked_about_with_its_size(query: dict[str, str]):
    """Also a narrow one for huge pictures, and when an address asks: it filled a server of 4 GB without a click."""
    app = open_app(**query)
    assert any("GB of memory" in error.value for error in app.error)
    assert any(button.label.startswith("Allocate") and "GB" in button.label for button in app.button)


def test_a_bundled_photo_that_is_missing_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.import_module("effnet_viz.images.samples"), "PHOTOS", tmp_path)
    monkeypatch.setattr(byte_cache, "CACHE", ByteCache(10**8))
    monkeypatch.setattr(models_and_runs, "CACHE", ByteCache(10**8))
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=TIMEOUT_S).run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "The bundled photo coffee.png is missing: restore the folder assets/photos."
    ]
