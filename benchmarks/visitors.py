"""A server of its own and visitors to it over websockets, as a browser speaks to Streamlit, but without drawing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from effnet_viz.home import HOME
from effnet_viz.ui.navigation import FIRST

PATIENCE = 60.0  # seconds in which nothing comes of a page, after which it counts as missing; a bar that moves is not


class Visitor:
    """One session over a websocket."""

    def __init__(self, port: int) -> None:
        self.port, self.query, self.page = port, "", FIRST
        self.pages: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.exceptions: list[str] = []
        self.errors: list[str] = []
        self.finished = asyncio.Event()
        self.heard_at = 0.0  # when the last message came
        self.tasks: list[asyncio.Task] = []

    async def enter(self, query: Mapping[str, str] | None = None) -> None:
        """Connect, and wait until the first page has come."""
        address = f"ws://127.0.0.1:{self.port}/_stcore/stream"
        self.socket = await websockets.connect(
            address, max_size=None, compression=None, open_timeout=PATIENCE, subprotocols=["streamlit"]
        )
        self.tasks.append(asyncio.create_task(self._listen()))
        await self.run_page(FIRST, urlencode(query or {}))

    async def leave(self) -> None:
        """Close the connection, as a browser does with its tab."""
        for task in self.tasks:
            task.cancel()
        await self.socket.close()

    async def run_page(self, page: str, query: str, *, history: bool = False) -> None:
        """Go to a page, and wait until it has come whole.

        Raises:
            TimeoutError: for a while nothing has come of it.
        """
        self.page, self.query = page, query
        self.buttons.clear()
        await self._run(history=history)

    async def press(self, label: str) -> None:
        """Press the button whose label begins so, and wait until the page has come again."""
        button = next(button for words, button in self.buttons.items() if words.startswith(label))
        await self._run(button=button)

    def heard(self, message: ForwardMsg) -> None:
        """What else is to be done with a message."""

    async def _run(self, *, history: bool = False, button: str = "") -> None:
        self.finished.clear()
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.is_history_navigation = self.query, history
        rerun.page_script_hash = self.pages.get(self.page, "")
        rerun.widget_states.SetInParent()
        if button:
            rerun.widget_states.widgets.add(id=button, trigger_value=True)
        self.heard_at = time.monotonic()
        await self.socket.send(message.SerializeToString())
        while not self.finished.is_set():
            left = self.heard_at + PATIENCE - time.monotonic()
            if left <= 0:
                raise TimeoutError
            with suppress(TimeoutError):
                await asyncio.wait_for(self.finished.wait(), left)

    async def _listen(self) -> None:
        async for raw in self.socket:
            message, self.heard_at = ForwardMsg.FromString(raw), time.monotonic()
            match message.WhichOneof("type"):
                case "navigation":
                    self.pages = {
                        (page.url_pathname if not page.is_default else FIRST): page.page_script_hash
                        for page in message.navigation.app_pages
                    }
                case "delta":
                    self._see(message.delta.new_element)
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self.finished.set()
            self.heard(message)

    def _see(self, element) -> None:
        match element.WhichOneof("type"):
            case "button" if not element.button.disabled:
                self.buttons[element.button.label] = element.button.id
            case "exception":
                self.exceptions.append(f"{self.page}?{self.query}: {element.exception.type}")
            case "alert" if element.alert.icon.endswith("error:"):
                self.errors.append(element.alert.body)


@contextmanager
def server(script: Path, **environment: str) -> Iterator[tuple[int, psutil.Process]]:
    """A server that runs a script, on a free port, as long as it is needed; its port and its process.

    Args:
        script: what `streamlit run` is given.
        **environment: variables beside those of this process.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    command += ["--server.enableXsrfProtection=false", "--server.enableCORS=false"]
    process = subprocess.Popen(command, cwd=HOME, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()
