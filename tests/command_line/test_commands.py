"""`effnet-viz`: what it writes for people and for machines, its exit codes, and its one sentence of what is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torchvision
from PIL import Image

import effnet_viz as ev
from effnet_viz.command_line import commands
from effnet_viz.command_line.choices import chosen_class
from effnet_viz.command_line.commands import main
from effnet_viz.home import HOME

PHOTOS = HOME / "assets" / "photos"


def sentence(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_plan_sums_up_to_torchvisions_network(capsys):
    assert main(["plan", "b0", "--csv", "--level", "layers"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    built = torchvision.models.efficientnet_b0()
    assert sum(int(row["params"]) for row in rows) == sum(values.numel() for values in built.parameters())
    assert main(["plan", "b0", "--resolution", "240", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["resolution"] == 240 and told["blocks"][0]["out_shape"] == [32, 120, 120]


def test_compare_is_the_difference_of_both(capsys):
    assert main(["compare", "b0", "b1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    smaller, larger = (
        sum(values.numel() for values in build().parameters())
        for build in (torchvision.models.efficientnet_b0, torchvision.models.efficientnet_b1)
    )
    assert told["params_difference"] == larger - smaller
    assert main(["compare", "b0", "b1"]) == 0
    assert f"{smaller:,} parameters" in capsys.readouterr().out


@pytest.mark.slow
def test_explain_writes_what_the_library_gives(capsys, tmp_path):
    words = ["explain", str(PHOTOS / "koala.jpg"), "--target", "wombat", "--layer", "7", "--out", str(tmp_path)]
    assert main([*words, "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    model, photo = ev.load("lite0"), ev.open_photo(PHOTOS / "koala.jpg")
    index = model.class_names.index("wombat")
    assert answer["target"] == {"index": index, "label": "wombat"} and answer["layer"] == "7"
    evidence = ev.grad_cam(model, photo, index, "7")
    np.testing.assert_allclose(np.load(answer["files"]["map"]), evidence.values, rtol=1e-4, atol=1e-6)
    assert Image.open(answer["files"]["overlay"]).height == 1000
    assert json.loads((tmp_path / "koala.json").read_text())["predictions"] == answer["predictions"]


def test_gates_are_those_of_the_network(capsys, tmp_path):
    assert main(["explain", str(PHOTOS / "bee.jpg"), "--model", "shapes", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    rows = list(csv.DictReader((tmp_path / "bee-gates.csv").open()))
    gates = ev.se_gates(ev.load("shapes"), ev.open_photo(PHOTOS / "bee.jpg"))
    assert len(rows) == sum(map(len, gates.values()))
    assert float(rows[0]["gate"]) == pytest.approx(float(next(iter(gates.values()))[0]), abs=1e-5)


def test_one_bad_photo_does_not_stop_the_others(capsys, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no photo")
    assert main(["explain", str(bad), str(PHOTOS / "koala.jpg"), "--out", str(tmp_path / "out")]) == 1
    caught = capsys.readouterr()
    assert caught.out.startswith(f"{PHOTOS / 'koala.jpg'}: koala (")
    (line,) = [line for line in caught.err.splitlines() if "bad.jpg" in line]
    assert line.startswith(f"{bad}: ") and line.endswith(".")


@pytest.mark.slow
def test_two_photos_of_one_name_do_not_overwrite_each_other(capsys, tmp_path):
    twin = tmp_path / "koala.jpg"
    shutil.copy(PHOTOS / "bee.jpg", twin)
    assert main(["explain", str(twin), str(PHOTOS / "koala.jpg"), "--out", str(tmp_path / "out")]) == 0
    assert {"koala-1.json", "koala-2.json"} <= {path.name for path in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["plan", "b9"], 1, "no variant 'b9'"),
        (["plan", "b0", "--level", "rooms"], 1, "level is 'rooms'"),
        (["plan", "b0", "--resolution", "3"], 1, "resolution is 3"),
        (["explain", "nowhere.jpg"], 2, "'--out'"),
        (["explain", "nowhere.jpg", "--out", "out", "--model", "b99"], 1, "no variant 'b99'"),
        (["explain", "nowhere.jpg", "--out", "out", "--model", "mine.pth"], 1, "mine.pth"),
        (["explain", "nowhere.jpg", "--out", "out", "--target", "gryphon"], 1, "'gryphon'"),
        (["explain", "nowhere.jpg", "--out", "out", "--target", "1000"], 1, "target is 1000"),
        (["explain", "nowhere.jpg", "--out", "out", "--target", "s"], 1, "beginning of several classes"),
        (["bogus"], 2, "'bogus'; see `effnet-viz --help`"),
        (["weights", "fetch"], 2, "; see `effnet-viz weights fetch --help`"),
        (["--port", "70000"], 2, "65535; it is '70000'; see"),
        (["export", "shapes", "out.onnx", "--output", "nothing"], 1, "nothing"),
        (["export", "shapes", "out.onnx", "--photo", "nowhere.jpg"], 1, "nowhere.jpg"),
        (["export", "shapes", "out.onnx", "--opset", "12"], 1, "opset is 12; it can be 13 to "),
        (["export", "shapes", "out.onnx", "--opset", "new"], 2, "'--opset': "),
        (["export", "shapes", "out.onnx", "--opset", "new"], 2, "'new'"),
        (["profile", "shapes", "--level", "rooms"], 2, "'rooms'"),
        (["profile", "shapes", "--batch", "0"], 1, "batch is 0"),
        (["report", "--from", "nowhere.json"], 1, "nowhere.json: No such file"),
    ],
)
def test_what_is_wrong_is_one_sentence_on_standard_error(words, status, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == status
    line = sentence(capsys)
    assert line.startswith("effnet-viz: ") and said in line and line.endswith(".")


def test_a_group_of_commands_alone_shows_its_help_without_a_complaint(capsys):
    assert main(["weights"]) == 2
    out, complaint = capsys.readouterr()
    assert "verify" in out and complaint == ""


def test_a_class_is_an_index_a_name_or_its_beginning():
    model = ev.load("lite0")
    koala = model.class_names.index("koala")
    assert [chosen_class(model, words) for words in (None, "105", "koala", "Koal")] == [None, 105, koala, koala]


@pytest.mark.parametrize(
    "command",
    [
        *("", "plan", "compare", "explain", "report", "folder", "export", "profile", "train"),
        *("weights", "weights list", "weights fetch", "weights verify"),
    ],
)
def test_every_help_has_an_example(command, capsys):
    assert main([*command.split(), "--help"]) == 0
    assert f"effnet-viz {command}".strip() in capsys.readouterr().out.split("Example:")[1]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], ("localhost", 8501, True, False)),
        (["--host", "::1", "--port", "9", "--no-browser"], ("::1", 9, False, False)),
        (["--class"], ("localhost", 8501, True, True)),
    ],
)
def test_without_a_command_the_app_starts(words, given, monkeypatch):
    started = []

    def start(host, port, *, browser, classroom):
        started.append((host, port, browser, classroom))
        return 0

    monkeypatch.setattr(commands, "start_app", start)
    assert main(words) == 0
    assert started == [given]


def test_a_class_gets_its_settings(monkeypatch, capsys):
    started = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda words, **how: started.extend(words))
    assert main(["--class", "--port", "8080"]) == 0
    assert {"--server.address=0.0.0.0", "--server.maxUploadSize=50", "--server.headless=true"} < set(started)
    assert re.search(r"http://\S+:8080 ", capsys.readouterr().out)


def test_export_writes_a_file_that_onnx_runtime_runs(capsys, tmp_path):
    file = tmp_path / "shapes.onnx"
    assert main(["export", "shapes", str(file), "--output", "4.1.se.gate", "--opset", "15", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agrees"] and told["bytes"] == file.stat().st_size
    assert [entry.version for entry in onnx.load(file).opset_import] == [15]
    session = onnxruntime.InferenceSession(file)
    assert [output.name for output in session.get_outputs()] == told["outputs"]
    assert main(["export", "shapes", str(file)]) == 1
    assert str(file) in sentence(capsys)


@pytest.mark.slow
def test_profile_times_every_block(capsys):
    assert main(["profile", "shapes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in told["blocks"]] == [block.id for block in ev.plan("shapes").blocks]
    assert sum(row["milliseconds"] for row in told["blocks"]) == pytest.approx(told["milliseconds"])
    assert main(["profile", "shapes", "--level", "kinds", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(float(row["share"]) for row in rows) <= 1.001


def test_a_shell_completes_variants():
    words = {"_EFFNET_VIZ_COMPLETE": "complete_bash", "COMP_WORDS": "effnet-viz plan v2", "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "effnet_viz"]
    done = subprocess.run(command, env=os.environ | words, capture_output=True, text=True, check=True)
    assert {"v2_s", "v2_m"} <= set(done.stdout.split()) and "b0" not in done.stdout.split()
