"""Photos of one visitor never reach another: the cache is shared by all, the photos are not."""

from __future__ import annotations

import io
import json
import threading

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from effnet_viz.explain import capture, gate_evidence_of
from effnet_viz.images import open_photo
from effnet_viz.loading import load
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.se_attention import moved
from effnet_viz.ui.session.gates_seen import gates_of, reduced_of
from effnet_viz.ui.session.models_and_runs import run_of

VISITORS = 20
NAME = "photo.png"  # what every camera calls it


def file_of(seed: int) -> bytes:
    """A picture of noise, as a file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def visitor(seed: int) -> AppTest:
    """A session on the page SE attention with a photo of its own, and one more to compare."""
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params["variant"] = "shapes"
    app.run()
    app.session_state["photo_source"], app.session_state["own_photo"] = "Upload", open_photo(file_of(seed), name=NAME)
    app.session_state["part"] = "Compare photos"
    app.switch_page(page_path("se_attention")).run()
    app.file_uploader(key="compared_upload").set_value([("other.png", file_of(100 + seed), "image/png")]).run()
    return app


def wall_tiles(app: AppTest) -> list[dict[str, str]]:
    """The tiles of the wall, as the browser gets them."""
    sent = next(part.proto.json for part in app.get("bidi_component") if "moves most, each over" in part.proto.json)
    return json.loads(sent)["tiles"]


@pytest.mark.slow
def test_two_sessions_with_photos_of_one_name_see_each_their_own():
    model = load("shapes", device="cpu")
    sessions = {seed: visitor(seed) for seed in (1, 2)}
    for seed in (1, 2, 1):  # each again after the other has run
        app = sessions[seed]
        app.session_state["part"] = "One gate"  # where the wall is
        app.run()
        assert not app.exception
        gates = capture(model, open_photo(file_of(seed))).gates
        tiles = wall_tiles(app)
        assert len(tiles) == 12
        for tile in tiles:
            block, channel = tile["label"].split(" · ")
            assert tile["note"].startswith(f"{gates[block][int(channel)]:.2f}, usually")
        app.session_state["part"] = "Compare photos"
        app.run()
        assert [title for title in app.multiselect(key="photos").options if "yours" in title] == ["other.png (yours)"]
    kept = [app.session_state["compared_photos"][0].digest for app in sessions.values()]
    assert kept == [open_photo(file_of(101)).digest, open_photo(file_of(102)).digest]


def test_twenty_visitors_at_once_get_the_gates_of_their_own_photos():
    model = load("shapes", device="cpu")
    baseline = moved.usual_gates(model)
    together = threading.Barrier(VISITORS)
    seen: dict[int, tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]] = {}

    def visit(seed: int) -> None:
        photo = open_photo(file_of(seed), name=NAME)
        together.wait()
        gates = gates_of(model, photo).gates
        run = run_of(model, photo)
        wall = moved.wall_of(model, photo, run, baseline, "6.1")
        seen[seed] = gates, wall.evidence[0].values, reduced_of(model, photo, run, "6.1").descriptor

    threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == VISITORS
    alone = load("shapes", device="cpu")
    for seed, (gates, values, descriptor) in seen.items():
        run = capture(alone, open_photo(file_of(seed)))
        for block, expected in run.gates.items():
            np.testing.assert_allclose(gates[block], expected, atol=1e-5)
        moves = np.abs(run.gates["6.1"] - baseline.usual("6.1"))
        expected = gate_evidence_of(alone, run, "6.1", int(moves.argmax()))
        np.testing.assert_allclose(values, expected.values, atol=1e-4)
        assert descriptor.size == run.gates["6.1"].size
