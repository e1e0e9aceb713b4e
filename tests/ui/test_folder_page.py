"""Many photos in the app: bundled ones at once, uploads safely, rows files checked, every view without an exception."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import effnet_viz as ev
from effnet_viz.folder import Rows
from effnet_viz.images import samples
from effnet_viz.ui.folder.collections import Collection
from effnet_viz.ui.folder.seen import LabelledByHand, seen_by
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.session.own_photos import OwnPhotos, small_enough


def open_folder(**address: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params.update({"variant": "lite0", **address})
    return app.switch_page(page_path("folder")).run()


def tiles(app: AppTest, key: str) -> list[dict]:
    """What stands under the pictures of a mosaic."""
    (part,) = [part for part in app.get("bidi_component") if part.proto.id.endswith(f"-{key}")]
    return json.loads(part.proto.json)["tiles"]


def words(app: AppTest) -> str:
    return "\n".join(element.value for kind in ("markdown", "caption", "info") for element in app.get(kind))


@pytest.mark.parametrize("view", ["answers", "channel", "groups", "alike", "labels", "weights"])
@pytest.mark.parametrize("variant", ["lite0", "shapes"])
def test_every_view_opens_with_the_bundled_photos(view, variant):
    app = open_folder(many_view=view, variant=variant)
    assert not app.exception and not app.error
    assert app.title[0].value == "Many photos"
    if variant == "lite0" and view != "groups":  # which has no gates, and there says so
        assert "gate" not in words(app)


def test_a_link_to_two_sets_of_weights_opens_where_nobody_has_looked_before():
    CACHE.clear()
    app = open_folder(many_view="weights", variant="shapes")
    assert not app.exception and not app.error
    assert "photos get another answer" in words(app)


def test_answers_are_those_of_the_library():
    app = open_folder()
    model = ev.load("lite0")
    shown = [tile["label"] for tile in tiles(app, "many_mosaic")]
    assert len(shown) == len(samples())
    for sample, label in list(zip(samples(), shown, strict=True))[:3]:
        best = ev.predict(model, ev.open_photo(sample.path))[0]
        assert label == f"{best.probability:.1%} {best.label.partition(',')[0]}"


def test_the_wrong_ones_first_and_what_is_confused_most():
    app = open_folder(variant="shapes", many_order="wrong")
    shown = tiles(app, "many_mosaic")
    wrong = [tile["note"].startswith("is ") for tile in shown]
    assert any(wrong) and wrong == sorted(wrong, reverse=True)
    assert "most often" in words(app)


def test_drawn_pictures_have_labels_and_so_an_accuracy():
    app = open_folder(variant="shapes", many_view="labels")
    assert not app.exception
    right = next(metric for metric in app.metric if metric.label == "Right")
    assert float(right.value.rstrip("%")) > 60


def test_a_channel_stands_beside_what_feeds_it():
    app = open_folder(variant="shapes", many_view="channel", block="5.1", channel="3")
    assert not app.exception
    exciting, gates = tiles(app, "many_exciters"), tiles(app, "many_gates")
    assert len(exciting) == len(gates) == 9
    values = [float(tile["label"]) for tile in exciting]
    assert values == sorted(values, reverse=True)
    assert all(0 <= float(tile["label"]) <= 1 for tile in gates)


def run_to_the_end(app: AppTest) -> AppTest:
    start = next(button for button in app.button if button.key == "start_many")
    app = start.click().run()
    assert not app.exception
    return app


def test_a_folder_on_the_server_is_run_when_asked_and_bad_files_are_said(monkeypatch, tmp_path: Path):
    (tmp_path / "cups").mkdir()
    for name in ("a.png", "b.png"):
        Image.effect_noise((64, 64), 40).save(tmp_path / "cups" / name)
    (tmp_path / "cups" / "bad.jpg").write_text("<b>not a picture</b>")
    for name in (b"caf\xe9", b"rows\xe9.parquet"):  # not UTF-8, as old disks have it: no browser takes such a name
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/rows\xe9.parquet/part-0.parquet")).touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9/cup\xe9.png")).touch()
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(tmp_path))
    app = open_folder(photos_from="server")
    start = next(button for button in app.button if button.key == "start_many")
    assert "4 photos" in start.label
    app = run_to_the_end(app)
    (table,) = [frame.value for frame in app.dataframe if "What is wrong" in frame.value]
    assert sorted(table["File"]) == ["bad.jpg", "cup\ufffd.png"]
    assert not [button for button in app.button if button.key in ("start_many", "stop_many")]


def test_without_the_variable_there_is_no_server_folder(monkeypatch):
    monkeypatch.delenv("EFFNET_VIZ_PHOTOS", raising=False)
    app = open_folder(photos_from="server")
    assert not app.exception
    (control,) = [control for control in app.get("button_group") if control.label == "Photos"]
    assert "On the server" not in [option.content for option in control.proto.options]


def test_rows_on_the_server_are_shown_and_photos_beyond_the_folder_are_not_opened(monkeypatch, tmp_path: Path):
    inside, outside = tmp_path / "served", tmp_path / "secret.png"
    inside.mkdir()
    Image.new("RGB", (40, 40), "red").save(inside / "red.png")
    Image.new("RGB", (40, 40), "blue").save(outside)
    model = ev.load("lite0")
    rows = ev.run_folder(model, [inside / "red.png", outside], inside / "rows")
    assert len(rows) == 2
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(inside))
    app = open_folder(photos_from="server", server_folder="rows")
    assert not app.exception and not app.error
    assert [tile["note"] for tile in tiles(app, "many_mosaic")] == ["red.png", "secret.png"]

    from effnet_viz.ui.folder.collections import Collection
    from effnet_viz.ui.folder.seen import seen_by

    collection = Collection(kind="server", id="x", source=(), root=inside)
    seen = seen_by(model, collection, rows, None)
    assert seen.photo(0) is not None and seen.photo(1) is None


def test_rows_of_another_network_are_refused_in_a_sentence(monkeypatch, tmp_path: Path):
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    ev.run_folder("lite1", [tmp_path / "a.png"], tmp_path / "rows")
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(tmp_path))
    app = open_folder(photos_from="server", server_folder="rows")
    assert not app.exception
    assert "EfficientNet-Lite1" in app.error[0].value and "choose that network" in app.error[0].value
    assert "stop_outside" not in [button.key for button in app.button]  # the error stands in the place of the bar


def picture(size: tuple[int, int] = (8, 8), kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(content, kind)
    return content.getvalue()


def test_uploads_stay_in_the_session():
    own = OwnPhotos()
    for name in ("../../escape.png", "a.png", "a.png", "x\x00y/" + "é" * 300 + ".png"):
        own.add(name, small_enough(name, picture()))
    folder = own.folder
    assert len({*own.paths}) == 4 and all(Path(path).resolve().parent == folder.resolve() for path in own.paths)
    assert all(Path(path).is_file() for path in own.paths)
    for name, content in (("mine.parquet", b"1"), ("../..", b"2"), ("mine.parquet", b"2")):
        rows = own.keep_rows(name, memoryview(content))
        assert rows.read_bytes() == content and rows.resolve().is_relative_to(folder.resolve())
        assert rows.suffix == ".parquet" and [*folder.rglob("*.parquet")] == [rows]
    assert rows.name == "mine.parquet"
    del own
    assert not folder.exists()


def test_uploads_of_a_folder_have_labels_and_what_is_no_photo_is_said_and_not_kept(tmp_path):
    own = OwnPhotos()
    given = {
        "pets/tabby/one.png": picture(),
        "two.jpg": picture((3000, 2000), "JPEG"),
        "pets/tabby/broken.jpg": b"<script>",
    }
    for name, content in given.items():
        own.add(name, small_enough(name, content))
    rows = ev.run_folder("lite0", own.table(), tmp_path / "rows")
    assert rows.words("label") == ["tabby", None]
    assert rows.numbers("label_index").tolist() == [281, -1]  # `tabby, tabby cat` among ImageNet's classes
    assert Image.open(own.paths[1]).size == (1024, 683)
    assert list(own.problems) == ["broken.jpg"] and len(list(own.folder.glob("*broken*"))) == 0


def test_labels_by_hand_change_what_is_right(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        Image.effect_noise((64, 64), 40).save(tmp_path / name)
    rows = ev.run_folder("lite0", tmp_path, tmp_path / "rows")
    labelled = LabelledByHand(rows, {1: 7})
    assert rows.numbers("label_index").tolist() == [-1, -1, -1]
    assert labelled.numbers("label_index").tolist() == [-1, 7, -1]
    assert isinstance(labelled, Rows) and np.array_equal(labelled.numbers("cam"), rows.numbers("cam"))


def photos_in(folder: Path, *seeds: int) -> Path:
    folder.mkdir(exist_ok=True)
    for seed in seeds:
        pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{seed}.png")
    return folder


@pytest.mark.slow
def test_rows_that_were_replaced_on_the_server_are_read_again(tmp_path):
    """As many rows of the same network at the same place: nothing but the file tells them apart."""
    model, path = ev.load("shapes"), tmp_path / "rows.parquet"
    collection = Collection(kind="server", id=str(path), source=(), rows=path, root=tmp_path)
    for seeds in ((1, 2), (3, 4)):
        made = ev.run_folder(model, str(photos_in(tmp_path / str(seeds), *seeds)), out=tmp_path / f"rows {seeds}")
        (part,) = made.path.glob("*.parquet")
        path.write_bytes(part.read_bytes())
        seen = seen_by(model, collection, Rows(path), None)
        assert [Path(name).stem for name in seen.paths] == [str(seed) for seed in seeds]
        assert seen.names == [f"{seed}.png" for seed in seeds]
        assert seen.probability.tolist() == made.numbers("top_probability")[:, 0].tolist()


@pytest.mark.slow
def test_what_another_network_said_to_one_visitor_stays_with_them(tmp_path, monkeypatch):
    """Both look at a folder of the server; what the first one's run wrote goes with the first one."""
    monkeypatch.setenv("EFFNET_VIZ_PHOTOS", str(photos_in(tmp_path, 1, 2, 3)))
    address = {"variant": "shapes", "photos_from": "server", "many_view": "weights"}
    for app in [open_folder(**address) for _ in range(2)]:
        app.button(key="start_many").click().run()
        for _ in range(4):  # slices of both runs
            wanted = [button for button in app.button if button.key == "start_other"]
            (wanted[0].click() if wanted else app).run()
        assert not app.exception and not app.error
        assert "get another answer" in words(app)
        app.session_state["many_rows"].cleanup()  # as when the visitor leaves
