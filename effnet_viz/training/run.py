"""A training from start to end in one folder: its log, its checkpoint, and what it needs to go on later.

    log.csv                  one row a report: loss, learning rate, accuracy in training and on held-out pictures
    gates.csv                one row a report and SE block: how the gates spread, how much they tell of the class
    <name>.safetensors       the network as it is now, with what is known about it
    resume.safetensors       the optimizer's memory; gone when the training is finished

Every file is replaced in one step (see `files.write_atomically`), so that a stop at any moment loses at most the
steps since the last report.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from effnet_viz import __version__
from effnet_viz.architecture import ModelSpec
from effnet_viz.network import for_inference
from effnet_viz.training.checkpoint import read_trained_checkpoint, write_trained_checkpoint
from effnet_viz.training.csv_log import CsvLog
from effnet_viz.training.evaluation import Evaluation, between_class_share, evaluate
from effnet_viz.training.loop import Training
from effnet_viz.training.settings import TrainingSettings
from effnet_viz.training.tasks import HELD_OUT_PICTURES, task_named

REPORT_STEPS = 50
REPORT_PICTURES = 512
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a training stands.

    Attributes:
        step: steps done.
        pictures: pictures seen.
        seconds: time used.
        progress: share of the training that is done, 0 to 1.
        learning_rate: of the last step.
        loss: mean since the report before.
        accuracy: share of the training's pictures answered rightly since the report before.
        held_out_accuracy: share of the first 512 held-out pictures answered rightly; of all 2,048 at the end.
    """

    step: int
    pictures: int
    seconds: float
    progress: float
    learning_rate: float
    loss: float
    accuracy: float
    held_out_accuracy: float


def train(
    spec: ModelSpec,
    settings: TrainingSettings,
    folder: Path,
    *,
    device: str = "auto",
    command: str = "",
    on_report: Callable[[Report], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """Train a network, or go on with the training that the folder holds.

    Args:
        spec: the network.
        settings: how to train it.
        folder: where everything is written; made if it is not there.
        device: a name for `resolve_device`.
        command: what was typed to start this, for the checkpoint.
        on_report: told how it stands, every 50 steps and at the end.
        should_stop: asked after every step; when it says yes, everything is written down and the training ends.

    Returns:
        Where the checkpoint is; there is none yet if the training was stopped before its first step.

    Raises:
        ValueError: the folder holds a finished training, or an unfinished one of another network or settings.
        OSError: the folder cannot be written to. What was written before is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, resume = folder / f"{spec.name}.safetensors", folder / "resume.safetensors"
    training = Training(spec, settings, device)
    if resume.is_file():
        training.restore(read_trained_checkpoint(resume))
    elif checkpoint.exists():
        raise ValueError(f"{folder} already holds a finished {checkpoint.name}; choose another folder, or delete it.")
    else:
        write_trained_checkpoint(resume, training.spec, *training.state())
    log = CsvLog(folder / "log.csv", up_to_step=training.done)
    gates = CsvLog(folder / "gates.csv", up_to_step=training.done)
    stopping = should_stop or (lambda: False)

    recent: list[tuple[float, float]] = []
    finished, stopped = False, stopping()
    while not (finished or stopped):
        learning_rate = training.learning_rate
        recent.append(training.step())
        finished, stopped = training.progress >= 1, stopping()
        if not (finished or stopped or training.done % REPORT_STEPS == 0):
            continue
        start = time.perf_counter()
        said = evaluate(
            for_inference(training.network, training.device),
            settings.task,
            HELD_OUT_PICTURES if finished else REPORT_PICTURES,
        )
        loss, accuracy = np.mean(recent, axis=0)
        recent.clear()
        training.seconds += time.perf_counter() - start
        report = Report(
            step=training.done,
            pictures=training.done * settings.batch,
            seconds=round(training.seconds, 2),
            progress=training.progress,
            learning_rate=learning_rate,
            loss=float(loss),
            accuracy=float(accuracy),
            held_out_accuracy=said.accuracy,
        )
        facts = _facts(training, report, said, command, finished)
        write_trained_checkpoint(checkpoint, training.spec, training.network.state_dict(), facts)
        log.add([vars(report)])
        gates.add(_spread(report.step, said))
        if finished:
            resume.unlink(missing_ok=True)
        else:
            write_trained_checkpoint(resume, training.spec, *training.state())
        if on_report is not None:
            on_report(report)
    return checkpoint


def _spread(step: int, said: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "step": step,
            "block": block,
            **{
                f"q{100 * q:02.0f}": float(value)
                for q, value in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)
            },
            "between_class_share": between_class_share(values, said.labels),
        }
        for block, values in said.gates.items()
    ]


def _facts(training: Training, report: Report, said: Evaluation, command: str, finished: bool) -> dict[str, Any]:
    task = task_named(training.settings.task)
    return {
        "task": task.name,
        "class_names": task.class_names,
        "command": command,
        "finished": finished,
        "seed": training.settings.seed,
        "steps": report.step,
        "pictures": report.pictures,
        "seconds": round(report.seconds, 1),
        "device": str(training.device),
        "held_out_accuracy": said.accuracy,
        "held_out_pictures": len(said.labels),
        "program": __version__,
        "torch": torch.__version__.split("+")[0],
    }
