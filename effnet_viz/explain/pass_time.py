"""How long a network takes on this machine now, for estimates before slow work."""

from __future__ import annotations

import time

import torch

from effnet_viz.explain.model import Model

LONG = 0.25  # seconds; a pass that takes longer is measured once, and alone: many at once gain it little


def seconds_a_pass(model: Model, side: int, batch: int = 1) -> float:
    """Seconds that one photo takes: the shorter of two runs, or one run of a large network.

    Args:
        model: the network.
        side: side of the square input, in pixels.
        batch: how many photos run at once; a small network takes less for each of many.
    """
    alone = _run(model, side, 1)
    if alone > LONG or batch == 1:
        return alone if alone > LONG else min(alone, _run(model, side, 1))
    return min(_run(model, side, batch) for _ in range(2)) / batch


def _run(model: Model, side: int, batch: int) -> float:
    images = torch.zeros(batch, model.spec.in_channels, side, side, device=model.device)
    with model.lock:
        began = time.perf_counter()
        model.runner.logits(images).cpu()
        return time.perf_counter() - began
