"""Trainings beside the app: each in a process of its own at low priority, one at a time, ending with its session.

    queue = training_queue()    # one for the whole server
    training = queue.submit(spec, TrainingSettings(minutes=3))    # ValueError, in one sentence, where that cannot be
    training.view()          # TrainingStatus: message, progress, reports, gates; call it again every second or two
    training.checkpoint()    # bytes of the network as it is now, for `read_trained_checkpoint`; None before a report
    training.stop()          # keeps what has been learned; the process ends within a step or two
    training.close()         # stops, and deletes what it wrote

A training lives as long as somebody looks: `view` renews its lease, and a training nobody has looked at for
`LEASE_SECONDS` is stopped, so a closed browser tab does not keep the server busy. Its files go when the object does.

This module imports torch only in the process that trains.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.training.csv_log import read_csv_log
from effnet_viz.training.settings import TrainingSettings

LEASE_SECONDS = 60.0
MAX_WAITING = 8
MAX_MINUTES = 30.0
MAX_STEPS = 20_000
MAX_PARAMS = 1_000_000
_TICK_SECONDS = 0.25
_GRACE_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class TrainingStatus:
    """How a training stands at one moment.

    Attributes:
        status: ``waiting``, ``running``, ``finished``, ``stopped`` or ``failed``.
        message: the same for people, in one sentence.
        progress: share that is done, 0 to 1.
        reports: rows of ``log.csv`` so far, as ``run.Report`` names them.
        gates: rows of ``gates.csv`` so far: step, block, q05, q25, q50, q75, q95, between_class_share.
    """

    status: str
    message: str
    progress: float
    reports: Sequence[dict[str, float | str]]
    gates: Sequence[dict[str, float | str]]

    @property
    def active(self) -> bool:
        """Whether it waits or runs, so that looking again will show something new."""
        return self.status in ("waiting", "running")


class BackgroundTraining:
    """One training in a process of its own; made by `TrainingQueue.submit`."""

    def __init__(self, queue: TrainingQueue, spec: ModelSpec, settings: TrainingSettings, device: str) -> None:
        self.spec, self.settings = spec, settings
        self._queue = queue
        self._temporary = tempfile.TemporaryDirectory(prefix="effnet-viz-training-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        order = {"spec": dataclasses.asdict(spec), "settings": dataclasses.asdict(settings), "device": device}
        (self._folder / "order.json").write_text(json.dumps(order))
        self._process: subprocess.Popen | None = None
        self._stopping_since: float | None = None
        self._left_alone = False
        self._failure = ""
        self._looked_at = time.monotonic()

    def view(self) -> TrainingStatus:
        """How it stands now; also tells the queue that somebody still looks."""
        self._looked_at = time.monotonic()
        self._queue.tick()
        reports, gates = read_csv_log(self._folder / "log.csv"), read_csv_log(self._folder / "gates.csv")
        status = self._status()
        return TrainingStatus(
            status=status,
            message=self._message(status, reports),
            reports=reports,
            gates=gates,
            progress=float(reports[-1]["progress"]) if reports else 0.0,
        )

    def checkpoint(self) -> bytes | None:
        """The network as it was at the last report, as a safetensors file; None before the first one."""
        try:
            return (self._folder / f"{self.spec.name}.safetensors").read_bytes()
        except FileNotFoundError:
            return None

    def stop(self) -> None:
        """Ask it to end after the step it is in and keep what it has learned; a waiting one never starts."""
        self._ask_to_stop()
        self._queue.tick()

    def close(self) -> None:
        """Stop it at once and delete what it wrote."""
        self.stop()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._queue.tick()
        self._temporary.cleanup()

    def _start(self) -> None:
        try:
            with (self._folder / "errors.txt").open("wb") as errors:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "effnet_viz.training.training_process", str(self._folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    cwd=Path(__file__).resolve().parents[2],
                    env={**os.environ, "OMP_WAIT_POLICY": "passive"},
                )  # waiting threads leave the core to the app
        except OSError as error:
            self._failure = str(error)

    def _tend(self, now: float) -> None:
        """Stop it when nobody looks any more; kill it when it does not stop."""
        if self._stopping_since is None and now - self._looked_at > LEASE_SECONDS:
            self._left_alone = True
            self._ask_to_stop()
        if self._running() and self._stopping_since is not None and now - self._stopping_since > _GRACE_SECONDS:
            self._process.kill()

    def _ask_to_stop(self) -> None:
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        if self._process is not None:
            self._process.stdin.close()  # the trainer takes the end of its input as the word to stop

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _status(self) -> str:
        if self._running():
            return "running"
        if self._failure:
            return "failed"
        if self._process is None:
            return "waiting" if self._stopping_since is None else "stopped"
        if self._process.returncode == 0:
            return "stopped" if (self._folder / "resume.safetensors").exists() else "finished"
        return "stopped" if self._stopping_since is not None else "failed"

    def _message(self, status: str, reports: Sequence[dict]) -> str:
        if status == "waiting":
            before = self._queue.position(self)
            others = "1 training is" if before == 1 else f"{before} trainings are"
            return f"Waiting: {others} before this one, and this machine does one at a time."
        if status == "running":
            if self._stopping_since is not None:
                return "Stopping after this step."
            return "Training." if reports else "Starting: the first report comes after 50 steps."
        if status == "failed":
            return f"The training failed: {self._failure or self._last_words()}"
        if status == "stopped" and self._left_alone:
            return "Stopped because nobody was looking any more."
        return {"finished": "Finished.", "stopped": "Stopped."}[status]

    def _last_words(self) -> str:
        """What the process said about its end."""
        try:
            said = (self._folder / "errors.txt").read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            return "its folder was deleted while it ran. Start it again."
        return (said or ["its process was ended from outside."])[-1]


class TrainingQueue:
    """Trainings of one server: one runs, a few wait, in the order they came."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._trainings: list[BackgroundTraining] = []
        self._keeper: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._trainings)

    def submit(self, spec: ModelSpec, settings: TrainingSettings, device: str = "cpu") -> BackgroundTraining:
        """Start a training, or let it wait for its turn.

        Args:
            spec: the network, at most a million parameters.
            settings: how to train it, for at most 30 minutes.
            device: where.

        Raises:
            ValueError: too long, too large a network, or too many are waiting.
            OSError: there is no room for its files.
        """
        if settings.steps is None and settings.minutes > MAX_MINUTES:
            raise ValueError(
                f"minutes is {settings.minutes:g}; beside the app a training takes at most {MAX_MINUTES:g}."
            )
        if settings.steps is not None and settings.steps > MAX_STEPS:
            raise ValueError(f"steps is {settings.steps:,}; beside the app a training takes at most {MAX_STEPS:,}.")
        params = plan(spec).params
        if params > MAX_PARAMS:
            raise ValueError(
                f"This network has {params:,} parameters; beside the app at most {MAX_PARAMS:,} are "
                "trained, so choose less width or depth."
            )
        with self._lock:
            self.tick()
            if len(self._trainings) > MAX_WAITING:
                raise ValueError(f"{MAX_WAITING} trainings are waiting already; try again in a few minutes.")
            training = BackgroundTraining(self, spec, settings, device)
            self._trainings.append(training)
            self.tick()
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="training-queue", daemon=True)
                self._keeper.start()
        return training

    def position(self, training: BackgroundTraining) -> int:
        """How many are before a waiting training."""
        with self._lock:
            return self._trainings.index(training) if training in self._trainings else 0

    def tick(self) -> None:
        """Let go of trainings that ended, stop those left alone, start the next."""
        with self._lock:
            now = time.monotonic()
            for training in self._trainings:
                training._tend(now)
            self._trainings = [training for training in self._trainings if training._status() in ("waiting", "running")]
            if self._trainings and not self._trainings[0]._running():
                self._trainings[0]._start()

    def _keep(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self._lock:
                self.tick()
                if not self._trainings:
                    self._keeper = None
                    return


_queue = TrainingQueue()


def training_queue() -> TrainingQueue:
    """The queue that all sessions of this server share."""
    return _queue
