"""What the engine is worth: slow methods with all passes in PyTorch, and as they run, in turns in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.contenders import ready_model

ROUNDS = 3
LAYER = "6.3"


def report(variants: tuple[str, ...] = ("b0", "lite0"), rounds: int = ROUNDS) -> None:
    """Print both times as a Markdown table."""
    print("\n### Slow methods in both engines\n")
    print("| network, method | all in PyTorch | as it runs | times as fast | processor time |")
    print("|---|---|---|---|---|")
    for variant in variants:
        calls = _calls(variant, in_pytorch=True), _calls(variant, in_pytorch=False)
        for method in calls[0]:
            pairs = []
            for _ in range(rounds):
                pairs.append([_seconds(of_engine[method]) for of_engine in calls])
            wall = [statistics.median(pair[engine][0] for pair in pairs) for engine in (0, 1)]
            busy = [statistics.median(pair[engine][1] for pair in pairs) for engine in (0, 1)]
            print(
                f"| {variant}, {method} | {wall[0]:.2f} s | {wall[1]:.2f} s | {wall[0] / wall[1]:.2f} | "
                f"{busy[0] / busy[1]:.2f} |",
                flush=True,
            )


def _calls(variant: str, *, in_pytorch: bool) -> dict[str, Callable[[], object]]:
    from effnet_viz.explain import capture, grad_cam_of
    from effnet_viz.explain.faithfulness import faithfulness
    from effnet_viz.explain.methods import evidence

    torch.manual_seed(0)
    model, photo = ready_model(variant)
    if in_pytorch:
        model.runner._sessions.refused = "to be compared"
    model.preprocessing.ready["input"] = torch.randn(1, 3, model.spec.resolution, model.spec.resolution)
    run = capture(model, photo)
    marked = grad_cam_of(model, run)
    return {
        "Score-CAM": lambda: evidence(model, photo, "score_cam", target=0, layer=LAYER),
        "occlusion": lambda: evidence(model, photo, "occlusion", target=0),
        "deletion and insertion": lambda: faithfulness(model, run, marked),
    }


def _seconds(call: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor
