"""`python -m benchmarks.classroom_follow`: one teacher and thirty students on a server of their own, over websockets.

The students do what a browser does for a follower, without drawing: ask for news twice a second, go where they are
sent, and wait until the page has come whole. Printed are the time from the teacher's choice to each student's finished
page, what thirty waiting students cost the server, and what share of the processor these students themselves took,
which a real class brings along.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.visitors import PATIENCE, Visitor, server
from effnet_viz.ui.navigation import FIRST, MAIN_SCRIPT

# The app itself, but who comes with a role in the address has a seat at once: the door is not what is measured.
SERVER = """
import streamlit as st
from effnet_viz.ui.classroom.news_route import ROUTES
from effnet_viz.ui.warm_up import lifespan
app = st.App("main.py", lifespan=lifespan, routes=ROUTES)
"""
MAIN = f"""
import streamlit as st
from effnet_viz.ui.classroom import seat
role = st.query_params.get("role")
if role and seat.SEAT not in st.session_state:
    rooms = seat.the_rooms()
    st.session_state[seat.SEAT] = rooms.open() if role == "teacher" else rooms.join(role)
exec(compile(open({str(MAIN_SCRIPT)!r}).read(), {str(MAIN_SCRIPT)!r}, "exec"))
"""
CHOICES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("architecture", {}),
    ("architecture", {"block": "5.1"}),
    ("compare", {"left": "b0", "right": "b7"}),
    ("compare", {"left": "b0", "right": "b4"}),
    ("evidence", {}),
    ("evidence", {"contour": "true"}),
    ("feature_maps", {}),
    ("feature_maps", {"block": "4.2"}),
    ("overview", {}),
)
EVERY_S = 0.5  # between two questions for news
TELLS_AFTER = 0.15  # seconds: the teacher's browser looks at its address every 0.3


class News:
    """One kept connection on which a browser asks for news."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """The server's answer; None where there is nothing new."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        body = json.dumps(question).encode()
        writer.write(
            b"POST /classroom_news HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
        content = await reader.readexactly(length)
        return json.loads(content) if content else None


class Member(Visitor):
    """Somebody in the room: the teacher, or a student whose browser goes where the teacher is."""

    def __init__(self, port: int, role: str) -> None:
        super().__init__(port)
        self.role = role
        self.data: dict[str, Any] = {}
        self.reached, self.arrived = None, 0.0
        self.news = News(port)

    async def join(self) -> None:
        """Connect, wait until the first page has come, and ask for news from now on."""
        await self.enter({"role": self.role})
        self.tasks.append(asyncio.create_task(self._ask()))

    async def tell(self) -> None:
        """What the teacher's browser says about where it is."""
        path = "" if self.page == FIRST else self.page
        await self.news.ask({**self.data, "location": f"/{path}?{self.query}"})

    def heard(self, message: ForwardMsg) -> None:
        """Take what the room's component is told."""
        component = message.delta.new_element.bidi_component
        if component.component_name.endswith("effnet_viz_classroom"):
            self.data = json.loads(component.json or component.mixed.json)

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            said = await self.news.ask({**self.data, "reached": self.reached})
            if said is not None and "view" in said:
                await self._go(said)

    async def _go(self, said: Mapping) -> None:
        pairs = [tuple(pair) for pair in said["view"]["parameters"]]
        await self.run_page(said["view"]["page"] or FIRST, urlencode([*pairs, ("by_history", "1")]), history=True)
        self.reached, self.arrived = said["shown"], time.monotonic()


async def measure(port: int, process: psutil.Process, students: int) -> None:
    """Print both tables."""
    teacher = Member(port, "teacher")
    await teacher.join()
    class_ = [Member(port, teacher.data["code"]) for _ in range(students)]
    for student in class_:
        await student.join()
    await asyncio.sleep(3)
    await _cost(process, students)
    print("\n| the teacher goes to | half of the students there after | 95 of 100 | the last | missing |")
    print("|---|---|---|---|---|")
    everybody: list[float] = []
    began_all, mine, its = time.monotonic(), _spent(psutil.Process()), _spent(process)
    for page, query in CHOICES:
        began = time.monotonic()
        going = asyncio.create_task(teacher.run_page(page, urlencode(query)))
        await asyncio.sleep(TELLS_AFTER)
        while not going.done():
            await asyncio.sleep(0.01)
        await teacher.tell()
        while any(student.arrived < began for student in class_) and time.monotonic() - began < PATIENCE:
            await asyncio.sleep(0.02)
        took = sorted(student.arrived - began for student in class_ if student.arrived >= began)
        everybody += took
        choice = f"{page} {' '.join(f'{name}={value}' for name, value in query.items())}"
        _print_row(choice, took, students)
        await asyncio.sleep(1.5)
    _print_row("all", everybody, students * len(CHOICES))
    lasted = time.monotonic() - began_all
    mine, its = (_spent(psutil.Process()) - mine) / lasted, (_spent(process) - its) / lasted
    print(f"\nMeanwhile the server took {its:.0%} of one core, and these students and their teacher {mine:.0%}.")
    for visitor in (teacher, *class_):
        await visitor.leave()


def _print_row(what: str, took: list[float], expected: int) -> None:
    times = (statistics.median(took), _p95(took), max(took))
    print(f"| {what} | {' | '.join(f'{seconds:.2f} s' for seconds in times)} | {expected - len(took)} |", flush=True)


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _cost(process: psutil.Process, students: int, seconds: float = 15.0) -> None:
    before = _spent(process)
    await asyncio.sleep(seconds)
    spent = _spent(process) - before
    print(f"\n{students} waiting students and their teacher cost {spent / seconds:.1%} of one core.")


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


def main() -> None:
    """Start the server, print, and stop it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom_follow", description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {psutil.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "server.py"
        script.write_text(SERVER, encoding="utf-8")
        script.with_name("main.py").write_text(MAIN, encoding="utf-8")
        with server(script) as (port, process):
            asyncio.run(measure(port, process, arguments.students))


if __name__ == "__main__":
    main()
