"""How long a network takes on this machine now, for estimates before slow work."""

from __future__ import annotations

import time

import torch

from effnet_viz.explain.model import Model


def seconds_a_pass(model: Model, side: int, batch: int = 1) -> float:
    """Seconds that one photo takes: the shorter of two runs.

    Args:
        model: the network.
        side: side of the square input, in pixels.
        batch: how many photos run at once; a small network takes less for each of many.
    """
    images = torch.zeros(batch, model.spec.in_channels, side, side, device=model.device)
    times = []
    for _ in range(2):
        with model.lock:
            began = time.perf_counter()
            model.runner.logits(images).cpu()
            times.append(time.perf_counter() - began)
    return min(times) / batch
