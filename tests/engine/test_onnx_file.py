"""The exported file as others open it: ONNX's checker, a plain session of ONNX Runtime, torchvision's tensor."""

from __future__ import annotations

import json
import stat

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torchvision.transforms import functional

import effnet_viz as ev
from effnet_viz.engine import onnx_file
from effnet_viz.engine.sessions import EngineError
from effnet_viz.images import open_sample


@pytest.fixture(scope="module")
def model():
    return ev.load("lite0", weights="untrained", device="cpu")


def by_hand(model, photo) -> torch.Tensor:
    """The input as the file's own metadata say it is made."""
    wanted = model["preprocessing"]
    image = functional.resize(
        photo.image, wanted["resize"], interpolation=functional.InterpolationMode(wanted["interpolation"])
    )
    image = functional.to_tensor(functional.center_crop(image, [wanted["crop"]] * 2))
    return functional.normalize(image, wanted["mean"], wanted["std"])[None]


def test_the_file_alone_is_enough(tmp_path, model):
    photo = open_sample("coffee")
    outputs = ["4.2.depthwise", "9"]
    written = ev.export_onnx(model, tmp_path / "lite0.onnx", outputs=outputs, photo=photo)
    assert written.path.stat().st_size == written.bytes
    assert written.outputs == (*outputs, "classifier")
    assert written.agrees and written.largest_difference == max(written.differences.values())

    read = onnx.load(written.path)
    onnx.checker.check_model(read, full_check=True)
    assert [entry.version for entry in read.opset_import] == [written.opset]
    facts = {entry.key: entry.value for entry in read.metadata_props}
    facts |= {key: json.loads(facts[key]) for key in ("preprocessing", "class_names")}
    assert facts["class_names"] == list(model.class_names)
    assert "untrained" in facts["source"] and facts["variant"] == "lite0" and facts["verified_on"] == photo.name

    x = by_hand(facts, photo)
    session = onnxruntime.InferenceSession(written.path, providers=["CPUExecutionProvider"])
    ours = dict(zip(written.outputs, session.run(None, {written.input: x.numpy()}), strict=True))
    with torch.no_grad():
        logits = model.network(x).numpy()
    assert np.abs(ours["classifier"] - logits).max() <= 1e-4 * np.abs(logits).max()
    assert ours["4.2.depthwise"].shape == (1, 240, 28, 28) and ours["9"].shape == (1, 1280, 7, 7)
    several = session.run(["classifier"], {written.input: torch.randn(3, 3, 65, 90).numpy()})[0]
    assert several.shape == (3, 1000)


@pytest.mark.parametrize("opset", [13, 20, 22])
def test_other_opsets(tmp_path, model, opset):
    written = ev.export_onnx(model, tmp_path / "file.onnx", opset=opset)
    assert onnx.load(written.path).opset_import[0].version == written.opset == opset
    assert written.agrees


def test_networks_that_no_photo_fits(tmp_path):
    spec = ev.custom_spec(width=0.2, depth=0.2, resolution=64, in_channels=5, num_classes=2)
    written = ev.export_onnx(ev.load(spec, device="cpu"), tmp_path / "five.onnx", ["2.1.se.gate"])
    assert written.agrees
    facts = {entry.key: entry.value for entry in onnx.load(written.path).metadata_props}
    assert facts["verified_on"] == "random noise"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"outputs": ["4.2.se.gate"]}, r"outputs has '4.2.se.gate', which .*Lite0 does not give; the nearest are 4\.2"),
        ({"outputs": ["4.2.depthwize"]}, r"the nearest are 4\.2\.depthwise"),
        ({"opset": 12}, r"opset is 12; it can be 13 to \d+"),
        ({"opset": 999}, r"opset is 999; it can be 13 to \d+"),
    ],
)
def test_wrong_wishes_are_named_and_nothing_is_written(tmp_path, model, wanted, sentence):
    with pytest.raises(ValueError, match=sentence):
        ev.export_onnx(model, tmp_path / "file.onnx", **wanted)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_replaced(tmp_path, model):
    path = tmp_path / "mine.onnx"
    path.write_text("mine")
    with pytest.raises(ValueError, match=r"mine\.onnx, which exists already"):
        ev.export_onnx(model, path)
    assert path.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ValueError, match=r"there is no folder .*nowhere"):
        ev.export_onnx(model, tmp_path / "nowhere" / "file.onnx")


def test_a_file_that_somebody_else_wrote_meanwhile_stays(tmp_path, model, monkeypatch):
    path = tmp_path / "file.onnx"
    check = onnx.checker.check_model

    def slow_check(*arguments, **options):
        path.write_text("theirs")
        return check(*arguments, **options)

    monkeypatch.setattr(onnx.checker, "check_model", slow_check)
    with pytest.raises(ValueError, match="exists already"):
        ev.export_onnx(model, path)
    assert path.read_text() == "theirs" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_it_can_be_stopped_at_every_step_and_leaves_no_file(tmp_path, model):
    told = []
    ev.export_onnx(model, tmp_path / "whole.onnx", progress=told.append)
    assert told == sorted(set(told)) and told[-1] == 1.0
    for last in told:

        def stop(share: float, last: float = last) -> None:
            if share == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            ev.export_onnx(model, tmp_path / "file.onnx", progress=stop)
        assert [file.name for file in tmp_path.iterdir()] == ["whole.onnx"] and not model.lock.busy


def test_a_folder_that_cannot_be_written(tmp_path, model, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(onnx_file.tempfile, "mkstemp", full)
    with pytest.raises(ValueError, match=r"cannot be written: No space left on device"):
        ev.export_onnx(model, tmp_path / "file.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_verified_is_not_written(tmp_path, model, monkeypatch):
    def refuse(graph):
        raise EngineError("ONNX Runtime refuses the graph (opset too new).")

    monkeypatch.setattr(onnx_file, "Session", refuse)
    with pytest.raises(ValueError, match=r"could not be verified.*opset too new"):
        ev.export_onnx(model, tmp_path / "file.onnx")
    assert list(tmp_path.iterdir()) == []


def test_too_large_networks(tmp_path, model, monkeypatch):
    monkeypatch.setattr(onnx_file, "LARGEST_BYTES", 10**7)
    with pytest.raises(ValueError, match=r"has 0\.0 GB of parameters; an ONNX file holds at most 2 GB"):
        ev.export_onnx(model, tmp_path / "file.onnx")
    monkeypatch.undo()

    def no_memory(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr(onnx_file, "graph_of", no_memory)
    with pytest.raises(ValueError, match="more than this machine has left"):
        ev.export_onnx(model, tmp_path / "file.onnx")


def test_everybody_may_read_it(tmp_path, model):
    written = ev.export_onnx(model, tmp_path / "file.onnx")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o644
