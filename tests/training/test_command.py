"""`train` on the command line: what a user gets wrong ends in one sentence, and what was learned is never lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from effnet_viz.command_line.commands import main
from effnet_viz.training.checkpoint import read_trained_checkpoint, write_trained_checkpoint

ROOT = Path(__file__).resolve().parents[2]


def command(*words: object) -> int:
    return main(["train", *map(str, words)])


@pytest.fixture
def one_sentence(capsys):
    def said() -> str:
        *progress, line = capsys.readouterr().err.splitlines()
        assert line.startswith("effnet-viz: ") and not any(text.startswith("effnet-viz: ") for text in progress)
        return line

    return said


@pytest.fixture(autouse=True)
def quick_reports(monkeypatch):
    monkeypatch.setattr("effnet_viz.training.run.REPORT_PICTURES", 32)
    monkeypatch.setattr("effnet_viz.training.run.HELD_OUT_PICTURES", 32)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["shapes", "--minutes", "0"], "minutes is 0"),
        (["shapes", "--minutes", "1e9"], "minutes is 1e+09"),
        (["shapes", "--steps", "0"], "steps is 0"),
        (["shapes", "--seed", "-1"], "seed is -1"),
        (["shapes", "--task", "nonsense"], "the tasks are shapes, majority"),
        (["nonsense"], "nonsense"),
        (["shapes", "--device", "abacus"], "device is 'abacus'"),
    ],
)
def test_wrong_words_end_in_one_sentence(words, part, tmp_path, one_sentence):
    assert command(*words, "--out", tmp_path / "run") == 1
    assert part in one_sentence()


@pytest.mark.slow
def test_trains_and_says_where_it_is(tmp_path, capsys):
    assert command("shapes", "--steps", 1, "--seed", 2, "--out", tmp_path) == 0
    assert f"Done: {tmp_path / 'shapes.safetensors'}" in capsys.readouterr().out
    facts = read_trained_checkpoint(tmp_path / "shapes.safetensors").facts
    assert facts["command"] == "effnet-viz train shapes --steps 1 --seed 2 --task shapes"
    assert facts["pictures"] == 64
    assert command("shapes", "--steps", 1, "--seed", 3, "--out", tmp_path / "next", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"checkpoint": str(tmp_path / "next" / "shapes.safetensors"), "finished": True}


def test_finished_folder_is_refused(tmp_path, one_sentence):
    assert command("shapes", "--steps", 1, "--out", tmp_path) == 0
    assert command("shapes", "--steps", 1, "--out", tmp_path) == 1
    assert "already holds a finished shapes.safetensors" in one_sentence()


def test_unfinished_training_of_another_version_is_refused_and_kept(tmp_path, one_sentence, monkeypatch):
    from effnet_viz.architecture import spec

    with monkeypatch.context() as older:
        older.setattr("effnet_viz.training.checkpoint.VERSION", "0")
        write_trained_checkpoint(tmp_path / "resume.safetensors", spec("shapes"), {}, {})
    before = (tmp_path / "resume.safetensors").read_bytes()
    assert command("shapes", "--steps", 1, "--out", tmp_path) == 1
    assert "is a checkpoint of version 0; this program reads version 1" in one_sentence()
    assert (tmp_path / "resume.safetensors").read_bytes() == before


def test_no_room_is_known_before_the_training_starts(tmp_path, one_sentence, monkeypatch):
    def no_room(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("effnet_viz.training.files.os.fsync", no_room)
    assert command("shapes", "--steps", 1, "--out", tmp_path) == 1
    assert "There is no room left to write" in one_sentence()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_a_file(tmp_path, one_sentence):
    (tmp_path / "file").write_text("")
    assert command("shapes", "--steps", 1, "--out", tmp_path / "file") == 1
    assert f"Cannot write {tmp_path / 'file'}" in one_sentence()


@pytest.mark.slow
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path):
    words = [sys.executable, "-m", "effnet_viz", "train", "shapes", "--steps", "12", "--out", str(tmp_path)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "resume.safetensors").exists():  # written when all is ready to start
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "the same command goes on" in out.splitlines()[-1]
    assert "Traceback" not in errors
    stopped = read_trained_checkpoint(tmp_path / "resume.safetensors").facts
    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    finished = read_trained_checkpoint(tmp_path / "shapes.safetensors").facts
    assert finished["finished"]
    assert finished["steps"] == 12 > stopped["done"]
