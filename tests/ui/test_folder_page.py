"""Many photos in the app: bundled ones at once, uploads safely and by request, every view without an exception."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import effnet_viz as ev
from effnet_viz.images import samples
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path


def open_folder(**address: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params.update({"variant": "lite0", **address})
    return app.switch_page(page_path("folder")).run()


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


@pytest.mark.parametrize("view", ["answers", "channel", "alike", "labels"])
def test_every_view_opens_with_the_bundled_photos(view):
    app = open_folder(many_view=view)
    assert not app.exception and not app.error
    assert app.title[0].value == "Many photos"


def test_answers_are_those_of_the_library():
    app = open_folder()
    model = ev.load("lite0")
    for sample in samples()[:2]:
        best = ev.predict(model, ev.open_photo(sample.path))[0]
        assert f"{best.label.partition(',')[0]}, {best.probability:.0%}" in captions(app)


def test_drawn_pictures_have_labels_and_so_an_accuracy():
    app = open_folder(variant="shapes", many_view="labels")
    assert not app.exception
    right = next(metric for metric in app.metric if metric.label == "Right")
    assert float(right.value.rstrip("%")) > 60


def test_a_folder_on_the_server_is_run_when_asked_and_bad_files_are_said(monkeypatch, tmp_path: Path):
    (tmp_path / "cups").mkdir()
    for name in ("a.png", "b.png"):
        Image.effect_noise((64, 64), 40).save(tmp_path / "cups" / name)
    (tmp_path / "cups" / "bad.jpg").write_text("<b>not a picture</b>")
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(tmp_path))
    app = open_folder(photos_from="server")
    start = next(button for button in app.button if button.key == "start_many")
    assert "3 photos" in start.label
    app = start.click().run()
    assert not app.exception
    (table,) = [frame.value for frame in app.dataframe if "What is wrong" in frame.value]
    assert table["File"].tolist() == ["bad.jpg"]


def test_without_the_variable_there_is_no_server_folder(monkeypatch):
    monkeypatch.delenv("EFFNET_VIZ_PHOTOS", raising=False)
    app = open_folder(photos_from="server")
    assert not app.exception
    (control,) = [control for control in app.get("button_group") if control.label == "Photos"]
    assert "On the server" not in [option.content for option in control.proto.options]


def test_uploads_stay_in_the_session(tmp_path):
    from effnet_viz.ui.folder.collections import OwnPhotos

    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    own = OwnPhotos()
    for name in ("../../escape.png", "a.png", "a.png"):
        own.add(name, content.getvalue())
    folder = own.folder
    assert len({*own.paths}) == 3 and all(Path(path).parent == folder for path in own.paths)
    del own
    assert not folder.exists()


def test_names_from_outside_are_never_markup():
    from effnet_viz.ui.folder.views import _plain

    assert _plain("**bold** [a](http://b) $x$ :red[y] <i>") == "bold ahttp//b x redy i"
