"""A server whose user may write nowhere at home, as in a container with a read-only root."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.visitors import Visitor, server
from effnet_viz.home import HOME

NOT_EVEN_ROOT = Path("/proc/sys")  # whoever asks may make nothing there


@pytest.mark.slow
def test_the_pages_come_where_the_home_cannot_be_written_to(monkeypatch):
    for name in ("TORCH_HOME", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OSError, match=str(NOT_EVEN_ROOT)):
        (NOT_EVEN_ROOT / ".cache").mkdir()

    async def visit(port: int) -> Visitor:
        visitor = Visitor(port)
        await visitor.enter()
        for page in ("evidence", "se_attention", "train"):
            await visitor.run_page(page, "")
        await visitor.leave()
        return visitor

    with server(HOME / "app.py", HOME=str(NOT_EVEN_ROOT)) as (port, _):
        visitor = asyncio.run(visit(port))
    assert len(visitor.pages) > 5
    assert (visitor.exceptions, visitor.errors) == ([], [])
