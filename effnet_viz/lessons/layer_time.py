"""How long a layer really takes on this machine: bounded, and repeated until the median can be trusted."""

from __future__ import annotations

import statistics
import time

import torch
from torch import Tensor, nn

from effnet_viz.explain.model import device_lock

BUDGET_S = 0.12
FEWEST, MOST = 3, 60


def median_seconds(module: nn.Module, x: Tensor, budget_s: float = BUDGET_S) -> float:
    """Median time of one call on the CPU, in seconds.

    Args:
        module: what is called.
        x: its input, `(N, C, H, W)`.
        budget_s: about how long to go on, in seconds; at least three calls are timed, at most sixty.
    """
    times: list[float] = []
    with torch.inference_mode(), device_lock("cpu"):
        module(x)  # the first call prepares what all others use
        give_up = time.perf_counter() + budget_s
        while len(times) < FEWEST or (time.perf_counter() < give_up and len(times) < MOST):
            start = time.perf_counter()
            module(x)
            times.append(time.perf_counter() - start)
    return statistics.median(times)
