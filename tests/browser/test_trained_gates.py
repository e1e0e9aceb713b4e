"""From a button to trained gates on one's own photo, in a browser: the weights come from a server of this test."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from effnet_viz.network import build
from tests.browser.conftest import ROOT, serve

# The app as it is, but for where B0's weights lie and what their file hashes to.
SCRIPT = """
import dataclasses, os, sys
os.environ.update({caches!r})
sys.path.insert(0, {root!r})
import streamlit as st
from effnet_viz.weights import catalogue

published = catalogue._torchvision

def from_this_test(variant):
    for one in published(variant):
        yield dataclasses.replace(one, url={url!r} + "/" + one.filename, sha256={sha!r}) if variant == "b0" else one

catalogue._torchvision = from_this_test

from effnet_viz.ui.navigation import MAIN_SCRIPT
app = st.App(MAIN_SCRIPT)
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as torchvision publishes it, with parameters that open and close gates."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(3)
    network = build("b0")
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if ".se." in name:
                parameter.normal_(0, 0.6)
    torch.save(network.state_dict(), folder / "b0.pth")
    return folder / "b0.pth"


class Served(http.server.SimpleHTTPRequestHandler):
    """Gives the one file, whatever its published name."""

    def do_GET(self) -> None:
        self.path = "/b0.pth"
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


def start(folder: Path, weights: Path, url: str) -> tuple:
    """The app, with empty caches in a folder, and B0's weights at this address."""
    caches = {"TORCH_HOME": str(folder / "torch"), "HF_HOME": str(folder / "hub")}
    sha = hashlib.sha256(weights.read_bytes()).hexdigest()
    script = folder / "app.py"
    script.write_text(SCRIPT.format(caches=caches, root=str(ROOT), url=url, sha=sha))
    return serve(script, folder / "log.txt")


@pytest.fixture
def with_server(weights: Path, tmp_path: Path) -> Iterator[str]:
    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=str(weights.parent)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    server, url = start(tmp_path, weights, f"http://127.0.0.1:{files.server_port}")
    yield url
    server.terminate()
    server.wait(timeout=20)
    files.shutdown()


@pytest.fixture
def without_server(weights: Path, tmp_path: Path) -> Iterator[str]:
    server, url = start(tmp_path, weights, "http://127.0.0.1:9")
    yield url
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    Image.radial_gradient("L").convert("RGB").save(path)
    return path


def test_one_click_brings_trained_gates_to_ones_own_photo(with_server: str, portrait: Path, page: Page, settle):
    page.goto(f"{with_server}/se_attention")
    settle(page)
    page.locator(".st-key-photo_source").get_by_text("Upload", exact=True).click()
    settle(page)
    page.locator(".st-key-photo_upload input[type=file]").set_input_files(portrait)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_text("all gates of EfficientNet-B0 on “portrait.png”")).to_be_visible(timeout=60_000)
    settle(page)
    expect(page.get_by_text("These parameters are untrained")).to_have_count(0)
    expect(page.locator(".st-key-gate_wall button")).to_have_count(12)
    assert page.locator(".st-key-gate_wall button").first.bounding_box()["y"] < 700, "below the first screen"


def test_weights_that_are_here_are_used_unasked_with_a_way_back(with_server: str, page: Page, settle):
    page.goto(f"{with_server}/")
    settle(page)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_role("button", name="Download EfficientNet-B0")).to_have_count(0, timeout=60_000)
    page.goto(f"{with_server}/se_attention?variant=lite0&photo=chelsea")
    settle(page)
    expect(page.get_by_text("EfficientNet-Lite0 has no gates, so this page shows EfficientNet-B0")).to_be_visible()
    expect(page.get_by_text("on “Chelsea the cat”")).to_be_visible()
    page.get_by_role("button", name="Back to EfficientNet-Lite0").click()
    expect(page.get_by_text("None of the 16 blocks of EfficientNet-Lite0")).to_be_visible()


def test_a_failed_download_is_a_sentence_and_the_shapes_network_stays(without_server: str, page: Page, settle):
    page.goto(f"{without_server}/se_attention")
    settle(page)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_text("cannot be reached; is there a network?")).to_be_visible()
    expect(page.get_by_text("all gates of Shapes")).to_be_visible()
    page.get_by_role("button", name="Choose the shapes network").click()
    expect(page.get_by_text("None of the 16 blocks")).to_have_count(0)
