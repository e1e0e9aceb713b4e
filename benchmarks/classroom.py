"""`python -m benchmarks.classroom`: a class of thirty on a server of its own that may have 4 GB, for ten minutes.

Each student walks from page to page with some time to think, with photos and networks of their choice, as a browser
would: over a websocket, by addresses. Printed are the times by page, errors, and the server's memory while they are
there and after all have gone. Where this machine lets us make control groups of memory, the server is in one and is
killed by the system if it takes more; elsewhere it is told the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil

from benchmarks.visitors import PATIENCE, Visitor, server
from effnet_viz.home import HOME
from effnet_viz.images import samples
from effnet_viz.ui.navigation import FIRST

GB = 10**9
STRUCTURE = ("architecture", "compare", "scaling", "glossary")
WITH_PHOTO = (FIRST, "feature_maps", "se_attention", "evidence", "lessons")
SMALL = ("lite0", "b0", "shapes")
LARGE = ("b2", "b4", "lite3", "v2_s")
BLOCKS = ("2.1", "3.2", "4.2", "5.1", "6.3")
ARRIVE = 10.0  # seconds within which all open the app
EVERY = 1.0  # seconds between two looks at the memory
GROUPS = Path("/sys/fs/cgroup/memory")


@dataclass
class Seen:
    """What happened.

    Attributes:
        times: seconds by page.
        missing: pages that have not come in time.
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


async def walk(visitor: Visitor, seen: Seen, until: float, think: float, choice: random.Random) -> None:
    """One student, from the first page until the lesson is over."""
    photos = [sample.name for sample in samples()]
    await asyncio.sleep(choice.uniform(0, ARRIVE if think else 0))
    await _timed(seen, "opening the app", visitor.enter())
    variant, photo = "lite0", photos[0]
    while time.monotonic() < until:
        await asyncio.sleep(choice.uniform(0.5, 1.5) * think)
        if choice.random() < 0.2:
            variant = choice.choice(SMALL * 3 + LARGE)
        if choice.random() < 0.4:
            photo = choice.choice(photos)
        page = choice.choice(STRUCTURE + 2 * WITH_PHOTO)
        query = {"variant": variant, "photo": photo}
        if page in ("architecture", "feature_maps", "se_attention"):
            query["block"] = choice.choice(BLOCKS)
        if page == "lessons":
            query["lesson"] = str(choice.randrange(1, 8))
        if page == "compare":
            query["right"] = choice.choice(SMALL + LARGE)
        kind = page if page in STRUCTURE else f"{page}, {'small' if variant in SMALL else 'large'} network"
        await _timed(seen, kind, visitor.run_page(page, urlencode(query)))


async def long_work(visitor: Visitor, seen: Seen, until: float, page: str, query: dict[str, str], button: str) -> None:
    """One student who presses for something slow as soon as the page is there, and looks again when it has come."""
    await visitor.enter()
    while time.monotonic() < until:
        await _timed(seen, f"({page}, long work)", visitor.run_page(page, urlencode(query)))
        if any(words.startswith(button) for words in visitor.buttons):
            await _timed(seen, f"({button} pressed)", visitor.press(button))
        await asyncio.sleep(5)


async def stop_half_way(visitor: Visitor, seen: Seen, photo: str) -> None:
    """Press for the checks of a map that nobody has looked at, and on Stop; then press again, and leave."""
    await visitor.run_page("evidence", urlencode({"part": "trust", "variant": "b0", "photo": photo, "layer": "5.3"}))
    for left in (False, True):
        pressed = asyncio.create_task(visitor.press("Run the checks"))
        await asyncio.sleep(2)
        if not left and "Stop" in visitor.buttons:
            began = time.monotonic()
            await visitor.press("Stop")
            seen.stopped.append(time.monotonic() - began)
        pressed.cancel()
    await visitor.leave()


async def _until_nothing_runs(port: int) -> float:
    """Seconds until no page is being made any more."""
    began = time.monotonic()
    while True:
        with urlopen(f"http://127.0.0.1:{port}/status.json") as answer:
            if not json.load(answer)["running"]:
                return time.monotonic() - began
        await asyncio.sleep(0.05)


async def _timed(seen: Seen, kind: str, work) -> None:
    began = time.monotonic()
    try:
        await work
    except TimeoutError:
        seen.missing.append(kind)
    seen.times.setdefault(kind, []).append(time.monotonic() - began)


def resident(process: psutil.Process) -> int:
    """Bytes of the server and its trainings; the libraries' code that they share counts once."""
    used = process.memory_info().rss
    for training in process.children(recursive=True):
        try:
            known = training.memory_info()
        except psutil.NoSuchProcess:
            continue
        used += known.rss - getattr(known, "shared", 0)
    return used


