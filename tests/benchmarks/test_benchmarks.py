"""The benchmarks still run: every contender answers, in its own process too. No time is asserted."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from benchmarks import answers, engines, gate_evidence, grad_cam, methods, training
from benchmarks.contenders import CONTENDERS


def test_every_contender_is_compared():
    assert list(grad_cam.CONTENDERS) == list(CONTENDERS)


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_gives_numbers(name):
    values = np.asarray(CONTENDERS[name]("b0")(torch.randn(1, 3, 64, 64)))
    assert values.size > 1
    assert np.isfinite(values).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [f"{method}@{tool}" for method, others in methods.BESIDE.items() for tool in ("effnet_viz", *others)]
)
def test_every_method_gives_numbers(name):
    values = np.asarray(methods.contender(name, "b0")(torch.randn(1, 3, 64, 64)))
    assert values.size > 1
    assert np.isfinite(values).all()


@pytest.mark.slow
def test_a_contender_measures_itself_in_its_own_process():
    contender = grad_cam.Contender("effnet_viz", "b0", 64)
    try:
        contender.wait_until_ready()
        contender.warm_up()
        contender.measure_time()
    finally:
        contender.stop()
    assert contender.peak is None or contender.peak >= 0
    assert grad_cam.least_memory(contender, "b0", 1) == contender.peak
    assert contender.times[0] > 0 and contender.processor_times[0] > 0


@pytest.mark.slow
def test_a_busy_machine_is_compared_with_a_quiet_one(capsys, monkeypatch):
    monkeypatch.setitem(grad_cam.CASES, "b0", 64)
    grad_cam.report_busy("b0", rounds=1)
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if " ms |" in line]
    assert [row[1].strip() for row in rows] == list(grad_cam.OWN)
    assert all(float(row[4]) > 0 for row in rows)


@pytest.mark.slow
def test_the_command_explains_itself():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], capture_output=True, text=True, check=True)
    assert "--quick" in done.stdout and "--full" in done.stdout


@pytest.mark.slow
def test_answers_are_printed_beside_a_bare_page(capsys, monkeypatch):
    monkeypatch.setattr(answers, "AGAIN", 1)
    answers.report(
        (answers.Answer(page="train", title="Seeds", control=("number_input", "train_seed"), values=(1, 2)),)
    )
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if re.search(r"\d m?s \|", line)]
    cold, bare, seeds = rows
    assert float(cold[2].strip(" s")) > float(bare[2].strip(" ms")) / 1000
    assert float(bare[4]) == 1.0 and float(seeds[4]) > 0


@pytest.mark.slow
def test_throughput_is_printed(capsys):
    training.report(("shapes",), steps=1)
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| shapes, majority"))
    assert 0 < float(row.split("|")[5].strip(" %")) < 100


def test_gate_evidence_is_printed_beside_captum(capsys):
    gate_evidence.report("b0", rounds=1)
    ours, theirs = (line.split("|") for line in capsys.readouterr().out.splitlines() if " ms |" in line)
    assert "1,152 gates" in ours[1] and float(ours[4]) == 1
    assert float(theirs[4]) > 0


@pytest.mark.slow
def test_both_engines_run_the_slow_methods(capsys):
    engines.report(("lite0",), rounds=1)
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| lite0, ")]
    assert [row[1].strip() for row in rows] == ["lite0, Score-CAM", "lite0, occlusion", "lite0, deletion and insertion"]
    assert all(float(row[4]) > 0 and float(row[5]) > 0 for row in rows)
