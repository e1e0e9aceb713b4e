"""The structure table of B7: this project's arithmetic against torchinfo's run of the network."""

from __future__ import annotations

import statistics
import subprocess
import sys

OURS = """
import sys, time
start = time.perf_counter()
import effnet_viz as ev
ev.plan
imported = time.perf_counter()
rows = ev.plan("b7").rows("layers")
done = time.perf_counter()
assert "torch" not in sys.modules
print(imported - start, 0.0, done - imported)
"""

TORCHINFO = """
import time
start = time.perf_counter()
import torchinfo, torchvision
imported = time.perf_counter()
network = torchvision.models.efficientnet_b7()
built = time.perf_counter()
text = str(torchinfo.summary(network, (1, 3, 600, 600), depth=5, verbose=0))
done = time.perf_counter()
print(imported - start, built - imported, done - built)
"""


def report(rounds: int = 5) -> None:
    """Print import, building and table times of both, each round in fresh processes."""
    times = {"effnet_viz": [], "torchinfo": []}
    for _ in range(rounds):
        for name, program in (("effnet_viz", OURS), ("torchinfo", TORCHINFO)):
            answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            times[name].append([float(value) for value in answer.stdout.split()])
    print("\n### Structure table of B7\n")
    print("| | import | build the network | the table | times ours |")
    print("|---|---|---|---|---|")
    ours = statistics.median(row[2] for row in times["effnet_viz"])
    for name, rows in times.items():
        imported, built, table = (1000 * statistics.median(column) for column in zip(*rows, strict=True))
        print(
            f"| {name} | {imported:.0f} ms | {built:.0f} ms | {table:.1f} ms | {table / 1000 / ours:.0f} |", flush=True
        )
