"""Gate evidence of a whole block beside Captum's integrated gradients, which take one gate at a time by steps."""

from __future__ import annotations

import io
import itertools
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy
import torch
from captum.attr import IntegratedGradients

from benchmarks.contenders import ready_model

if TYPE_CHECKING:
    from effnet_viz.explain import Capture
    from effnet_viz.images import Photo

BLOCK, STEPS, ROUNDS = "7.3", 50, 9


def report(variant: str = "b0", rounds: int = ROUNDS) -> None:
    """Print the time of all gates of a block, and of one gate by Captum with its usual number of steps."""
    from effnet_viz.explain import capture, evidence_of_gates, se_steps

    model, photo = ready_model(variant)
    side = model.spec.resolution
    model.preprocessing.ready["input"] = torch.randn(1, 3, side, side)
    run = capture(model, photo)
    se = se_steps(model, run, BLOCK)
    module = model.network.layer(f"{BLOCK}.se")
    descriptor = torch.from_numpy(se.descriptor.copy())[None]
    maps = torch.from_numpy(se.before.copy())
    captum = IntegratedGradients(
        lambda values: module.expand(module.activation(module.reduce(values[:, :, None, None])))[:, :, 0, 0]
    )

    def one_by_captum() -> numpy.ndarray:
        pushes = captum.attribute(descriptor, torch.zeros_like(descriptor), target=0, n_steps=STEPS)[0]
        return ((pushes / descriptor[0])[:, None, None] * maps).mean(dim=(1, 2)).numpy()

    gates = se.gates.size
    ours = _median(lambda: evidence_of_gates(model, run, BLOCK, se=se), rounds)
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


def report_page(variant: str = "b0", rounds: int = ROUNDS) -> None:
    """Print what the steps of the page SE attention take, as times of one run of the network that keeps everything."""
    from effnet_viz.draw.gate_pictures import gate_picture, gate_tiles
    from effnet_viz.explain import capture, gate_evidence_of
    from effnet_viz.explain.gate_baseline import gate_baseline
    from effnet_viz.explain.gate_evidence import evidence_from
    from effnet_viz.explain.gate_wall import gate_wall_of
    from effnet_viz.explain.manual_occlusion import capture_hidden
    from effnet_viz.explain.reduced_maps import reduced_maps_of
    from effnet_viz.images import open_sample, samples
    from effnet_viz.loading import load

    model, photo = load(variant, weights="untrained", device="cpu"), open_sample("chelsea")
    run = capture(model, photo)
    baseline = gate_baseline(model, [photo, open_sample("coffee")])
    gates = gate_wall_of(model, run, baseline).moved
    block, channel = gates[0].block, gates[0].channel
    reduced = reduced_maps_of(model, run, block)
    others = itertools.cycle([open_sample(sample.name) for sample in samples()])

    def wall(shown: Photo, kept: Capture) -> None:
        evidence = gate_wall_of(model, kept, baseline).evidence
        gate_tiles(evidence, [shown] * len(evidence))

    def one_gate(shown: Photo, kept: Capture) -> None:
        picture = gate_picture(gate_evidence_of(model, kept, block, channel), shown)
        picture.save(io.BytesIO(), format="JPEG", quality=88)

    def another_photo() -> None:
        shown = next(others)
        kept = capture(model, shown)
        wall(shown, kept)
        one_gate(shown, kept)

    rows = {
        "one run, everything kept": lambda: capture(model, photo),
        f"wall of {len(gates)} gates, evidence and tiles": lambda: wall(photo, run),
        "one gate from the run, and its large picture": lambda: one_gate(photo, run),
        "the next gate of the block, without its picture": lambda: evidence_from(model, reduced, [channel]),
        "another photo: its run, wall, and first gate": another_photo,
        "a box: gates and answer with a part hidden": lambda: capture_hidden(model, run, [(90, 60, 260, 240)]),
    }
    taken = {words: (_median(call, rounds), _median(call, rounds, time.process_time)) for words, call in rows.items()}
    unit = taken["one run, everything kept"][0]
    print(f"\n### What the page SE attention waits for, {variant.upper()}\n")
    print("| | time | processor time | runs of the network |")
    print("|---|---|---|---|")
    for words, (wall_s, busy_s) in taken.items():
        print(f"| {words} | {1000 * wall_s:.1f} ms | {1000 * busy_s:.1f} ms | {wall_s / unit:.2f} |", flush=True)


def _median(call: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of a call that has been made once before."""
    call()
    times = []
    for _ in range(rounds):
        began = clock()
        call()
        times.append(clock() - began)
    return statistics.median(times)
