"""`python -m benchmarks.classroom`: a class of thirty on a server of its own that may have 4 GB, for ten minutes.

Each student walks from page to page with some time to think, with photos and networks of their choice, as a browser
would: over a websocket, by addresses. A teacher has opened the pages with one photo before, and stays: networks are
loaded, nothing else is computed beforehand. Students show photos to Lite0, B0 and the shapes network, and look at the
structure of any; `--all-variants` lets a third of them show photos to larger ones, too, which is harder than a class.
Printed are the times by page, errors, and the server's memory while they are there and after all have gone. Where this
machine lets us make control groups of memory, the server is in one and is killed by the system if it takes more;
elsewhere it is told the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil

from benchmarks.classroom_seen import Seen, report
from benchmarks.visitors import Visitor, server
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


async def make_ready(teacher: Visitor) -> None:
    """The teacher opens every page that shows a photo, with every small network and one photo."""
    await teacher.enter()
    for variant in SMALL:
        for page in WITH_PHOTO:
            await teacher.run_page(page, urlencode({"variant": variant, "photo": samples()[0].name}))


async def walk(
    visitor: Visitor, seen: Seen, until: float, think: float, choice: random.Random, networks: Sequence[str]
) -> None:
    """One student, from the first page until the lesson is over."""
    photos = [sample.name for sample in samples()]
    await asyncio.sleep(choice.uniform(0, ARRIVE if think else 0))
    await _timed(seen, "opening the app", visitor.enter())
    variant, photo = "lite0", photos[0]
    while time.monotonic() < until:
        await asyncio.sleep(choice.uniform(0.5, 1.5) * think)
        if choice.random() < 0.2:
            variant = choice.choice(networks)
        if choice.random() < 0.4:
            photo = choice.choice(photos)
        page = choice.choice(STRUCTURE + 2 * WITH_PHOTO)
        query = {"variant": variant if page in WITH_PHOTO else choice.choice(SMALL + LARGE), "photo": photo}
        if page in ("architecture", "feature_maps", "se_attention"):
            query["block"] = choice.choice(BLOCKS)
        if page == "lessons":
            query["lesson"] = str(choice.randrange(1, 8))
        if page == "compare":
            query["right"] = choice.choice(SMALL + LARGE)
        kind = page if page in STRUCTURE or variant in SMALL else f"{page}, large network"
        await _timed(seen, kind, visitor.run_page(page, urlencode(query)))


async def long_work(
    visitor: Visitor, seen: Seen, until: float, think: float, pages: Sequence[str], query: dict[str, str], button: str
) -> None:
    """One student who asks for something slow, of another photo each time, and presses for it where the page asks."""
    await visitor.enter()
    photos, turn = [sample.name for sample in samples()], 0
    while time.monotonic() < until:
        page, photo = pages[turn % len(pages)], photos[turn // len(pages) % len(photos)]
        name = f"{page}, {query['variant']}"
        await _timed(seen, f"({name}, long work)", visitor.run_page(page, urlencode({**query, "photo": photo})))
        if any(words.startswith(button) for words in visitor.buttons):
            await _timed(seen, f"({name}, {button} pressed)", visitor.press(button))
        await asyncio.sleep(think)
        turn += 1


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


async def lesson(
    port: int,
    process: psutil.Process,
    students: int,
    seconds: float,
    think: float,
    long: Sequence[str],
    networks: Sequence[str] = SMALL,
) -> Seen:
    """A class comes, works and leaves; what was seen of it.

    Args:
        port: of the server.
        process: the server.
        students: how many walk through the pages.
        seconds: how long.
        think: seconds between two pages of a student, about.
        long: pages on which one more looks at B7, while two others press for the checks of a map and for a training;
            nobody does if there are none.
        networks: which the students show photos to.
    """
    seen, choice = Seen(), random.Random(0)
    teacher = Visitor(port)
    await make_ready(teacher)
    began, own = time.monotonic(), time.process_time()
    watching = asyncio.create_task(_watch(process, seen))
    until = time.monotonic() + seconds
    visitors = [Visitor(port) for _ in range(students + 3 * bool(long))]
    works = [
        walk(visitor, seen, until, think, random.Random(choice.random()), networks) for visitor in visitors[:students]
    ]
    if long:
        trust, b7, train = visitors[students:]
        works += [
            long_work(trust, seen, until, think, ["evidence"], {"variant": "b0", "part": "trust"}, "Run the checks"),
            long_work(b7, seen, until, think, long, {"variant": "b7"}, "nothing"),
            long_work(train, seen, until, think, ["train"], {"variant": "shapes"}, "Start training"),
        ]
    for end in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(end, BaseException):
            seen.lost += 1
            seen.exceptions.append(f"a session ended: {end!r}")
    seen.visitors = (time.process_time() - own) / (time.monotonic() - began)
    for visitor in (teacher, *visitors[:-1]):
        await visitor.leave()
    await stop_half_way(visitors[-1], seen, samples()[-1].name)
    seen.ended = await _until_nothing_runs(port)
    for visitor in (teacher, *visitors):
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


def run(
    students: int,
    seconds: float,
    think: float,
    gigabytes: float,
    *,
    long: Sequence[str],
    rest: tuple[float, ...],
    networks: Sequence[str] = SMALL,
    script: Path = HOME / "app.py",
) -> Seen:
    """Start the server, hold the lesson, print; returns what was seen.

    Args:
        students: how many.
        seconds: how long.
        think: seconds between two pages of a student, about.
        gigabytes: the server's limit.
        long: pages on which one more looks at B7, while two others do what takes long; nobody does if there are none.
        rest: seconds after the last one has left at which the memory is looked at.
        networks: which the students show photos to.
        script: what the server runs.
    """
    with limited(gigabytes) as environment, server(script, **environment) as (port, process):
        rested, settled = 0, 0
        while settled < 5:  # the warm-up is over when memory grows no more
            time.sleep(1)
            before, rested = rested, resident(process)
            settled = settled + 1 if abs(rested - before) < 5e6 else 0
        seen = asyncio.run(lesson(port, process, students, seconds, think, long, networks))
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
    parser.add_argument("--all-variants", action="store_true", help="students show photos to larger networks, too")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {psutil.cpu_count()} cores, {arguments.students} students")
    run(
        arguments.students,
        60 * arguments.minutes,
        arguments.think,
        arguments.gigabytes,
        long=() if arguments.no_long_work else WITH_PHOTO,
        rest=(1, 25, 60, 150, 180),
        networks=SMALL * 3 + LARGE if arguments.all_variants else SMALL,
    )


if __name__ == "__main__":
    main()
