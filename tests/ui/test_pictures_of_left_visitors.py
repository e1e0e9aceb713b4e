"""A visitor's pictures can be fetched as long as the visitor is there, and go with the session."""

from __future__ import annotations

import asyncio
import re
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from benchmarks.visitors import Visitor, server
from effnet_viz.home import HOME

PATIENCE = 90.0  # seconds; the server looks every twenty


class Looker(Visitor):
    """Notes the addresses of the pictures that come."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.pictures: set[str] = set()

    def heard(self, message) -> None:
        found = re.findall(rb"media/[0-9a-f]+\.(?:png|jpg)", message.SerializeToString())
        self.pictures |= {address.decode() for address in found}


def status(port: int, address: str) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}/{address}", timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


async def walk(port: int) -> tuple[list[int], list[int]]:
    """What a visitor's pictures answer while the visitor is there, and in the end."""
    stays, leaves = Looker(port), Looker(port)
    await stays.enter()
    await stays.run_page("glossary", "")
    await leaves.enter()
    await leaves.run_page("feature_maps", "variant=shapes")
    pictures = sorted(leaves.pictures - stays.pictures)
    before = [status(port, address) for address in pictures]
    await leaves.leave()
    until = time.monotonic() + PATIENCE
    while 200 in (after := [status(port, address) for address in pictures]) and time.monotonic() < until:
        await asyncio.sleep(1)
    await stays.leave()
    return before, after


@pytest.mark.slow
def test_pictures_go_with_the_visitor_also_while_others_stay():
    """They were served 140 s longer, and without anybody else who left, for good."""
    with server(HOME / "app.py", STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="1") as (port, _):
        before, after = asyncio.run(walk(port))
    assert before and set(before) == {200}
    assert set(after) == {404}
