"""A checkpoint of another library, dropped into the sidebar, opens as what it is."""

from __future__ import annotations

import io
from pathlib import Path

import timm
import torch
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def open_app() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    return app


def test_a_fine_tuned_network_of_timm_opens_with_its_variant_and_names():
    buffer = io.BytesIO()
    torch.save({"state_dict": timm.create_model("efficientnet_b0", num_classes=3).state_dict()}, buffer)
    app = open_app()
    app.file_uploader(key="checkpoint_names_upload").upload("names.txt", b"cat\ndog\nowl\n", "text/plain")
    app.file_uploader(key="checkpoint_upload").upload("mine.pth", buffer.getvalue(), "application/octet-stream")
    app.run()
    assert not app.exception
    assert app.session_state["variant"] == "checkpoint"
    assert "EfficientNet-B0" in app.title[0].value
    assert set(app.dataframe[0].value.iloc[:, 0]) == {"cat", "dog", "owl"}
    app.number_input(key="checkpoint_resolution").set_value(128).run()
    assert not app.exception
    assert any("128×128" in caption.value for caption in app.caption)


def test_a_file_that_is_no_checkpoint_is_one_sentence():
    app = open_app()
    app.file_uploader(key="checkpoint_upload").upload("notes.pth", b"these are my notes", "application/octet-stream")
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.selectbox(key="variant").value == "checkpoint"


def test_the_table_of_weights_names_every_set_of_the_variant():
    app = open_app()
    app.selectbox(key="variant").set_value("b1").run()
    table = next(one.value for one in app.dataframe if "Resolution" in one.value.columns)
    assert len(table) >= 7
    assert {"torchvision, IMAGENET1K_V1", "torchvision, IMAGENET1K_V2"} <= set(table["Weights"])