async def _watch(process: psutil.Process, seen: Seen) -> None:
    while True:
        try:
            seen.memory.append((time.monotonic(), resident(process)))
        except psutil.NoSuchProcess:
            return
        await asyncio.sleep(EVERY)


async def lesson(port: int, process: psutil.Process, students: int, seconds: float, think: float, long: bool) -> Seen:
    """A class comes, works and leaves; what was seen of it.

    Args:
        port: of the server.
        process: the server.
        students: how many walk through the pages.
        seconds: how long.
        think: seconds between two pages of a student, about.
        long: whether three more do what takes long: the checks of a map, B7, a training.
    """
    seen, choice = Seen(), random.Random(0)
    began, own = time.monotonic(), time.process_time()
    watching = asyncio.create_task(_watch(process, seen))
    until = time.monotonic() + seconds
    visitors = [Visitor(port) for _ in range(students + 3 * long)]
    works = [walk(visitor, seen, until, think, random.Random(choice.random())) for visitor in visitors[:students]]
    if long:
        trust, b7, train = visitors[students:]
        works += [
            long_work(trust, seen, until, "evidence", {"part": "trust", "variant": "b0"}, "Run the checks"),
            long_work(b7, seen, until, FIRST, {"variant": "b7"}, "nothing"),
            long_work(train, seen, until, "train", {"variant": "shapes"}, "Start training"),
        ]
    for end in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(end, BaseException):
            seen.lost += 1
            seen.exceptions.append(f"a session ended: {end!r}")
    seen.visitors = (time.process_time() - own) / (time.monotonic() - began)
    for visitor in visitors[:-1]:
        await visitor.leave()
    await stop_half_way(visitors[-1], seen, samples()[-1].name)
    seen.ended = await _until_nothing_runs(port)
    for visitor in visitors:
        seen.exceptions += visitor.exceptions
        seen.refusals += visitor.errors
    watching.cancel()
    return seen


@contextmanager
def limited(gigabytes: float) -> Iterator[dict[str, str]]:
    """A limit of memory for a server; its environment. Whoever is started inside is in a control group where we may."""
    group = GROUPS / f"effnet-viz-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(int(gigabytes * GB)))
    except OSError:
        yield {"EFFNET_VIZ_MEMORY": str(gigabytes)}
        return
    home = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if ":memory:" in line)
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield {}
    finally:
        (GROUPS / home.split(":")[2].lstrip("/") / "cgroup.procs").write_text(str(os.getpid()))
        while (group / "cgroup.procs").read_text():  # a training ends a moment after its server
            time.sleep(0.1)
        group.rmdir()


def report(seen: Seen) -> None:
    """Print the tables."""
    print("\n| page | answers | half within | 95 of 100 within | worst |\n|---|---|---|---|---|")
    for kind, took in sorted(seen.times.items()):
        times = (statistics.median(took), sorted(took)[max(0, round(0.95 * len(took)) - 1)], max(took))
        print(f"| {kind} | {len(took)} | {' | '.join(f'{seconds:.2f} s' for seconds in times)} |")
    print(f"\n{len(seen.missing)} pages missing after {PATIENCE:.0f} s, {seen.lost} sessions lost, ", end="")
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


def run(
    students: int,
    seconds: float,
    think: float,
    gigabytes: float,
    *,
    long: bool,
    rest: tuple[float, ...],
    script: Path = HOME / "app.py",
) -> Seen:
    """Start the server, hold the lesson, print; returns what was seen.

    Args:
        students: how many.
        seconds: how long.
        think: seconds between two pages of a student, about.
        gigabytes: the server's limit.
        long: whether three more do what takes long.
        rest: seconds after the last one has left at which the memory is looked at.
        script: what the server runs.
    """
    with limited(gigabytes) as environment, server(script, **environment) as (port, process):
        rested, settled = 0, 0
        while settled < 5:  # the warm-up is over when memory grows no more
            time.sleep(1)
            before, rested = rested, resident(process)
            settled = settled + 1 if abs(rested - before) < 5e6 else 0
        seen = asyncio.run(lesson(port, process, students, seconds, think, long))
        seen.rested, left = rested, time.monotonic()
        for at in rest:
            time.sleep(max(0.0, left + at - time.monotonic()))
            seen.after[at] = resident(process)
        report(seen)
    return seen


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--think", type=float, default=5.0, help="seconds between two pages of a student")
    parser.add_argument("--gigabytes", type=float, default=4.0, help="the server's limit")
    parser.add_argument("--no-long-work", action="store_true", help="without trust checks, B7 and a training beside")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {psutil.cpu_count()} cores, {arguments.students} students")
    run(
        arguments.students,
        60 * arguments.minutes,
        arguments.think,
        arguments.gigabytes,
        long=not arguments.no_long_work,
        rest=(1, 25, 60, 150, 180),
    )


if __name__ == "__main__":
    main()
