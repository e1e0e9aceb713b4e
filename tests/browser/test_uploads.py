"""An upload for which a small server has no memory left: the page says so, and stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, serve


@pytest.fixture
def small_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The URL of a server that may take 1 GB."""
    monkeypatch.setenv("EFFNET_VIZ_MEMORY", "1")
    server, url = serve(ROOT / "app.py", tmp_path / "log.txt")
    yield url
    server.kill()
    server.wait()


def test_who_sends_more_than_there_is_room_for_reads_it_on_the_page(small_server, page: Page, settle, tmp_path: Path):
    large = tmp_path / "large.pth"
    with large.open("wb") as file:
        file.truncate(290 * 10**6)
    page.goto(f"{small_server}/feature_maps?block=4.2", wait_until="domcontentloaded")
    settle(page)
    page.locator(".st-key-checkpoint_upload input[type=file]").set_input_files(large)
    expect(page.get_by_text("The file of 290 MB does not fit into the memory")).to_be_visible()
    expect(page.get_by_role("heading", name="Block 4.2")).to_be_visible()
