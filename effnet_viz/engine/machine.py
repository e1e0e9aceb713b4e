"""What this machine can do at best: multiply-adds in a second, and bytes in a second from and to its memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

MEASURED_S = 0.5  # for each of the two
MATRIX = 1024  # its side; three of these are far beyond what arithmetic waits for
COPIED_BYTES = 2**27  # far beyond any cache


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The two roofs under which every layer runs.

    Attributes:
        macs_per_second: multiply-adds in float32, of a product of large matrices.
        bytes_per_second: read and written together, of a copy in memory.
        threads: that took part.
        device: which processor.

    Source: Roofline, Williams et al. 2009 (doi 10.1145/1498765.1498785).
    """

    macs_per_second: float
    bytes_per_second: float
    threads: int
    device: str

    @property
    def balance(self) -> float:
        """Multiply-adds for every byte moved, from which on arithmetic and not memory sets the pace."""
        return self.macs_per_second / self.bytes_per_second

    def roof(self, macs_per_byte: float) -> float:
        """The most multiply-adds in a second for a layer of this arithmetic intensity."""
        return min(self.macs_per_second, macs_per_byte * self.bytes_per_second)


_best: dict[tuple[str, int], Machine] = {}
_best_lock = threading.Lock()


def machine(device: str = "cpu") -> Machine:
    """This machine, measured in about a second; the best that was ever seen counts, as others only take from it.

    Args:
        device: `cpu`, `cuda:0` ...
    """
    return _best_of(_measured(device, torch.get_num_threads()))


def reaches(machine: Machine, macs_per_second: float) -> Machine:
    """The machine after a layer was seen that computes so fast: no roof lies below what was reached.

    Args:
        machine: the machine as it was measured.
        macs_per_second: of the layer.
    """
    return _best_of(replace(machine, macs_per_second=max(macs_per_second, machine.macs_per_second)))


def _best_of(machine: Machine) -> Machine:
    """What was found now, or earlier where that was more."""
    key = (machine.device, machine.threads)
    with _best_lock:
        before = _best.get(key, machine)
        _best[key] = replace(
            machine,
            macs_per_second=max(machine.macs_per_second, before.macs_per_second),
            bytes_per_second=max(machine.bytes_per_second, before.bytes_per_second),
        )
        return _best[key]


def _measured(device: str, threads: int) -> Machine:
    matrix = torch.rand(MATRIX, MATRIX, device=device)
    values = torch.rand(COPIED_BYTES // 4, device=device)
    copied = torch.empty_like(values)
    product = _shortest(lambda: matrix @ matrix, device)
    copy = _shortest(lambda: copied.copy_(values), device)
    return Machine(
        macs_per_second=MATRIX**3 / product, bytes_per_second=2 * COPIED_BYTES / copy, threads=threads, device=device
    )


def _shortest(work: Callable[[], object], device: str) -> float:
    """Seconds of the shortest of many runs: what else the machine does only makes them longer."""
    work()
    times: list[float] = []
    give_up = time.perf_counter() + MEASURED_S
    while len(times) < 3 or time.perf_counter() < give_up:
        wait_for(device)
        began = time.perf_counter()
        work()
        wait_for(device)
        times.append(time.perf_counter() - began)
    return min(times)


def wait_for(device: str) -> None:
    """Let a GPU finish what it was given; a CPU has."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device.startswith("mps"):
        torch.mps.synchronize()
