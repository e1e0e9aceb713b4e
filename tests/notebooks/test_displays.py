"""What a notebook shows of a result: by IPython's own formatters, valid HTML, escaped, small, the library's values."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

import effnet_viz as ev
from effnet_viz.home import HOME

PHOTOS = HOME / "assets" / "photos"
EVIL = "<script>alert(1)</script>"
VOID = {"img", "br", "rect"}


class Reader(HTMLParser):
    """Fails where tags are not closed in order, and collects the words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def shapes():
    model = ev.load("shapes")
    return dataclasses.replace(model, class_names=(EVIL, *model.class_names[1:]))


@pytest.fixture(scope="module")
def photo():
    return dataclasses.replace(ev.open_photo(PHOTOS / "koala.jpg"), name=f"{EVIL}.jpg")


@pytest.fixture(scope="module")
def results(shapes, photo, tmp_path_factory):
    rows = tmp_path_factory.mktemp("rows") / "rows.parquet"
    return {
        "plan": ev.plan("b7"),
        "comparison": ev.compare("b0", "b7"),
        "predictions": ev.predict(shapes, photo, k=len(shapes.class_names)),
        "feature_maps": ev.feature_maps(shapes, photo, "4.1.depthwise"),
        "gates": ev.se_gates(shapes, photo),
        "evidence": ev.grad_cam(shapes, photo, target=0),
        "gate_evidence": ev.gate_evidence(shapes, photo, block="5.2", channel=17),
        "profile": ev.profile(shapes, rounds=1),
        "rows": ev.run_folder(shapes, [PHOTOS / "koala.jpg"], rows),
        "shown": ev.show(shapes, photo, target=0),
    }


NAMES = (
    "plan",
    "comparison",
    "predictions",
    "feature_maps",
    "gates",
    "evidence",
    "gate_evidence",
    "profile",
    "rows",
    "shown",
)


@pytest.mark.parametrize("name", NAMES)
def test_ipython_shows_it_as_small_valid_html_in_the_notebooks_own_colours(results, name):
    html = DisplayFormatter().format(results[name])[0]["text/html"]
    reader = Reader(html)
    assert "script" not in reader.tags and "style" not in reader.tags
    assert len(html) < (400_000 if name == "shown" else 40_000)
    assert not re.search(r"[^-]color:|background:(?!rgba|#0072B2)", html)  # text and ground are the notebook's


@pytest.mark.parametrize("name", ["feature_maps", "evidence", "gate_evidence", "shown"])
def test_what_is_a_picture_is_one_for_programs_too(results, name):
    image = Image.open(io.BytesIO(DisplayFormatter().format(results[name])[0]["image/png"]))
    assert 100 < image.width < 1000 and len(np.unique(np.asarray(image.convert("L")))) > 10


@pytest.mark.parametrize("name", ["predictions", "shown"])
def test_a_class_called_script_is_words(results, name):
    html = results[name]._repr_html_()
    assert EVIL not in html and EVIL in "".join(Reader(html).words)


def test_the_numbers_are_the_results_own(results, shapes, photo):
    words = Reader(results["predictions"]._repr_html_()).words
    for answer in results["predictions"]:
        assert {answer.label, f"{answer.probability:.1%}"} <= set(words)
    assert "66,347,960" in "".join(Reader(results["plan"]._repr_html_()).words)  # torchvision's EfficientNet-B7
    assert "+61,059,412" in Reader(results["comparison"]._repr_html_()).words  # minus B0's 5,288,548
    gates = results["gates"]
    assert f"{np.median(gates['5.2']):.3f}" in Reader(gates._repr_html_()).words
    np.testing.assert_array_equal(results["shown"].evidence.values, ev.grad_cam(shapes, photo, target=0).values)


def test_a_network_without_gates_shows_too(photo):
    shown = ev.show(ev.load("shapes_no_se"), photo)
    assert shown.wall is None and "no squeeze-and-excitation" in shown._repr_html_()


def test_a_plan_shows_itself_without_torch():
    script = "import sys, effnet_viz; effnet_viz.plan('b0')._repr_html_(); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
