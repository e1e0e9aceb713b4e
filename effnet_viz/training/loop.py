"""The training loop: draw pictures, compare the answer with the truth, move every parameter a little.

`Training.step` is the whole of it; the rest of this module repeats that step until the time is used up, writes down
how it goes, and keeps enough on disk to go on after an interruption as if there had been none.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict

import torch
from torch import Tensor
from torch.nn import functional

from effnet_viz.architecture import ModelSpec
from effnet_viz.network import build, resolve_device
from effnet_viz.training.checkpoint import TrainedCheckpoint, flatten_optimizer, restore_optimizer
from effnet_viz.training.settings import TrainingSettings
from effnet_viz.training.shape_formulas import Array
from effnet_viz.training.tasks import pictures, task_named


class Training:
    """A network that is being trained, and the memory that its training needs.

    Args:
        spec: the network; its class count becomes the task's.
        settings: how to train it.
        device: a name for `resolve_device`.

    Attributes:
        network: the network, in training mode.
        done: steps done.
        seconds: time spent in steps.
    """

    def __init__(self, spec: ModelSpec, settings: TrainingSettings, device: str = "auto") -> None:
        self.settings = settings
        self.device = resolve_device(device)
        self.spec = spec.replace(num_classes=len(task_named(settings.task).class_names))
        self.network = build(self.spec, seed=settings.seed)
        for module in self.network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 0.1  # 0.01, right for days of training, would remember the first minutes too long
        self.network.to(device=self.device, memory_format=torch.channels_last)
        weights = [parameter for parameter in self.network.parameters() if parameter.ndim > 1]
        others = [parameter for parameter in self.network.parameters() if parameter.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": weights, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}],
            lr=settings.learning_rate,
        )
        self.done = 0
        self.seconds = 0.0

    def step(self) -> tuple[float, float]:
        """Learn from one batch of new pictures; returns its loss and the share that was answered rightly."""
        start = time.perf_counter()
        batch = pictures(self.settings.task, self.settings.seed, self.done, self.settings.batch)
        x, truth = to_input(batch.pixels, self.device), torch.from_numpy(batch.labels).to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate

        with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = self.network(x)
        loss = functional.cross_entropy(logits.float(), truth, label_smoothing=self.settings.label_smoothing)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

        self.done += 1
        correct = (logits.argmax(dim=1) == truth).float().mean().item()
        self.seconds += time.perf_counter() - start
        return loss.item(), correct

    @property
    def progress(self) -> float:
        """Share of the training that is done, 0 to 1: of its steps, or else of its time."""
        if self.settings.steps is not None:
            return min(1.0, self.done / self.settings.steps)
        return min(1.0, self.seconds / (60 * self.settings.minutes))

    @property
    def learning_rate(self) -> float:
        """Up in a straight line, then down along half a cosine wave to 0 (arXiv 1608.03983)."""
        if self.progress < self.settings.warmup:
            return self.settings.learning_rate * self.progress / self.settings.warmup
        falling = (self.progress - self.settings.warmup) / (1 - self.settings.warmup)
        return self.settings.learning_rate * (1 + math.cos(math.pi * falling)) / 2

    def state(self) -> tuple[dict[str, Tensor], dict[str, object]]:
        """All that is needed to go on later: tensors, and facts that JSON can hold."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in flatten_optimizer(self.optimizer).items()}
        return tensors, {"recipe": asdict(self.settings), "done": self.done, "seconds": self.seconds}

    def restore(self, saved: TrainedCheckpoint) -> None:
        """Go on where a saved state was taken; the next step is the one that would have come then.

        Raises:
            ValueError: the state is that of another network or other settings.
        """
        if saved.spec != self.spec or saved.facts.get("recipe") != asdict(self.settings):
            raise ValueError(
                "The unfinished training in this folder has another network or other settings; choose "
                "another folder, or delete this one."
            )
        states: dict[str, dict[str, Tensor]] = {"network": {}, "optimizer": {}}
        for key, tensor in saved.tensors.items():
            state, name = key.split(".", maxsplit=1)
            states[state][name] = tensor
        self.network.load_state_dict(states["network"])
        restore_optimizer(self.optimizer, states["optimizer"])
        self.done, self.seconds = saved.facts["done"], saved.facts["seconds"]


def to_input(pixels: Array, device: torch.device | str = "cpu") -> Tensor:
    """Pixels `(N, 3, H, W)` uint8 as the network takes them: float32 from -1 to 1, channels-last.

    The same as a `Preprocessing` with mean and standard deviation 0.5 makes of a photo of that size.

    Args:
        pixels: red, green and blue from 0 to 255, `(N, 3, H, W)` uint8.
        device: where the tensor shall be.

    Returns:
        `(N, 3, H, W)` float32.
    """
    x = torch.from_numpy(pixels).to(device=device, memory_format=torch.channels_last)
    return x.float().sub_(127.5).div_(127.5)
