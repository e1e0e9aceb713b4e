"""`effnet-viz weights ...`."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from effnet_viz.command_line.commands import main
from effnet_viz.network import build
from effnet_viz.weights import weight_set
from effnet_viz.weights.caches import torch_checkpoints


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    torch_checkpoints().mkdir(parents=True)
    return torch_checkpoints()


def test_list_names_every_set_and_what_is_here(cache, capsys):
    assert main(["weights", "list", "lite0", "b1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("lite0/packaged") and line.endswith("yes") and "75.1" in line for line in lines)
    assert any(line.startswith("b1/torchvision-v2") and line.endswith("no") and "79.8" in line for line in lines)
    assert main(["weights", "list", "--here"]) == 0
    assert "b1/" not in capsys.readouterr().out


@pytest.mark.slow
def test_verify_finds_what_is_good_and_what_is_not(cache, capsys):
    assert main(["weights", "verify"]) == 0
    assert "lite0/packaged: good" in capsys.readouterr().out
    torch.save(build("b0").state_dict(), cache / weight_set("b0", "torchvision-v1").filename)
    assert main(["weights", "verify"]) == 1
    assert "b0/torchvision-v1: its SHA-256 is not the published one" in capsys.readouterr().out
    shutil.rmtree(cache)


def test_fetch_says_what_is_here_what_is_unknown_and_what_cannot_be_had(cache, capsys, monkeypatch):
    assert main(["weights", "fetch", "lite0/packaged"]) == 0
    assert "already on this machine" in capsys.readouterr().out
    assert main(["weights", "fetch", "lite0", "nobody"]) == 1
    assert "no variant 'nobody'" in capsys.readouterr().err
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody answers
    assert main(["weights", "fetch", "b0"]) == 1
    caught = capsys.readouterr()
    (line,) = caught.err.splitlines()
    assert line.startswith("b0/timm-long: ") and "cannot be reached" in line


def test_programs_read_what_people_read(cache, capsys):
    assert main(["weights", "list", "b1", "lite0", "--json"]) == 0
    told = {row["set"]: row for row in json.loads(capsys.readouterr().out)}
    assert told["lite0/packaged"]["here"] and not told["b1/torchvision-v2"]["here"]
    assert told["b1/torchvision-v2"]["top1"] == 79.838  # torchvision's own figure
    assert main(["weights", "verify", "--json"]) == 0
    assert {"set": "lite0/packaged", "verdict": "good"} in json.loads(capsys.readouterr().out)


def test_the_help_names_what_can_be_done(capsys):
    assert main(["weights", "--help"]) == 0 and "verify" in capsys.readouterr().out
