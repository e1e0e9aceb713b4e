"""Seconds of every block and every step inside it, in the engine that runs the network."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from effnet_viz.engine.graph import graph_of, parts_of
from effnet_viz.engine.graph_writer import CLASSIFIER, POOL
from effnet_viz.engine.machine import wait_for
from effnet_viz.engine.sessions import Session
from effnet_viz.network import ConvBlock, EfficientNet, SqueezeExcitation

WARM_UP = 2  # rounds that are not counted

_BLOCK = re.compile(r"\d+\.\d+")
_KERNEL = re.compile(r"(_nchwc)?(_token_\d+)?_kernel_time$")


@dataclass
class Laps:
    """Seconds by round.

    Attributes:
        parts: a part of the network to its time in each round, all that happens in it included.
        steps: a step to its time in each round.
    """

    parts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def time_in_onnx_runtime(
    network: EfficientNet,
    x: Tensor,
    steps: Collection[str],
    rounds: int,
    lock: AbstractContextManager[object],
    progress: Callable[[float], object],
) -> Laps:
    """Run the network part after part, with ONNX Runtime's own clock in every step.

    Args:
        network: folded, on the CPU.
        x: `(N, in_channels, H, W)`.
        steps: ids of what is timed inside the parts.
        rounds: how many runs are counted.
        lock: held for one round at a time.
        progress: told the share done; what it raises ends the work.

    Raises:
        EngineError: ONNX Runtime refuses the network or fails.
    """
    parts = parts_of(network)
    laps = Laps()
    with tempfile.TemporaryDirectory() as folder:
        total, done = len(parts) * (1 + WARM_UP + rounds), 0  # to write a part's graph is reckoned as a run of it
        sessions = {}
        for number, part in enumerate(parts):
            sessions[part] = Session(graph_of(network, [part], [part]), timings=Path(folder) / str(number))
            done += 1
            progress(done / total)
        for _ in range(WARM_UP + rounds):
            with lock:
                values = x.contiguous().numpy()
                for session in sessions.values():
                    (values,) = session.run(values)
                    done += 1
                    progress(done / total)
        for part, session in sessions.items():
            for seconds, inside in list(_runs(session.timings(), steps))[WARM_UP:]:
                laps.parts[part].append(seconds)
                for step in inside.keys() & set(steps):
                    laps.steps[step].append(inside[step])
    return laps


def _runs(timings: Path, steps: Collection[str]) -> Iterator[tuple[float, Mapping[str, float]]]:
    """Each run in a file of timings: its seconds, and those of the steps in it."""
    taken: dict[str, float] = defaultdict(float)
    for event in json.loads(timings.read_text("utf-8")):
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            taken[_step_of(event["name"], steps)] += event["dur"] / 1e6
        elif event["name"] == "model_run":
            yield event["dur"] / 1e6, dict(taken)
            taken.clear()


def _step_of(node: str, steps: Collection[str]) -> str:
    """The step that a node works for: `4.2.depthwise` for `4.2.depthwise.conv` and `4.2.depthwise (Mul)/QuickGelu/`.

    The residual sum, and the library's rearranging of values in memory, belong to none.
    """
    name = re.split(r"[ /]", _KERNEL.sub("", node))[0]
    if _BLOCK.fullmatch(name) and "_nchwc" in node:
        # A convolution is named by what it gives, and where nothing is added the last one gives the block's output.
        name = [step for step in steps if step.startswith(f"{name}.")][-1]
    return next((step for step in steps if name == step or name.startswith(f"{step}.")), "")


def time_in_pytorch(
    network: EfficientNet,
    x: Tensor,
    rounds: int,
    lock: AbstractContextManager[object],
    progress: Callable[[float], object],
) -> Laps:
    """The same in PyTorch: a clock before and behind every block and step.

    Args:
        network: on any device.
        x: `(N, in_channels, H, W)`.
        rounds: how many runs are counted.
        lock: held for one round at a time.
        progress: told the share done; what it raises ends the work.
    """
    laps = Laps()
    device = str(x.device)
    blocks = network.blocks()
    for number in range(WARM_UP + rounds):
        counted = laps if number >= WARM_UP else Laps()
        with torch.no_grad(), lock, _clocks(network, counted, device):
            y = x
            for block in blocks.values():
                y = block(y)
            wait_for(device)
            began = time.perf_counter()
            network.classifier(network.pool(y))
            wait_for(device)
            counted.parts[CLASSIFIER].append(time.perf_counter() - began)
        progress((number + 1) / (WARM_UP + rounds))
    return laps


@contextmanager
def _clocks(network: EfficientNet, laps: Laps, device: str) -> Iterator[None]:
    """A clock at every block, step, pooling and classifier, for as long as the body runs."""
    watched: dict[str, tuple[nn.Module, dict[str, list[float]]]] = {
        POOL: (network.pool, laps.steps),
        CLASSIFIER: (network.classifier, laps.steps),
    }
    for block_id, block in network.blocks().items():
        watched[block_id] = (block, laps.parts)
        for name, step in block.named_children():
            if isinstance(step, (ConvBlock, SqueezeExcitation)):
                watched[f"{block_id}.{name}"] = (step, laps.steps)
    began: dict[str, float] = {}

    def start(name: str) -> Callable[..., None]:
        def hook(*_: object) -> None:
            wait_for(device)
            began[name] = time.perf_counter()

        return hook

    def stop(name: str, times: dict[str, list[float]]) -> Callable[..., None]:
        def hook(*_: object) -> None:
            wait_for(device)
            times[name].append(time.perf_counter() - began[name])

        return hook

    with ExitStack() as handles:
        for name, (module, times) in watched.items():
            handles.callback(module.register_forward_pre_hook(start(name)).remove)
            handles.callback(module.register_forward_hook(stop(name, times)).remove)
        yield
