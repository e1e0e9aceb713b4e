"""From a button to trained gates on one's own photo, in a browser: the weights come from a server of this test."""

from __future__ import annotations

import hashlib
import http.server
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from effnet_viz.network import build
from effnet_viz.weights.catalogue import weight_sets
from tests.browser.conftest import ROOT, serve

LONG_MS = 60_000

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


@dataclass(frozen=True)
class Place:
    """The app, where its caches are, and the port of the weights' server, which may or may not be there."""

    url: str
    checkpoints: Path
    port: int

    def forget(self) -> None:
        """As if nothing had ever been downloaded."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)


@pytest.fixture(scope="module")
def place(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("caches")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    caches = {"TORCH_HOME": str(folder / "torch"), "HF_HOME": str(folder / "hub")}
    sha = hashlib.sha256(weights.read_bytes()).hexdigest()
    script = folder / "app.py"
    script.write_text(SCRIPT.format(caches=caches, root=str(ROOT), url=f"http://127.0.0.1:{port}", sha=sha))
    server, url = serve(script, folder / "log.txt")
    yield Place(url, folder / "torch" / "hub" / "checkpoints", port)
    server.kill()
    server.wait()


@pytest.fixture
def unreachable(place: Place) -> str:
    """The app's URL; the weights are nowhere."""
    place.forget()
    return place.url


@pytest.fixture
def offered(place: Place, weights: Path) -> Iterator[str]:
    """The app's URL; the weights can be downloaded."""
    place.forget()
    files = http.server.ThreadingHTTPServer(("127.0.0.1", place.port), partial(Served, directory=str(weights.parent)))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    yield place.url
    files.shutdown()
    files.server_close()


@pytest.fixture
def downloaded(place: Place, weights: Path) -> str:
    """The app's URL; the weights are on this machine."""
    place.checkpoints.mkdir(parents=True, exist_ok=True)
    for published in weight_sets("b0"):
        if published.kind == "torchvision":
            shutil.copy(weights, place.checkpoints / published.filename)
    return place.url


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    Image.radial_gradient("L").convert("RGB").resize((300, 400)).save(path)
    return path


def test_a_failed_download_is_a_sentence_and_the_shapes_network_stays(unreachable: str, page: Page, settle):
    page.goto(f"{unreachable}/se_attention")
    settle(page)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_text("cannot be reached; is this machine on the internet?")).to_be_visible()
    expect(page.get_by_text("all gates of this project's own small network")).to_be_visible()
    page.get_by_role("button", name="Choose the shapes network").click()
    expect(page.get_by_text("None of the 16 blocks")).to_have_count(0)


def test_one_click_brings_trained_gates_to_ones_own_photo(offered: str, portrait: Path, page: Page, settle):
    page.goto(f"{offered}/se_attention")
    settle(page)
    page.locator(".st-key-photo_source").get_by_text("Upload", exact=True).click()
    page.locator(".st-key-photo_upload input[type=file]").set_input_files(portrait)
    settle(page)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_text("all gates of EfficientNet-B0 on “portrait.png”")).to_be_visible(timeout=LONG_MS)
    tiles = page.locator(".st-key-gate_wall button")
    expect(tiles).to_have_count(12, timeout=LONG_MS)
    settle(page)
    expect(page.get_by_text("These parameters are untrained")).to_have_count(0)
    for width, part in ((1366, tiles), (1024, tiles.locator("canvas"))):  # on the narrower one not all words below it
        page.set_viewport_size({"width": width, "height": 768})
        expect(part.first, f"in the first screen, {width} pixels wide").to_be_in_viewport(ratio=1)


def test_weights_that_are_here_are_used_unasked_with_a_way_back(downloaded: str, page: Page, settle):
    page.goto(f"{downloaded}/se_attention?variant=lite0&photo=chelsea")
    settle(page)
    expect(
        page.get_by_text("None of the 16 blocks of EfficientNet-Lite0 has it, so this page shows EfficientNet-B0")
    ).to_be_visible()
    expect(page.get_by_text("on “Chelsea the cat”")).to_be_visible()
    expect(page.locator(".st-key-gate_wall button").first, "in the first screen").to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Back to EfficientNet-Lite0").click()
    expect(page.get_by_text("so these are all gates of this project's own small network")).to_be_visible()


def test_the_overview_brings_them_too(offered: str, page: Page, settle):
    page.goto(f"{offered}/")
    settle(page)
    page.get_by_role("button", name="Download EfficientNet-B0").click()
    expect(page.get_by_role("button", name="Download EfficientNet-B0")).to_have_count(0, timeout=LONG_MS)
    settle(page)
