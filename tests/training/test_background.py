"""Trainings beside the app: real processes, one at a time, that end when nobody looks."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from effnet_viz.architecture import spec
from effnet_viz.training import background
from effnet_viz.training.checkpoint import read_trained_checkpoint
from effnet_viz.training.settings import TrainingSettings

ROOT = Path(__file__).resolve().parents[2]
LONG = TrainingSettings(minutes=5, batch=4)


@pytest.fixture
def tiny():
    shapes = spec("shapes")
    return shapes.replace(stages=shapes.stages[:1], head_channels=16)


@pytest.fixture
def queue():
    queue = background.TrainingQueue()
    yield queue
    for job in list(queue._trainings):
        job.close()


def wait_until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_starting_a_job_imports_no_torch():
    code = (
        "import sys; from effnet_viz.training.background import training_queue; training_queue(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.slow
def test_job_trains_reports_and_hands_over_its_network(queue, tiny):
    job = queue.submit(tiny, TrainingSettings(steps=60, batch=4))
    assert job.view().status == "running"
    assert job.checkpoint() is None
    wait_until(lambda: not job.view().active)
    view = job.view()
    assert (view.status, view.message, view.progress) == ("finished", "Finished.", 1)
    assert [row["step"] for row in view.reports] == [50, 60]
    assert {row["block"] for row in view.gates} == {"2.1"}
    saved = read_trained_checkpoint(job.checkpoint())
    assert saved.spec == tiny
    assert saved.facts["finished"]
    folder = job._folder
    job.close()
    assert not folder.exists()


@pytest.mark.slow
def test_one_at_a_time_and_stopping_lets_the_next_one_start(queue, tiny):
    first, second, third = (queue.submit(tiny, LONG) for _ in range(3))
    assert [job.view().status for job in (first, second, third)] == ["running", "waiting", "waiting"]
    assert "1 training is before this one" in second.view().message
    assert "2 trainings are before this one" in third.view().message
    second.stop()
    assert second.view().status == "stopped"
    assert "1 training is" in third.view().message
    wait_until(lambda: third.view().active and first.view().reports)
    first.stop()
    wait_until(lambda: third.view().active and first.view().status == "stopped")
    assert first.view().message == "Stopped."
    assert not read_trained_checkpoint(first.checkpoint()).facts["finished"]
    wait_until(lambda: third.view().status == "running", seconds=5)


@pytest.mark.slow
def test_job_that_nobody_looks_at_ends(queue, tiny, monkeypatch):
    monkeypatch.setattr(background, "LEASE_SECONDS", 0.5)
    job = queue.submit(tiny, LONG)
    process = job._process
    wait_until(lambda: process.poll() is not None)
    assert job.view().message == "Stopped because nobody was looking any more."


@pytest.mark.slow
def test_job_ends_with_the_app(tmp_path):
    code = (
        "import os, time\n"
        "from effnet_viz.architecture import spec\n"
        "from effnet_viz.training.background import training_queue\n"
        "from effnet_viz.training.settings import TrainingSettings\n"
        "job = training_queue().submit(spec('shapes'), TrainingSettings(minutes=5, batch=4))\n"
        "while not (job._folder / 'resume.safetensors').exists(): time.sleep(0.1)\n"
        "print(job._process.pid, job._folder, flush=True)\n"
        "os._exit(1)\n"
    )  # as if killed: nothing is cleaned up
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    pid, folder = int(out.split()[0]), Path(out.split()[1])

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"

    wait_until(gone)
    assert not folder.exists()


@pytest.mark.slow
def test_two_servers_train_at_the_same_time_and_learn_the_same():
    """They share a machine and its folder for temporary files, and nothing else."""
    code = (
        "import hashlib, time\n"
        "from effnet_viz.architecture import spec\n"
        "from effnet_viz.training.background import training_queue\n"
        "from effnet_viz.training.settings import TrainingSettings\n"
        "shapes = spec('shapes')\n"
        "tiny = shapes.replace(stages=shapes.stages[:1], head_channels=16)\n"
        "job = training_queue().submit(tiny, TrainingSettings(steps=3, batch=4))\n"
        "while job.view().active: time.sleep(0.1)\n"
        "import safetensors.numpy\n"
        "tensors = safetensors.numpy.load(job.checkpoint())\n"
        "learned = hashlib.sha256(b''.join(tensors[name].tobytes() for name in sorted(tensors))).hexdigest()\n"
        "print(job.view().status, job._folder, learned, flush=True)\n"
        "job.close()\n"
    )
    servers = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    first, second = (server.communicate(timeout=240)[0].split() for server in servers)
    assert first[0] == second[0] == "finished"
    assert first[1] != second[1] and first[2] == second[2]
    assert not Path(first[1]).exists() and not Path(second[1]).exists()


@pytest.mark.slow
def test_trainer_runs_at_low_priority(queue, tiny):
    job = queue.submit(tiny, LONG)
    pid = job._process.pid
    wait_until(lambda: os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0))
    job.close()
    assert job._process.poll() is not None


@pytest.mark.slow
def test_failure_is_told_in_one_sentence(queue, tiny):
    job = queue.submit(tiny, TrainingSettings(steps=5), device="abacus")
    wait_until(lambda: not job.view().active)
    view = job.view()
    assert view.status == "failed"
    assert view.message.startswith("The training failed: device is 'abacus'")


@pytest.mark.slow
def test_a_folder_that_is_deleted_while_it_trains_is_one_sentence(queue, tiny):
    job = queue.submit(tiny, LONG)
    wait_until(lambda: job.view().reports)
    shutil.rmtree(job._folder)
    wait_until(lambda: not job.view().active)
    assert job.view().message == "The training failed: its folder was deleted while it ran. Start it again."
    assert job.checkpoint() is None
    job.close()


@pytest.mark.slow
def test_the_folder_goes_with_the_training(queue, tiny, monkeypatch):
    monkeypatch.setattr(background.BackgroundTraining, "_start", lambda self: None)
    job = queue.submit(tiny, LONG)
    folder = job._folder
    assert folder.exists()
    job.stop()
    del job
    gc.collect()
    assert not folder.exists()


def test_process_that_cannot_start_does_not_block_the_queue(queue, tiny, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(background.subprocess, "Popen", refuse)
    job = queue.submit(tiny, LONG)
    assert job.view().status == "failed"
    assert "Cannot allocate memory" in job.view().message
    assert queue._trainings == []


def test_too_much_is_refused(queue, tiny, monkeypatch):
    with pytest.raises(ValueError, match="at most 30"):
        queue.submit(tiny, TrainingSettings(minutes=31))
    with pytest.raises(ValueError, match="at most 20,000"):
        queue.submit(tiny, TrainingSettings(steps=20_001))
    with pytest.raises(ValueError, match="5,288,548 parameters"):
        queue.submit(spec("b0"), LONG)
    monkeypatch.setattr(background.BackgroundTraining, "_start", lambda self: None)
    for _ in range(1 + background.MAX_WAITING):
        queue.submit(tiny, LONG)
    with pytest.raises(ValueError, match="8 trainings are waiting already"):
        queue.submit(tiny, LONG)
