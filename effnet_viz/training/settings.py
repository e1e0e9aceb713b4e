"""What decides how a training goes."""

from __future__ import annotations

from dataclasses import dataclass

from effnet_viz.training.tasks import HELD_OUT_SEED, task_named

MAX_MINUTES = 24 * 60
MAX_STEPS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Everything that decides how a training goes, apart from the machine's speed.

    Attributes:
        task: what to learn, such as `shapes`.
        seed: chance: first parameters and pictures.
        minutes: how long to train; not used where `steps` is given.
        steps: how many steps to train in place of minutes, so that two machines do exactly the same.
        batch: pictures a step. More would give fewer, surer steps; on a CPU 64 keeps both cores busy.
        learning_rate: AdamW's, at its highest. Small networks bear more than the usual 0.001.
        weight_decay: pull of the weights towards 0, not applied to biases and batch norm.
        label_smoothing: share of the answer given to all classes alike, so that nothing is learned to be certain.
        warmup: share of the training in which the learning rate rises to its highest.
    """

    task: str = "shapes"
    seed: int = 0
    minutes: float = 10.0
    steps: int | None = None
    batch: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    warmup: float = 0.05

    def __post_init__(self) -> None:
        task_named(self.task)
        _check_range("seed", self.seed, 0, HELD_OUT_SEED - 1)
        _check_range("batch", self.batch, 2, 4096)
        if self.steps is not None:
            _check_range("steps", self.steps, 1, MAX_STEPS)
        elif not 0 < self.minutes <= MAX_MINUTES:
            raise ValueError(f"minutes is {self.minutes:g}; a training takes more than 0 and at most {MAX_MINUTES}.")


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} is {value:,}; it goes from {low:,} to {high:,}.")
