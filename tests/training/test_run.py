"""Training: it learns, it stops and goes on as if it had not, and it never loses what was written."""

from __future__ import annotations

import copy
import errno
import os

import pytest
import torch
from PIL import Image

from effnet_viz.architecture import spec
from effnet_viz.images import open_photo
from effnet_viz.training import files
from effnet_viz.training.checkpoint import read_trained_checkpoint, write_trained_checkpoint
from effnet_viz.training.csv_log import read_csv_log
from effnet_viz.training.loop import Training, to_input
from effnet_viz.training.run import train
from effnet_viz.training.settings import TrainingSettings
from effnet_viz.training.tasks import pictures
from effnet_viz.weights.catalogue import weight_set


@pytest.fixture
def tiny():
    """A network small enough to train in moments."""
    shapes = spec("shapes")
    return shapes.replace(stages=shapes.stages[:2], head_channels=32)


@pytest.fixture(autouse=True)
def quick_reports(monkeypatch):
    monkeypatch.setattr("effnet_viz.training.run.REPORT_STEPS", 4)
    monkeypatch.setattr("effnet_viz.training.run.REPORT_PICTURES", 64)
    monkeypatch.setattr("effnet_viz.training.run.HELD_OUT_PICTURES", 128)


def stop_after(steps: int):
    """Says yes after that many steps; it is asked once before the first, too."""
    asked = []
    return lambda: asked.append(0) or len(asked) > steps


def same_tensors(tensors, other) -> bool:
    return tensors.keys() == other.keys() and all(torch.equal(tensors[name], other[name]) for name in tensors)


@pytest.mark.slow
def test_stopped_and_resumed_equals_uninterrupted(tiny, tmp_path):
    settings = TrainingSettings(steps=10, batch=8, seed=3)
    whole = read_trained_checkpoint(train(tiny, settings, tmp_path / "whole"))
    for steps in (3, 4):
        train(tiny, settings, tmp_path / "parts", should_stop=stop_after(steps))
        assert (tmp_path / "parts" / "resume.safetensors").exists()
    parts = read_trained_checkpoint(train(tiny, settings, tmp_path / "parts"))
    assert same_tensors(whole.tensors, parts.tensors)
    assert parts.facts["finished"]
    assert parts.facts["pictures"] == 80
    assert not (tmp_path / "parts" / "resume.safetensors").exists()
    assert [row["step"] for row in read_csv_log(tmp_path / "parts" / "log.csv")] == [3, 4, 7, 8, 10]


def test_log_says_how_it_went(tiny, tmp_path):
    reports = []
    train(tiny, TrainingSettings(steps=8, batch=8), tmp_path, on_report=reports.append)
    rows = read_csv_log(tmp_path / "log.csv")
    assert [row["step"] for row in rows] == [4, 8]
    assert [row["pictures"] for row in rows] == [32, 64]
    assert rows[-1]["loss"] == pytest.approx(reports[-1].loss, rel=1e-5)
    assert rows[-1]["progress"] == 1
    gates = read_csv_log(tmp_path / "gates.csv")
    assert {row["block"] for row in gates} == {"2.1", "3.1", "3.2"}
    assert all(0 < row["q05"] <= row["q25"] <= row["q50"] <= row["q75"] <= row["q95"] < 1 for row in gates)


def test_rows_behind_the_saved_state_are_not_written_twice(tiny, tmp_path):
    """Killed between writing the log and the state, a training repeats steps that the log already has."""
    settings = TrainingSettings(steps=12, batch=8)
    train(tiny, settings, tmp_path, should_stop=stop_after(4))
    state = (tmp_path / "resume.safetensors").read_bytes()
    train(tiny, settings, tmp_path, should_stop=stop_after(4))
    (tmp_path / "resume.safetensors").write_bytes(state)
    train(tiny, settings, tmp_path)
    assert [row["step"] for row in read_csv_log(tmp_path / "log.csv")] == [4, 8, 12]


def test_learning_rate_rises_then_falls_like_a_cosine(tiny):
    training = Training(tiny, TrainingSettings(steps=200, warmup=0.1, learning_rate=0.01))
    rates = []
    for training.done in range(201):
        rates.append(training.learning_rate)
    assert rates[10] == pytest.approx(0.005)
    assert rates[20] == pytest.approx(0.01)
    assert rates[110] == pytest.approx(0.005)
    assert rates[200] == pytest.approx(0, abs=1e-12)


