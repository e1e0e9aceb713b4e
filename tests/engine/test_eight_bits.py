"""Eight bits: decibels and answers by hand, and ONNX Runtime's quantiser on a network that was trained."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import effnet_viz as ev
from effnet_viz.engine import eight_bits
from effnet_viz.engine.eight_bits import Answer, EightBits, decibels, in_eight_bits
from effnet_viz.engine.graph import graph_of
from effnet_viz.explain import eight_bits as of_photos
from effnet_viz.images import open_sample
from effnet_viz.network import for_inference


@pytest.fixture(scope="module")
def model():
    return ev.load("shapes", weights="shapes", device="cpu")


@pytest.fixture(scope="module")
def images(model) -> list[torch.Tensor]:
    return [model.input(open_sample(name)) for name in ("coffee", "chelsea")]


@pytest.mark.parametrize(
    ("signal", "noise", "expected"), [(100.0, 1.0, 20.0), (5.0, 5.0, 0.0), (1.0, 4.0, -6.0206), (3.0, 0.0, 200.0)]
)
def test_decibels(signal, noise, expected):
    assert decibels(signal, noise) == pytest.approx(expected, abs=1e-3)


def test_noise_and_answers_are_those_of_the_other_network(model, images, monkeypatch):
    """In place of eight bits a change whose effect is known: the final convolution's output halved."""
    changed = for_inference(model.network)
    with torch.no_grad():
        head = changed.layer(str(model.spec.head_stage)).conv
        head.weight.zero_()
        head.bias.zero_()
        changed.classifier.bias.copy_(torch.eye(changed.spec.num_classes)[1])
    monkeypatch.setattr(eight_bits, "_quantised", lambda graph, arrays, progress: graph_of(changed))
    result = in_eight_bits(model.network, images, lambda share: None)
    *blocks, head_id = model.network.blocks()
    assert list(result.signal_to_noise) == [*blocks, head_id]
    assert all(result.signal_to_noise[block] == pytest.approx(200) for block in blocks)
    assert result.signal_to_noise[head_id] == pytest.approx(0)  # all of the signal is gone: the error is as large
    with torch.no_grad():
        before = [int(model.network(image).argmax()) for image in images]
    assert [(answer.before, answer.after) for answer in result.answers] == [(winner, 1) for winner in before]


@pytest.mark.slow
def test_a_trained_network(model, monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = {name: values.clone() for name, values in model.network.state_dict().items()}
    shares: list[float] = []
    with caplog.at_level(logging.WARNING):
        result = ev.quantise(model, [open_sample(name) for name in ("coffee", "chelsea")], progress=shares.append)
    assert list(result.signal_to_noise) == list(model.network.blocks())
    assert result.signal_to_noise["1"] > 20
    assert all(-10 < ratio < 100 for ratio in result.signal_to_noise.values())
    assert 1.5 < result.bytes_before / result.bytes_after < 4  # so small a file is half names
    assert result.seconds_before > 0 and result.seconds_after > 0
    assert all(0.8 < answer.agreement <= 1.0001 for answer in result.answers)
    assert shares == sorted(shares) and shares[-1] == 1
    assert not caplog.records
    assert list(tmp_path.iterdir()) == []
    assert all(torch.equal(values, before[name]) for name, values in model.network.state_dict().items())


def test_it_can_be_stopped(model, images, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def stop(share: float) -> None:
        if share > 0.1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_eight_bits(model.network, images, stop)
    assert list(tmp_path.iterdir()) == []


def test_without_photos(model):
    with pytest.raises(ValueError, match="at least 1 photo"):
        ev.quantise(model, [])


def test_the_photos_of_a_folder(model, monkeypatch, tmp_path):
    colours = ("red", "green", "blue")
    for name in colours:
        Image.new("RGB", (70, 90), name).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.jpg").write_text("no photo")
    (tmp_path / "notes.txt").write_text("no photo")
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(of_photos, "in_eight_bits", lambda network, images, progress: seen.extend(images))
    monkeypatch.setattr(of_photos, "MOST", 2)
    ev.quantise(model, tmp_path)
    by_hand = [model.input(ev.open_photo(tmp_path / f"{name}.png")) for name in sorted(colours)[:2]]
    assert len(seen) == 2 and all(torch.equal(ours, theirs) for ours, theirs in zip(seen, by_hand, strict=True))
    with pytest.raises(ValueError, match=r"nowhere.*is no folder"):
        ev.quantise(model, str(tmp_path / "nowhere"))
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no photo that can be read"):
        ev.quantise(model, empty)


def test_the_sentence():
    result = EightBits(
        signal_to_noise={"1": 30.0, "2.1": 12.0},
        answers=(Answer(before=1, after=1, agreement=1.0), Answer(before=1, after=2, agreement=0.5)),
        bytes_before=400,
        bytes_after=100,
        seconds_before=1.0,
        seconds_after=2.0,
    )
    assert result.kept == 0.5
    assert result.sentence() == (
        "1 of 2 photos keep their class. The file is 4.0 times smaller and, on this machine, 2.0 times slower. "
        "The error is largest behind block 2.1: 12 dB."
    )
    assert "on this machine, as fast as before." in replace(result, seconds_after=1.04).sentence()


def test_angles_between_logits():
    logits, other = np.array([3.0, 4.0]), np.array([4.0, -3.0])
    assert eight_bits._answer(logits, other).agreement == pytest.approx(0)
    assert eight_bits._answer(logits, 2 * logits) == Answer(before=1, after=1, agreement=pytest.approx(1))
