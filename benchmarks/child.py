"""One contender in a process of its own: prepares, then measures one call for every line it reads."""

from __future__ import annotations

import ctypes
import gc
import json
import sys
import time
from pathlib import Path

import torch

from benchmarks import methods
from benchmarks.contenders import CONTENDERS

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")
HOLD = 2**30  # bytes that a waiting process may keep for its next call: several that keep 8 GB each would not fit


def main(name: str, variant: str, resolution: int) -> None:
    """Answer `memory` with the extra peak memory of a call in bytes, `time` with its times, until input ends."""
    torch.manual_seed(0)
    call = CONTENDERS[name](variant) if name in CONTENDERS else methods.contender(name, variant)
    x = torch.randn(1, 3, resolution, resolution)
    call(torch.randn(1, 3, 64, 64))  # imports, code paths and threads are set up on a small input
    measures = {"memory": extra_memory, "time": times}
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        measured = measures[line.strip()](call, x)
        if STATUS.exists() and _resident("VmRSS") > HOLD:
            hand_back()
        print(json.dumps(measured), flush=True)


def times(call, x: torch.Tensor) -> tuple[float, float]:
    """Wall time and processor time of one call, in seconds."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    call(x)
    return time.perf_counter() - wall, time.process_time() - processor


def extra_memory(call, x: torch.Tensor) -> int | None:
    """Highest resident memory during one call, above that before it; None where the system cannot tell (not Linux).

    Linux keeps the high-water mark of a process (`VmHWM`), and writing 5 to `clear_refs` sets it back to what is
    resident now. Unlike `ru_maxrss`, it so forgets what preparing the network took. What earlier calls have freed is
    handed back first, else the allocator would serve this call from it and nothing would be seen.
    """
    if not CLEAR.exists():
        return None
    hand_back()
    CLEAR.write_text("5")
    before = _resident("VmHWM")
    call(x)
    return _resident("VmHWM") - before


def hand_back() -> None:
    """Return to the system (Linux) what earlier calls have freed and the allocator still holds."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _resident(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
