"""Runs the contenders side by side and prints them as ratios to the floor."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CASES = {"b0": 224, "b4": 380, "b7": 600}
ROUNDS = {"b0": 25, "b4": 11, "b7": 5}
MEMORY_PROCESSES = 3  # how a process lays out its memory moves the peak of a small network by a third
PATIENCE = 60.0  # seconds of calls after which a contender has been measured well enough, given two
PYTORCH, ONNX_RUNTIME = "floor (forward pass only)", "ONNX Runtime (forward pass only)"
OWN = (PYTORCH, ONNX_RUNTIME, "effnet_viz", "effnet_viz, capture only")
CONTENDERS = (*OWN, "effnet_viz, all blocks kept", "Captum, class known", "Captum", "torchcam", "pytorch-grad-cam")


class Contender:
    """A child process that measures one contender on demand."""

    def __init__(self, name: str, variant: str, resolution: int) -> None:
        self.name = name
        self.times: list[float] = []  # wall time of each call, in seconds
        self.processor_times: list[float] = []
        self.peak: int | None = None  # extra peak memory of a call, in bytes, once it is warm
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", name, variant, str(resolution)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Wait for the libraries and the network; several processes may start at once, none is measured meanwhile."""
        self._answer()

    def warm_up(self) -> None:
        """Two calls, of which the second says the extra peak memory, as the first also pays for what stays."""
        self._ask("memory")
        self.peak = self._ask("memory")

    def measure_time(self, patience: float = PATIENCE) -> None:
        """One more timed call, unless `patience` seconds have been spent on this contender."""
        if len(self.times) < 2 or sum(self.times) < patience:
            wall, processor = self._ask("time")
            self.times.append(wall)
            self.processor_times.append(processor)

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


@contextmanager
def started(names: Sequence[str], variant: str) -> Iterator[list[Contender]]:
    """Contenders on one variant, ready and warm; their processes end with the block."""
    contenders = [Contender(name, variant, CASES[variant]) for name in names]
    try:
        for contender in contenders:
            contender.wait_until_ready()
        for contender in contenders:
            contender.warm_up()
        yield contenders
    finally:
        for contender in contenders:
            contender.stop()


def in_turns(contenders: Sequence[Contender], rounds: int, patience: float = PATIENCE) -> None:
    """Time contenders round by round, so that a busy moment of the machine hits all alike."""
    for _ in range(rounds):
        for contender in contenders:
            contender.measure_time(patience)


def compare(names: Sequence[str], variant: str, rounds: int, patience: float = PATIENCE) -> list[Contender]:
    """Contenders on one variant, timed."""
    with started(names, variant) as contenders:
        in_turns(contenders, rounds, patience)
    return contenders


def least_memory(contender: Contender, variant: str, processes: int) -> int | None:
    """The extra peak memory, in bytes, that a contender gets by with: the least of a few processes.

    Args:
        contender: one that was compared, which is the first of them.
        variant: a key of `CASES`.
        processes: how many; 1 asks no more than the one there was.
    """
    peaks = [contender.peak]
    for _ in range(processes - 1):
        with started([contender.name], variant) as (again,):
            peaks.append(again.peak)
    known = [peak for peak in peaks if peak is not None]
    return min(known, default=None)


def report(variant: str, names: Sequence[str] = CONTENDERS, processes: int = 1) -> None:
    """Print the comparison for one variant as a Markdown table.

    Args:
        variant: a key of `CASES`.
        names: who is compared, both floors first.
        processes: of how many the least memory is given.
    """
    contenders = compare(names, variant, ROUNDS[variant])
    memory = {contender.name: least_memory(contender, variant, processes) for contender in contenders}
    floor = contenders[0]
    print(f"\n### Grad-CAM on the last convolution, {variant.upper()} at {CASES[variant]} pixels\n")
    print(
        "| | median time | to the floor's | fastest | to the floor's | least processor time | to the floor's "
        "| extra peak memory | to the floor's | to ONNX Runtime's, round by round |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for contender in contenders:
        columns = [contender.name]
        for measure, unit in (
            (lambda contender: statistics.median(contender.times), "ms"),
            (lambda contender: min(contender.times), "ms"),
            (lambda contender: min(contender.processor_times), "ms"),
            (lambda contender: memory[contender.name], "MiB"),
        ):
            value, base = measure(contender), measure(floor)
            if value is None:
                columns += ["unknown", ""]
            else:
                columns += [f"{value * 1000 if unit == 'ms' else value / 2**20:.0f} {unit}", f"{value / base:.2f}"]
        print(f"| {' | '.join(columns)} | {paired(contender, contenders[1]):.2f} |", flush=True)


def paired(contender: Contender, floor: Contender) -> float:
    """The median over the rounds of a contender's time to the floor's in the same round."""
    return statistics.median(mine / base for mine, base in zip(contender.times, floor.times, strict=False))


def report_busy(variant: str = "b0", rounds: int = 9) -> None:
    """Print what is left of the speed while two other processes keep the cores busy.

    Args:
        variant: a key of `CASES`.
        rounds: timed calls of each.
    """
    with started(OWN, variant) as contenders:
        in_turns(contenders, rounds)
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
        try:
            in_turns(contenders, rounds)
        finally:
            for other in others:
                other.kill()
                other.wait()
    print(f"\n### {variant.upper()} while two other processes keep the cores busy\n")
    print("| | median time alone | median time beside them | times as long |")
    print("|---|---|---|---|")
    for contender in contenders:
        times = [statistics.median(of) for of in (contender.times[:rounds], contender.times[rounds:])]
        columns = [contender.name, *(f"{1000 * seconds:.0f} ms" for seconds in times), f"{times[1] / times[0]:.1f}"]
        print(f"| {' | '.join(columns)} |", flush=True)
