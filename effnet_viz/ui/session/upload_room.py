"""Uploads within the one budget of memory: each waits on the disk until there is room for it."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from effnet_viz.draw.numbers import si
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.weights.memory import MemoryShortage

UPLOADS = "/_stcore/upload_file/"  # Streamlit's route
NO_ROOM = 507  # of HTTP: Insufficient Storage

_refused: dict[str, str] = {}  # identifier of a session to the sentence that its next run shows
_lock = threading.Lock()


class UploadRoom:
    """Asks for an upload's memory when all of it has come.

    Until then Streamlit has it on the disk; then it is read as a whole. Eight checkpoints of 299 MB at once took a
    server beyond its 4 GB. Who sends slowly, or not to the end, is promised nothing.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Args:
            scope: what is asked.
            receive: gives its body.
            send: takes the answer.
        """
        if scope["type"] != "http" or scope["method"] != "PUT" or UPLOADS not in scope["path"]:
            await self._app(scope, receive, send)
            return
        size = 0
        with ExitStack() as held:

            async def receive_within_budget() -> Message:
                nonlocal size
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.request" and not message.get("more_body", False):
                    try:
                        await run_in_threadpool(held.enter_context, BUDGET.room_for(size, "This file"))
                    except MemoryShortage as error:
                        sentence = (
                            f"The file of {si(size, 'B')} does not fit into the memory that this server has left now. "
                            "Wait until others are done, or choose a smaller file."
                        )
                        _tell(scope["path"].split(UPLOADS)[1].split("/")[0], sentence)
                        raise HTTPException(NO_ROOM, sentence) from error
                return message

            await self._app(scope, receive_within_budget, send)


MIDDLEWARE = [Middleware(UploadRoom)]


def refused_upload() -> str:
    """Why an upload of this session was refused just now, told once; nothing where none was."""
    run = get_script_run_ctx()
    with _lock:
        return _refused.pop(run.session_id, "") if run is not None else ""


def _tell(session_id: str, sentence: str) -> None:
    """Have a session's page say it, as the browser shows nothing of a refused upload but the status' number."""
    there = get_instance()._session_mgr.get_active_session_info(session_id) if exists() else None
    if there is None:  # left in between, or no session of ours
        return
    with _lock:
        _refused[session_id] = sentence
    there.session.request_rerun(there.session._client_state)
