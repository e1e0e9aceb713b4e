"""A checkpoint of another library, dropped into the sidebar, opens as what it is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
import torchvision
import transformers
from efficientnet_pytorch import EfficientNet as Lukemelas
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from effnet_viz.images import Preprocessing, open_sample
from effnet_viz.loading import load_checkpoint
from effnet_viz.network import build
from effnet_viz.training.checkpoint import read_trained_checkpoint
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session import models_and_runs
from effnet_viz.weights import CheckpointError
from effnet_viz.weights.caches import ASSETS

ROOT = Path(__file__).parents[2]


def open_app() -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120).run()
    assert not app.exception
    return app


def saved(network: torch.nn.Module) -> bytes:
    buffer = io.BytesIO()
    torch.save({"state_dict": network.state_dict()}, buffer)
    return buffer.getvalue()


def bars(app: AppTest) -> dict[str, int]:
    """What the overview answers: class to percent."""
    sent = next(part.proto.json for part in app.get("bidi_component") if '"changed"' in part.proto.json)
    return {one["label"]: round(100 * one["now"]) for one in json.loads(sent)["classes"]}


@pytest.mark.slow
def test_a_fine_tuned_network_of_timm_opens_with_its_variant_and_names():
    app = open_app()
    app.file_uploader(key="checkpoint_names_upload").upload("names.txt", b"cat\ndog\nowl\n", "text/plain")
    app.file_uploader(key="checkpoint_upload").upload(
        "mine.pth", saved(timm.create_model("efficientnet_b0", num_classes=3)), "application/octet-stream"
    )
    app.run()
    assert not app.exception
    assert app.session_state["variant"] == "checkpoint"
    assert "EfficientNet-B0" in app.title[0].value
    assert set(bars(app)) == {"cat", "dog", "owl"}
    app.number_input(key="checkpoint_resolution").set_value(128).run()
    assert not app.exception
    assert any("128×128" in caption.value for caption in app.caption)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "make"),
    [
        ("EfficientNet-B1", lambda: build("b1", num_classes=4)),
        ("EfficientNet-B1", lambda: torchvision.models.efficientnet_b1(num_classes=4)),
        ("EfficientNet-B1", lambda: timm.create_model("efficientnet_b1", num_classes=4)),
        ("EfficientNet-B0", lambda: Lukemelas.from_name("efficientnet-b0", num_classes=4, image_size=224)),
        (
            "EfficientNet-B0",
            lambda: transformers.EfficientNetForImageClassification(
                transformers.EfficientNetConfig(
                    width_coefficient=1.0, depth_coefficient=1.0, num_labels=4, hidden_dim=1280
                )
            ),
        ),
    ],
    ids=["this project", "torchvision", "timm", "efficientnet-pytorch", "transformers"],
)
def test_the_app_answers_what_the_library_that_saved_the_checkpoint_answers(title, make):
    theirs = make()
    with torch.no_grad():  # statistics of a real photo, so that answers differ
        photo = open_sample("coffee")
        theirs.train()(
            Preprocessing(resize=256, crop=224, interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3)
            .tensor(photo)
            .repeat(2, 1, 1, 1)
        )
    content = saved(theirs.eval())
    app = open_app()
    app.file_uploader(key="checkpoint_upload").upload("mine.pth", content, "application/octet-stream")
    app.run()
    assert not app.exception and not app.error
    assert app.title[0].value.startswith(f"{title} looks at")
    with torch.no_grad():
        logits = theirs(load_checkpoint(content).preprocessing.tensor(photo))
    expected = getattr(logits, "logits", logits).softmax(dim=1)[0] * 100
    assert bars(app) == {f"class {index}": pytest.approx(float(value), abs=1) for index, value in enumerate(expected)}


def test_a_file_that_is_no_checkpoint_is_one_sentence_and_is_let_go_at_once(monkeypatch):
    let_go = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_file", lambda self, session, file: let_go.append((session, file))
    )
    app = open_app()
    app.file_uploader(key="checkpoint_upload").upload("notes.pth", b"these are my notes", "application/octet-stream")
    app.run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "notes.pth: This is not a PyTorch checkpoint: it is neither a torch.save file nor safetensors."
    ]
    assert app.selectbox(key="variant").value == "lite0"
    again = app.run()
    assert len(again.error) == 1
    assert "checkpoint" not in again.session_state
    assert [file for _, file in let_go] == [again.file_uploader(key="checkpoint_upload").value.file_id]


def test_a_checkpoint_on_the_server_is_copied_into_no_session(tmp_path, monkeypatch):
    (tmp_path / "theirs.pth").write_bytes(saved(timm.create_model("efficientnet_b0", num_classes=3)))
    monkeypatch.setenv("EFFNET_VIZ_CHECKPOINTS", str(tmp_path))
    app = open_app()
    app.session_state["checkpoint_resolution"] = 64
    app.selectbox(key="checkpoint_server").set_value("theirs.pth").run()
    assert not app.exception and not app.error
    assert app.session_state["variant"] == "checkpoint"
    assert app.session_state["checkpoint"].source == tmp_path / "theirs.pth"
    assert set(bars(app)) == {"class 0", "class 1", "class 2"}


def test_a_file_that_was_replaced_on_the_server_does_not_pass_for_the_one_that_was_chosen(tmp_path):
    """The digest stands for a content in the cache of all: who brings that content would get the other network."""
    first, second = (saved(build("shapes", num_classes=classes)) for classes in (2, 3))
    path = tmp_path / "theirs"
    path.write_bytes(first)
    digest = models_and_runs.digest_of_file(path)
    path.write_bytes(second)
    with pytest.raises(CheckpointError, match="theirs has changed on the server"):
        models_and_runs.checkpoint_model(digest, None, 64, "", "cpu", path.name, path, None)
    mine = models_and_runs.checkpoint_model(digest, None, 64, "", "cpu", "", first, None)
    assert (mine.spec.num_classes, mine.provenance.label.partition(",")[0]) == (2, "uploaded checkpoint")
    path.write_bytes(first)
    theirs = models_and_runs.checkpoint_model(digest, None, 64, "", "cpu", path.name, path, None)
    assert theirs.provenance.label.startswith("theirs,") and mine.provenance.label.startswith("uploaded")


def test_a_file_that_has_gone_from_the_server_is_a_sentence(tmp_path):
    with pytest.raises(CheckpointError, match="theirs is not on the server any more"):
        models_and_runs.checkpoint_model("0" * 64, None, 64, "", "cpu", "theirs", tmp_path / "theirs", None)


def test_a_network_whose_answers_are_no_numbers_is_a_sentence_on_every_page():
    """All its weights are numbers, but a variance below zero has no root; two pages drew what came, one broke."""
    shapes = read_trained_checkpoint(ASSETS / "shapes" / "shapes.safetensors")
    broken = {name: -values if name.endswith("running_var") else values for name, values in shapes.tensors.items()}
    app = open_app()
    app.session_state["checkpoint_resolution"] = 64
    app.file_uploader(key="checkpoint_upload").upload(
        "mine.safetensors", safetensors.torch.save(broken), "application/octet-stream"
    )
    for page in ("overview", "feature_maps", "se_attention", "evidence", "lessons"):
        app.switch_page(page_path(page)).run()
        assert not app.exception
        assert [error.value for error in app.error if "values that are not numbers" in error.value], page


@pytest.mark.slow
def test_the_table_of_weights_names_every_set_of_the_variant():
    app = open_app()
    app.selectbox(key="variant").set_value("b1").run()
    assert not any("Resolution" in frame.value.columns for frame in app.dataframe)  # folded, it is not sent
    app.session_state["weights_unfolded"] = True
    app.run()
    table = next(frame.value for frame in app.dataframe if "Resolution" in frame.value.columns)
    assert len(table) >= 7
    assert {"torchvision, IMAGENET1K_V1", "torchvision, IMAGENET1K_V2"} <= set(table["Weights"])