def test_one_step_is_adamw_on_smoothed_cross_entropy(tiny):
    """The same step written out by hand on a copy of the network."""
    training = Training(tiny, TrainingSettings(steps=10, batch=8, warmup=0.0))
    twin = copy.deepcopy(training.network)
    batch = pictures("shapes", 0, 0, 8)
    x = torch.from_numpy(batch.pixels).float() / 127.5 - 1
    log_probabilities = twin(x).log_softmax(dim=1)
    target = torch.full((8, 24), 0.1 / 24)
    target[torch.arange(8), torch.from_numpy(batch.labels)] += 0.9
    loss = -(target * log_probabilities).sum(dim=1).mean()
    loss.backward()
    seen, _ = training.step()
    assert seen == pytest.approx(loss.item(), rel=1e-4)
    bias = twin.classifier.bias
    # The first step of Adam moves every parameter by the learning rate, against the gradient's sign.
    expected = bias.detach() - 4e-3 * bias.grad / (bias.grad.abs() + 1e-8)
    assert torch.allclose(training.network.classifier.bias.detach(), expected, atol=1e-6)


def test_input_is_what_the_preprocessing_makes_of_the_picture():
    drawn = pictures("shapes", 11, 0, 1)
    photo = open_photo(Image.fromarray(drawn.pixels[0].transpose(1, 2, 0)))
    preprocessing = weight_set("shapes", "shapes").preprocessing
    assert torch.allclose(preprocessing.tensor(photo), to_input(drawn.pixels), atol=1e-6)


def test_chance_elsewhere_is_left_alone(tiny):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    Training(tiny, TrainingSettings(steps=1, seed=9))
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("se", [True, False])
def test_width_and_depth_can_be_chosen(se, tmp_path):
    network = spec("shapes" if se else "shapes_no_se").replace(width=0.5, depth=0.5)
    saved = read_trained_checkpoint(train(network, TrainingSettings(steps=1, batch=4), tmp_path))
    assert saved.spec.width == 0.5
    assert saved.spec.has_se == se


def test_full_disk_leaves_the_old_checkpoint(tiny, tmp_path, monkeypatch):
    path = tmp_path / "shapes.safetensors"
    write_trained_checkpoint(path, tiny, {"a": torch.zeros(3)}, {"n": 1})
    before = path.read_bytes()

    def no_room(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        write_trained_checkpoint(path, tiny, {"a": torch.ones(3)}, {"n": 2})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_stop_during_a_write_leaves_the_old_checkpoint(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupted(file):
        file.write(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(path, interrupted)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_full_disk_in_the_middle_loses_nothing_before(tiny, tmp_path, monkeypatch):
    settings = TrainingSettings(steps=12, batch=8)
    whole = read_trained_checkpoint(train(tiny, settings, tmp_path / "whole"))
    folder = tmp_path / "parts"
    train(tiny, settings, folder, should_stop=stop_after(4))
    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(files.Path, "replace", lambda *paths: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        train(tiny, settings, folder)
    assert read_trained_checkpoint(folder / "shapes.safetensors").facts["steps"] == 4
    assert same_tensors(read_trained_checkpoint(train(tiny, settings, folder)).tensors, whole.tensors)


def test_finished_folder_is_not_overwritten(tiny, tmp_path):
    settings = TrainingSettings(steps=1, batch=4)
    path = train(tiny, settings, tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="already holds a finished"):
        train(tiny, settings, tmp_path)
    assert path.read_bytes() == before


def test_unfinished_training_of_other_settings_is_not_mixed_up(tiny, tmp_path):
    train(tiny, TrainingSettings(steps=10, batch=4), tmp_path, should_stop=stop_after(1))
    with pytest.raises(ValueError, match="other settings"):
        train(tiny, TrainingSettings(steps=10, batch=4, seed=1), tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minutes", 0),
        ("minutes", -1),
        ("minutes", 1e9),
        ("minutes", float("nan")),
        ("steps", 0),
        ("steps", 10**9),
        ("seed", -1),
        ("seed", 10**9),
        ("batch", 1),
        ("task", "nonsense"),
    ],
)
def test_recipe_names_what_is_wrong(field, value):
    with pytest.raises(ValueError, match=field):
        TrainingSettings(**{field: value})


@pytest.mark.slow
def test_a_short_training_beats_chance_by_far(tmp_path, monkeypatch):
    monkeypatch.undo()
    saved = read_trained_checkpoint(train(spec("shapes"), TrainingSettings(steps=150, batch=48, seed=0), tmp_path))
    assert saved.facts["held_out_accuracy"] > 0.1  # chance: 1 of 24 is 0.042
