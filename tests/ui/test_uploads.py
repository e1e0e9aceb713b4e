"""Uploads: within the budget of memory while they come, and gone as soon as they are refused."""

from __future__ import annotations

import asyncio
import gc

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

from app import app as the_server
from effnet_viz.ui.navigation import MAIN_SCRIPT
from effnet_viz.ui.session import budget, upload_room
from effnet_viz.ui.session.budget import SPARE, Budget
from effnet_viz.ui.session.upload_room import MIDDLEWARE

FREE = 1000  # bytes
JUNK = b"no checkpoint " * 1000


def full() -> list[str]:
    """Names of the uploaded files that hold anything."""
    return [each.name for each in gc.get_objects() if type(each) is UploadedFile and each.getvalue()]


@pytest.mark.parametrize(("key", "name"), [("checkpoint_upload", "junk.pth"), ("photo_upload", "junk.png")])
def test_what_is_refused_is_held_by_nobody(key, name):
    """Streamlit's session kept a copy: after eight refused checkpoints of 299 MB a server had 2.5 GB more."""
    app = AppTest.from_file(MAIN_SCRIPT, default_timeout=60)
    app.query_params["photo"] = "own"
    app.session_state["photo_source"] = "Upload"
    app.run()
    app.file_uploader(key=key).upload(name, JUNK, "application/octet-stream").run()
    assert any("junk" in error.value or "photo" in error.value for error in app.error)
    assert name not in full()


def put(size: int, *, whole: bool = True) -> tuple[int | None, list[int]]:
    """Send an upload in two parts; the answer's status, and what was promised while it was read."""
    promised, parts = [], [size // 2, size - size // 2]

    async def take(request: Request) -> PlainTextResponse:
        await request.body()
        promised.append(upload_room.BUDGET.promised)
        return PlainTextResponse("")

    async def receive() -> dict:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": bytes(parts.pop(0)), "more_body": bool(parts) or not whole}

    statuses = []

    async def send(message: dict) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    path = "/base/_stcore/upload_file/session/file"
    server = Starlette(routes=[Route(path, take, methods=["PUT"])], middleware=MIDDLEWARE)
    scope = {"type": "http", "method": "PUT", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(server(scope, receive, send))
    return (statuses or [None])[0], promised


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr(upload_room, "BUDGET", Budget(lambda: SPARE + FREE, lambda wanted: None))
    monkeypatch.setattr(budget, "SMALL", 0)


def test_an_upload_is_promised_its_memory_while_it_is_read(little_memory):
    assert put(FREE) == (200, [FREE])
    assert upload_room.BUDGET.promised == 0


def test_an_upload_that_does_not_fit_is_refused(little_memory):
    assert put(FREE + 1) == (507, [])
    assert upload_room.BUDGET.promised == 0


def test_the_server_asks_for_its_uploads():
    assert the_server._user_middleware == MIDDLEWARE
