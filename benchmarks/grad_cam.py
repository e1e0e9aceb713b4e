"""Runs the contenders side by side and prints them as ratios to the floor."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

CASES = {"b0": 224, "b4": 380, "b7": 600}
ROUNDS = {"b0": 25, "b4": 11, "b7": 5}
PATIENCE = 60.0  # seconds of calls after which a contender has been measured well enough, given two
CONTENDERS = ("floor (forward pass only)", "effnet_viz", "effnet_viz, all blocks kept", "Captum, class known", "Captum",
              "torchcam", "pytorch-grad-cam")


class Contender:
    """A child process that measures one contender on demand."""

    def __init__(self, name: str, variant: str, resolution: int) -> None:
        self.name = name
        self.times: list[float] = []
        self.memory: int | None = None
        self._process = subprocess.Popen([sys.executable, "-m", "benchmarks.child", name, variant, str(resolution)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()  # ready

    def measure_memory(self) -> None:
        """Extra peak memory of a call; the first call, so it warms up too."""
        self.memory = self._ask("memory")

    def measure_time(self) -> None:
        """One more timed call, unless enough has been spent on this contender."""
        if len(self.times) < 2 or sum(self.times) < PATIENCE:
            self.times.append(self._ask("time"))

    def stop(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: str):
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The benchmark of {self.name} ended early; its message stands above.")
        return json.loads(line)


def compare(variant: str) -> list[Contender]:
    """Measure all contenders on one variant, round by round, so that a busy moment of the machine hits all alike."""
    contenders = [Contender(name, variant, CASES[variant]) for name in CONTENDERS]
    try:
        for contender in contenders:
            contender.measure_memory()
        for _ in range(ROUNDS[variant]):
            for contender in contenders:
                contender.measure_time()
    finally:
        for contender in contenders:
            contender.stop()
    return contenders


def report(variant: str) -> None:
    """Print the comparison for one variant as a Markdown table."""
    contenders = compare(variant)
    floor = contenders[0]
    base, best = statistics.median(floor.times), min(floor.times)
    print(f"\n### Grad-CAM on the last convolution, {variant.upper()} at {CASES[variant]} pixels\n")
    print("| | median | times the floor | fastest | times the floor | extra peak memory | times the floor |")
    print("|---|---|---|---|---|---|---|")
    for contender in contenders:
        median, fastest = statistics.median(contender.times), min(contender.times)
        memory, share = "unknown", ""
        if contender.memory is not None:
            memory, share = f"{contender.memory / 2**20:.0f} MiB", f"{contender.memory / floor.memory:.2f}"
        print(f"| {contender.name} | {1000 * median:.0f} ms | {median / base:.2f} | {1000 * fastest:.0f} ms "
              f"| {fastest / best:.2f} | {memory} | {share} |", flush=True)
