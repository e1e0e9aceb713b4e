"""The page of feature maps: something to see at once, every choice in the address, no network run for a colour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path

ROOT = Path(__file__).parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params.update(query)
    app.switch_page(page_path("feature_maps")).run()
    assert not app.exception, app.exception
    return app


@contextmanager
def counted_modules() -> Iterator[list[str]]:
    """Names of the modules that run meanwhile, whichever network they belong to."""
    calls: list[str] = []
    handle = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda module, inputs: calls.append(type(module).__name__)
    )
    try:
        yield calls
    finally:
        handle.remove()


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_the_page_opens_on_a_block_with_its_channels():
    app = open_page()
    assert app.title[0].value == "Feature maps"
    assert app.session_state["block"] == "4.2"
    assert "own range" in captions(app) and "of 240 channels are near zero on this photo" in captions(app)
    sent = next(part.proto.json for part in app.get("bidi_component") if "What each block of" in part.proto.json)
    assert len(json.loads(sent)["tiles"]) == 19  # input, stem, 16 blocks, head
    assert not any("Block" in box.label for box in app.selectbox)  # the tiles are the choice


def test_the_address_chooses_block_step_channel_and_sort():
    app = open_page(variant="shapes", block="5.1", step="se", sort="gate", channel="7")
    assert app.session_state["block"] == "5.1"
    assert app.session_state["step"] == "se"
    assert app.selectbox(key="sort").value == "gate"
    app.query_params["view"] = "One channel"
    app.session_state["view"] = "One channel"
    app.run()
    assert not app.exception
    assert app.number_input(key="channel").value == 7


def test_nonsense_in_the_address_falls_back():
    app = open_page(block="99.9", step="fly", sort="luck")
    assert app.session_state["block"] == "4.2"
    assert app.session_state["step"] == "depthwise"
    assert app.selectbox(key="sort").value == "mean"


def test_colours_pages_and_brightness_do_not_run_the_network():
    app = open_page()
    with counted_modules() as calls:
        app.selectbox(key="map_colours").set_value("magma").run()
        app.segmented_control(key="normalise").set_value("layer").run()
        app.selectbox(key="sort").set_value("variance").run()
    assert not app.exception
    assert calls == []


def test_another_block_runs_that_block_only():
    app = open_page(photo="chelsea")
    with counted_modules() as calls:
        app.session_state["block"] = "5.3"
        app.run()
    assert not app.exception
    assert calls.count("MBConv") <= 2
    assert "EfficientNet" not in calls


@pytest.mark.parametrize("view", ["One channel", "One place"])
@pytest.mark.parametrize("variant", ["lite0", "shapes"])
def test_channel_and_place_of_every_kind_of_layer(variant, view):
    app = open_page(variant=variant)
    app.session_state["view"] = view
    for block in ("1", "2.1", "4.2", {"lite0": "9", "shapes": "7"}[variant]):
        app.session_state["block"] = block
        app.run()
        assert not app.exception, (block, app.exception)


def test_a_channel_that_a_layer_lacks_becomes_one_that_it_has():
    app = open_page(block="4.2", step="depthwise")
    app.session_state["view"] = "One channel"
    app.run()
    app.number_input(key="channel").set_value(239).run()
    app.session_state["step"] = "output"
    app.run()
    assert not app.exception
    assert 0 <= app.number_input(key="channel").value < 40


def test_untrained_parameters_are_named_in_place():
    app = open_page(weights="untrained")
    assert any("untrained" in warning.value for warning in app.warning)
