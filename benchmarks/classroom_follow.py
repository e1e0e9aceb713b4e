"""`python -m benchmarks.classroom_follow`: one teacher and thirty students on a server of their own, over websockets.

The students do what a browser does for a follower, without drawing: ask once a second, go where they are sent, and wait
until the page has come whole. Printed are the time from the teacher's choice to each student's finished page, and what
thirty waiting students cost the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from effnet_viz.home import HOME
from effnet_viz.ui.navigation import FIRST, MAIN_SCRIPT

# The app itself, but who comes with a role in the address has a seat at once: the door is not what is measured.
SERVER = f"""
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
TELLS_AFTER = 0.15  # seconds: the teacher's browser looks at its address every 0.3
PATIENCE = 30.0  # seconds after which a student counts as missing


class Visitor:
    """One session over a websocket."""

    def __init__(self, url: str, role: str = "") -> None:
        self.url, self.query = url, urlencode({"role": role}) if role else ""
        self.page, self.pages = FIRST, {}
        self.component, self.state = "", {}
        self.went, self.finished = "", asyncio.Event()
        self.arrived = 0.0
        self.code = self.fragment = ""
        self._runs: list[asyncio.Task] = []
        self._polling: asyncio.Task | None = None

    async def enter(self) -> None:
        """Connect, and wait until the first page has come."""
        self.socket = await websockets.connect(f"{self.url}/_stcore/stream", max_size=None, subprotocols=["streamlit"])
        self._runs.append(asyncio.create_task(self._listen()))
        await self.run_page(FIRST, self.query)

    async def leave(self) -> None:
        for task in self._runs:
            task.cancel()
        await self.socket.close()

    async def run_page(self, page: str, query: str, history: bool = False) -> None:
        """Go to a page, and wait until it has come whole."""
        self.page, self.query = page, query
        self.finished.clear()
        if self._polling:  # as a browser does: the new page says again what is to be asked for
            self._polling.cancel()
        self.fragment = ""
        await self._send(history=history)
        await asyncio.wait_for(self.finished.wait(), PATIENCE)

    async def tell(self) -> None:
        """What the teacher's browser says about where it is."""
        path = "" if self.page == FIRST else self.page
        self.state = {"location": f"/{path}?{self.query}"}
        await self._send(fragment=self.fragment)

    async def _send(self, fragment: str = "", history: bool = False, auto: bool = False) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.fragment_id = self.query, fragment
        rerun.is_auto_rerun, rerun.is_history_navigation = auto, history
        rerun.page_script_hash = self.pages.get(self.page, "")
        rerun.widget_states.SetInParent()
        if self.component and self.state:
            rerun.widget_states.widgets.add(id=self.component, json_value=json.dumps(self.state))
        await self.socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        async for raw in self.socket:
            message = ForwardMsg.FromString(raw)
            match message.WhichOneof("type"):
                case "navigation":
                    self.pages = {
                        (page.url_pathname if not page.is_default else FIRST): page.page_script_hash
                        for page in message.navigation.app_pages
                    }
                case "auto_rerun" if message.auto_rerun.fragment_id != self.fragment:
                    self.fragment = message.auto_rerun.fragment_id
                    self._polling = asyncio.create_task(self._poll(self.fragment, message.auto_rerun.interval))
                    self._runs.append(self._polling)
                case "delta" if message.delta.new_element.bidi_component.component_name.endswith(
                    "effnet_viz_classroom"
                ):
                    self._obey(message.delta.new_element.bidi_component)
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.finished.set()

    async def _poll(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._send(fragment=fragment, auto=True)

    def _obey(self, component) -> None:
        self.component = component.id
        data = json.loads(component.json or component.mixed.json)
        self.code, go = data["code"], data.get("go")
        if go and go["number"] != self.went:
            self.went = go["number"]
            self._runs.append(asyncio.create_task(self._go(go)))

    async def _go(self, go: Mapping) -> None:
        query = urlencode([*map(tuple, go["parameters"]), ("by_history", "1")])
        await self.run_page(go["page"] or FIRST, query, history=True)
        self.arrived = time.monotonic()
        self.query = urlencode([*map(tuple, go["parameters"])])


async def measure(url: str, process: psutil.Process, students: int) -> None:
    """Print both tables."""
    teacher = Visitor(url, "teacher")
    await teacher.enter()
    class_ = [Visitor(url, teacher.code) for _ in range(students)]
    for student in class_:
        await student.enter()
    await asyncio.sleep(5)
    await _cost(process, students)
    print("\n| the teacher goes to | half of the students there after | 95 of 100 | the last | missing |")
    print("|---|---|---|---|---|")
    everybody: list[float] = []
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
        await asyncio.sleep(2)
    _print_row("all", everybody, students * len(CHOICES))
    for visitor in (teacher, *class_):
        await visitor.leave()


def _print_row(what: str, took: list[float], expected: int) -> None:
    times = (statistics.median(took), _p95(took), max(took))
    print(f"| {what} | {' | '.join(f'{seconds:.2f} s' for seconds in times)} | {expected - len(took)} |", flush=True)


async def _cost(process: psutil.Process, students: int, seconds: float = 20.0) -> None:
    before = process.cpu_times()
    await asyncio.sleep(seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
        command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
        command += ["--server.enableXsrfProtection=false", "--server.enableCORS=false"]
        server = subprocess.Popen(command, cwd=HOME, stdout=subprocess.DEVNULL)
        try:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            asyncio.run(measure(f"ws://127.0.0.1:{port}", psutil.Process(server.pid), arguments.students))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
