"""The app in a real browser: `open_page("architecture", theme="dark", variant="b0")` goes there and waits for it.

Everything in this folder is marked slow by itself. The browser is the system's Chromium (or the one that the
environment variable CHROMIUM names), else Playwright's own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START_S = 90.0
SETTLE_S = 90.0
ACTION_S = 20.0
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# A rerun that a click asks for begins a moment after the click: "settled" must hold for a while before it counts.
SETTLED = """() => {
  const app = document.querySelector("[data-testid='stApp']");
  const busy = !app || app.getAttribute("data-test-script-state") !== "notRunning"
    || app.getAttribute("data-test-connection-state") !== "CONNECTED"
    || document.querySelector("[data-testid='stSkeleton'], [data-testid='stSpinner']");
  const now = performance.now();
  if (busy) window.effnetVizQuietSince = undefined;
  else window.effnetVizQuietSince ??= now;
  return !busy && now - window.effnetVizQuietSince > 400;
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            # A browser beside a busy machine may miss its time once. The run says so (R); twice is a failure.
            item.add_marker(pytest.mark.flaky(reruns=1))


def serve(script: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Starts `streamlit run script` on a free port and waits until it answers; returns the process and its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none"]
    command += ["--client.showErrorDetails=full"]  # so that a failed test shows the traceback
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=script.parent, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up and server.poll() is None:
        try:
            # Every path answers 200 with the app's own page; only the body of this one says that the server is up.
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return server, url
        except OSError:
            pass
        time.sleep(0.1)
    server.kill()
    server.wait()
    raise RuntimeError(f"the app did not come up within {START_S:.0f} s:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the running app, without a slash at its end."""
    server, url = serve(ROOT / "app.py", tmp_path_factory.mktemp("server") / "log.txt")
    yield url
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    """The URL of a server of its own, which nobody has visited."""
    server, url = serve(ROOT / "app.py", tmp_path / "log.txt")
    yield url
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a test file: while Playwright runs, no other test of the process could use asyncio."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at the size of a small laptop, with nothing remembered from other tests."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(ACTION_S * 1000)
    expect.set_options(timeout=ACTION_S * 1000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def settle() -> Callable[[Page], None]:
    """`settle(page)` waits until the app has drawn everything, and fails if it shows an exception."""

    def wait(page: Page) -> None:
        page.wait_for_function(SETTLED, polling=50, timeout=SETTLE_S * 1000)
        exceptions = page.locator("[data-testid='stException']").all_inner_texts()
        assert not exceptions, f"{page.url} shows an exception: {exceptions[0]}"

    return wait


@pytest.fixture(scope="session")
def address(app_url: str) -> Callable[..., str]:
    """`address("architecture", theme="dark", variant="b0")` is the URL of that view; "" is the start page."""

    def make(path: str = "", theme: str = "light", **query: object) -> str:
        return f"{app_url}/{path}?{urlencode({**query, 'embed_options': f'{theme}_theme'})}"

    return make


@pytest.fixture
def open_page(page: Page, address: Callable[..., str], settle: Callable[[Page], None]) -> Callable[..., Page]:
    """`open_page("architecture", theme="dark", variant="b0")` goes there, settles, and returns the page."""

    def visit(path: str = "", theme: str = "light", **query: object) -> Page:
        page.goto(address(path, theme, **query), wait_until="domcontentloaded")
        settle(page)
        return page

    return visit
