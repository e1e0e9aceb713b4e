"""When a visitor of the benchmarks gives a page up."""

from __future__ import annotations

import asyncio
import time

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import visitors

EVERY = 0.02  # seconds between two messages


class Server:
    """Sends so many moves of a bar, then the end of the page, or nothing more."""

    def __init__(self, moves: int, *, ends: bool) -> None:
        self.moves, self.ends = moves, ends

    async def send(self, message: bytes) -> None:
        """What the visitor asks."""

    async def __aiter__(self):
        for _ in range(self.moves):
            await asyncio.sleep(EVERY)
            message = ForwardMsg()
            message.delta.new_element.progress.value = 50
            yield message.SerializeToString()
        if self.ends:
            yield ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()
        await asyncio.sleep(60)


async def visit(server: Server) -> float:
    visitor = visitors.Visitor(0)
    visitor.socket = server
    listening = asyncio.create_task(visitor._listen())
    began = time.monotonic()
    try:
        await visitor.run_page("overview", "")
    finally:
        listening.cancel()
    return time.monotonic() - began


@pytest.mark.slow
def test_slow_work_under_a_bar_that_moves_is_waited_for_and_silence_is_not(monkeypatch):
    """Checks of a map that took 61 s of a busy machine counted as missing, with their bar at two thirds."""
    monkeypatch.setattr(visitors, "PATIENCE", 25 * EVERY)
    assert asyncio.run(visit(Server(40, ends=True))) > 40 * EVERY
    with pytest.raises(TimeoutError):
        asyncio.run(visit(Server(3, ends=False)))
