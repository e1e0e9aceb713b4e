"""Gate evidence of a whole block beside Captum's integrated gradients, which take one gate at a time by steps."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy
import torch
from captum.attr import IntegratedGradients

from benchmarks.contenders import ready_model

BLOCK, STEPS, ROUNDS = "7.3", 50, 9


def report(variant: str = "b0", rounds: int = ROUNDS) -> None:
    """Print the time of all gates of a block, and of one gate by Captum with its usual number of steps."""
    from effnet_viz.explain import capture, evidence_of_gates, se_trace

    model, photo = ready_model(variant)
    side = model.spec.resolution
    model.preprocessing.ready["input"] = torch.randn(1, 3, side, side)
    run = capture(model, photo)
    trace = se_trace(model, run, BLOCK)
    module = model.network.layer(f"{BLOCK}.se")
    descriptor = torch.from_numpy(trace.descriptor.copy())[None]
    maps = torch.from_numpy(trace.before.copy())
    captum = IntegratedGradients(
        lambda values: module.expand(module.activation(module.reduce(values[:, :, None, None])))[:, :, 0, 0]
    )

    def one_by_captum() -> numpy.ndarray:
        pushes = captum.attribute(descriptor, torch.zeros_like(descriptor), target=0, n_steps=STEPS)[0]
        return ((pushes / descriptor[0])[:, None, None] * maps).mean(dim=(1, 2)).numpy()

    gates = trace.gates.size
    ours = _median(lambda: evidence_of_gates(model, run, BLOCK, trace=trace), rounds)
    theirs = _median(one_by_captum, rounds)
    print(f"\n### Gate evidence, block {BLOCK} of {variant.upper()}\n")
    print("| | time | a gate | times ours |")
    print("|---|---|---|---|")
    print(f"| effnet_viz, all {gates:,} gates, exact | {1000 * ours:.1f} ms | {1000 * ours / gates:.3f} ms | 1 |")
    print(
        f"| Captum, 1 gate, {STEPS} steps | {1000 * theirs:.1f} ms | {1000 * theirs:.3f} ms | "
        f"{theirs / (ours / gates):.0f} |",
        flush=True,
    )


def _median(call: Callable[[], object], rounds: int) -> float:
    """Seconds of a call that has been made once before."""
    call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
