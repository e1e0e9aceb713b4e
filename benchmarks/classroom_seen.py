"""What was seen of a class on a server: times by page, errors, memory; and its tables."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from benchmarks.visitors import PATIENCE


@dataclass
class Seen:
    """What happened.

    Attributes:
        times: seconds by page.
        missing: pages of which nothing has come for a while.
        exceptions: what a page showed instead of itself.
        refusals: what it said cannot be had, such as memory.
        lost: sessions that ended before the lesson did.
        stopped: seconds from a press on Stop in the middle of slow work until the page is there again.
        ended: seconds after the last one has left in the middle of slow work until the server does nothing more.
        visitors: share of one core that the visitors themselves took.
        memory: bytes of the server, with the time.
        rested: bytes after its warm-up, before anybody came.
        after: bytes by seconds after the last one has left.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    lost: int = 0
    stopped: list[float] = field(default_factory=list)
    ended: float = 0.0
    visitors: float = 0.0
    memory: list[tuple[float, int]] = field(default_factory=list)
    rested: int = 0
    after: dict[float, int] = field(default_factory=dict)

    @property
    def peak(self) -> int:
        """Most bytes that the server had."""
        return max(size for _, size in self.memory)


def report(seen: Seen) -> None:
    """Print the tables."""
    print("\n| page | answers | half within | 95 of 100 within | worst |\n|---|---|---|---|---|")
    for kind, took in sorted(seen.times.items()):
        times = (statistics.median(took), sorted(took)[max(0, round(0.95 * len(took)) - 1)], max(took))
        print(f"| {kind} | {len(took)} | {' | '.join(f'{seconds:.2f} s' for seconds in times)} |")
    print(f"\n{len(seen.missing)} pages with {PATIENCE:.0f} s of silence, {seen.lost} sessions lost, ", end="")
    print(f"{len(seen.exceptions)} exceptions, {len(seen.refusals)} sentences of refusal.")
    for words in sorted({*seen.exceptions, *seen.refusals})[:10]:
        print(f"- {words}")
    stops = ", ".join(f"{took:.2f} s" for took in seen.stopped) or "too late"
    print(f"Stop pressed in the middle of slow work: {stops}.", end=" ")
    print(f"Nothing ran {seen.ended:.2f} s after the last one had left in the middle of it.")
    print(f"The visitors themselves took {seen.visitors:.1%} of a core.")
    began = seen.memory[0][0]
    print(f"\nMemory in MB: {seen.rested / 1e6:.0f} after warm-up; at most {seen.peak / 1e6:.0f}.")
    print("By time: " + ", ".join(f"{at - began:.0f} s {size / 1e6:.0f}" for at, size in seen.memory[::15]))
    print("After all had gone: " + ", ".join(f"{at:.0f} s {size / 1e6:.0f}" for at, size in seen.after.items()))
