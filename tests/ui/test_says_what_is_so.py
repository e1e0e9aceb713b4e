"""What the app says of whose a network is, what it has seen and what a link cannot carry is so."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from effnet_viz.engine import part_sessions
from effnet_viz.engine.sessions import EngineError
from effnet_viz.explain import predict
from effnet_viz.explain.manual_occlusion import HandTest
from effnet_viz.home import HOME
from effnet_viz.loading import load
from effnet_viz.ui.evidence.by_hand import story
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.se_attention.overruled import Overruled, read_overruled, spelled
from effnet_viz.ui.session.byte_cache import NETWORKS
from effnet_viz.ui.session.drawn_pictures import picture


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(page_path(name)).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> list[str]:
    return [text.value for kind in ("markdown", "caption", "warning", "info", "toast") for text in getattr(app, kind)]


def test_the_watched_class_follows_the_picture_until_one_is_chosen():
    model = load("shapes", device="cpu")
    app = open_page("se_attention", variant="shapes", part="surgery")
    seen = set()
    for number in (0, 1, 2, 3):
        app.session_state["picture"] = number
        app.run()
        best = predict(model, picture(number), k=1)[0]
        assert app.session_state["watched"] == best.index and f"“{best.label}”" in app.metric[0].label
        seen.add(best.index)
    assert len(seen) > 1
    second = model.class_names.index(app.selectbox(key="watched").options[1])
    app.selectbox(key="watched").set_value(second).run()
    app.run()
    assert app.session_state["watched"] == second


def test_a_network_of_ones_own_is_called_so_with_what_it_gets_right():
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.session_state["kept_network"] = (HOME / "assets" / "shapes" / "shapes.safetensors").read_bytes()
    app.session_state["kept_wanted"] = True
    app.run()
    assert not app.exception, app.exception
    badge = next(text for text in said(app) if "trained by you" in text and "badge" in text)
    assert re.search(r"trained by you, \d\d\.\d% right on held-out pictures", badge)
    assert not any("by this project" in text for text in said(app) if "badge" in text)
    to_gates = next(link.proto for link in app.get("page_link") if link.proto.label == "See SE attention")
    assert "variant" not in to_gates.query_string  # a link chooses no other network
    app.switch_page(page_path("se_attention")).run()
    assert app.session_state["variant"] == "kept"
    assert any("These are all gates of" in text for text in said(app))


def test_of_a_photo_that_is_hidden_whole_nothing_is_said_of_its_parts():
    hidden = HandTest(share=0.97, before=0.9, by_hand=0.88, by_map=0.88, at_random=0.88)
    assert "Nearly everything is hidden" in story(hidden, 10)


def bring_a_photo(app: AppTest) -> None:
    app.segmented_control(key="photo_source").set_value("Upload").run()
    picture = io.BytesIO()
    Image.new("RGB", (80, 80), "green").save(picture, format="PNG")
    app.file_uploader(key="photo_upload").upload("koala.png", picture.getvalue(), "image/png")
    app.run()


def test_a_photo_before_a_network_of_drawn_shapes_is_named_as_unfamiliar():
    app = open_page("overview", variant="shapes")
    unfamiliar = "has only ever seen drawn shapes"
    assert any("ONNX Runtime answered." in text for text in said(app))
    assert not any(unfamiliar in text for text in said(app))
    bring_a_photo(app)
    assert sum(unfamiliar in text for text in said(app)) == 1
    assert app.query_params["photo"] == "own"
    app.switch_page(page_path("architecture")).run()
    assert not any(unfamiliar in text for text in said(app))  # where no answer is shown
    app.toggle(key="travel").set_value(True).run()
    assert sum(unfamiliar in text for text in said(app)) == 1
    app.switch_page(page_path("overview")).run()
    app.selectbox(key="variant").set_value("lite0").run()
    assert not any(unfamiliar in text for text in said(app))


def test_our_training_s_file_opened_as_anybodys_checkpoint_says_what_it_has_seen():
    app = open_page("overview")
    content = (HOME / "assets" / "shapes" / "shapes.safetensors").read_bytes()
    app.file_uploader(key="checkpoint_upload").upload("shapes.safetensors", content, "application/octet-stream")
    app.run()
    unfamiliar = "has only ever seen drawn shapes"
    assert app.session_state["variant"] == "checkpoint"
    assert any("Drawn by this project" in text for text in said(app))
    assert not any(unfamiliar in text for text in said(app))
    bring_a_photo(app)
    assert not app.exception, app.exception
    assert sum(unfamiliar in text for text in said(app)) == 1


def test_a_link_to_somebody_elses_photo_says_so():
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params["photo"] = "own"
    app.run()
    assert any("only the visitor who took or uploaded it has" in text for text in said(app))


@pytest.mark.parametrize(
    ("classes", "before", "said"),
    [
        (1000, 0.001, "hardly more than chance"),
        (1000, 0.9, "still finds the class"),
        (2, 0.55, "hardly more than chance"),
        (2, 0.9, "still finds the class"),
        (None, 0.55, "still finds the class"),
    ],
)
def test_a_class_that_was_never_found_is_not_still_found(classes, before, said):
    hidden = HandTest(share=0.3, before=before, by_hand=before, by_map=before, at_random=before)
    assert said in story(hidden, classes)


@pytest.mark.parametrize(("variant", "warned"), [("shapes", True), ("lite0", False)])
def test_many_photos_before_a_network_of_drawn_shapes_are_named_as_unfamiliar(variant, warned):
    app = open_page("folder", variant=variant)
    assert not any("drawn shapes" in text for text in said(app) if "only ever" in text)
    app.segmented_control(key="photos_from").set_value("uploads").run()
    picture = io.BytesIO()
    Image.new("RGB", (80, 80), "green").save(picture, format="PNG")
    app.file_uploader(key="many_photos_upload_photos_0").upload("koala.png", picture.getvalue(), "image/png")
    app.run()
    assert any("has only ever seen drawn shapes" in text for text in said(app)) == warned


def test_a_link_to_networks_of_another_visitor_says_so_in_compare():
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.switch_page(page_path("compare"))
    app.query_params.update(left="kept", right="checkpoint")
    app.run()
    assert sum(text.count("only the visitor who made it has") for text in said(app)) == 2


def test_costs_past_sense_are_not_written_out():
    app = open_page("scaling", phi="8", alpha="2", beta="2", gamma="2")
    assert any("more than 10,000 times that of B0" in text for text in said(app))
    assert not any(re.search(r"\d{7}", text.replace(",", "")) for text in said(app) if "predicted cost" in text)


GATES = {"2.1": 8, "10.2": 96}
MODES = ("ones", "shuffled")


@pytest.mark.parametrize(
    ("modes", "channels", "text"),
    [
        ({}, {}, None),
        ({"2.1": "ones", "10.2": "ones"}, {}, "all~ones"),
        ({"10.2": "shuffled"}, {"2.1": {3: 0.25}}, "10.2~shuffled;2.1~3=0.25"),
    ],
)
def test_what_was_done_to_gates_is_spelled_and_read(modes, channels, text):
    assert spelled(Overruled(modes=modes, channels=channels), GATES) == text
    if text:
        read = read_overruled(text, GATES, MODES)
        assert (read.value.modes, read.value.channels, read.problem) == (modes, channels, "")


@pytest.mark.parametrize("text", ["2.1~burn", "7.7~ones", "2.1~8=0.5", "2.1~1=1.5", "2.1~1=nan", "~~==;;", "x" * 5000])
def test_a_nonsense_spelling_does_nothing_and_says_so(text):
    read = read_overruled(text, GATES, MODES)
    assert not read.value.blocks and "does not have" in read.problem


def test_surgery_travels_in_the_address():
    app = open_page("se_attention", variant="shapes", part="surgery", gates_set="all~ones;3.1~2=0")
    assert any("Changed: 2.1 all open (SE off)" in text for text in said(app))
    assert any("3.1 all open (SE off), 1 channel by hand" in text for text in said(app))
    changed = app.metric[0].value
    assert app.query_params["gates_set"] == "all~ones;3.1~2=0"
    app.button(key="restore").click().run()
    assert "gates_set" not in app.query_params and app.metric[0].value != changed


def test_the_settings_of_a_training_travel_in_the_address():
    app = open_page("train", variant="shapes", train_se="false", train_width="1.5", train_minutes="3", train_seed="7")
    assert not app.toggle(key="train_se").value and app.slider(key="train_width").value == 1.5
    assert (app.slider(key="train_minutes").value, app.number_input(key="train_seed").value) == (3, 7)
    app.slider(key="train_depth").set_value(2.0).run()
    assert app.query_params["train_depth"] == "2"


@pytest.fixture
def no_onnx_runtime(monkeypatch):
    def missing():
        raise EngineError("ONNX Runtime cannot be loaded (No module named 'onnxruntime').")

    monkeypatch.setattr(part_sessions, "onnx_runtime", missing)
    NETWORKS.clear()
    yield
    NETWORKS.clear()


@pytest.mark.slow
def test_where_onnx_runtime_is_missing_pages_say_that_pytorch_answers(no_onnx_runtime):
    for page in ("overview", "evidence", "lessons", "folder"):
        words = said(open_page(page, variant="shapes"))
        assert sum("PyTorch answers here. ONNX Runtime cannot be loaded" in text for text in words) == 1, page
        assert not any("ONNX Runtime answered" in text for text in words)
    assert not any("PyTorch answers" in text for text in said(open_page("architecture", variant="shapes")))
