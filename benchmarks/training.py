"""How fast the small networks learn here: pictures a second, and what drawing them takes of it."""

from __future__ import annotations

import statistics
import time

STEPS, WARM_UP = 30, 5


def report(variants: tuple[str, ...] = ("shapes", "shapes_no_se"), steps: int = STEPS) -> None:
    """Print the throughput as a Markdown table."""
    import torch

    from effnet_viz.architecture import spec
    from effnet_viz.training.loop import Training
    from effnet_viz.training.settings import TrainingSettings
    from effnet_viz.training.tasks import pictures

    print(f"\n### Training on drawn pictures, float32 on the CPU, {torch.get_num_threads()} threads\n")
    print("| network, task | a step of 64 | pictures a second | drawing them | share of the step |")
    print("|---|---|---|---|---|")
    for variant in variants:
        for task in ("shapes", "majority"):
            training = Training(spec(variant), TrainingSettings(task=task, steps=10**6), device="cpu")
            batch = training.settings.batch
            step = _median(steps, training.step)
            draw = _median(steps, lambda task=task, batch=batch: pictures(task, 0, 0, batch))
            print(
                f"| {variant}, {task} | {1000 * step:.0f} ms | {batch / step:.0f} | {1000 * draw:.1f} ms | "
                f"{draw / step:.1%} |",
                flush=True,
            )


def _median(times: int, act) -> float:
    """Seconds of a call, the median of some after a few that warm up."""
    seconds = []
    for _ in range(WARM_UP + times):
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[WARM_UP:])
