"""Photographs the pages of the tour: `python docs/make_pictures.py`, with Chromium and the test requirements."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PAGES = {
    "overview": "",
    "feature_maps": "feature_maps?photo=koala",
    "se_attention": "se_attention?variant=shapes",
    "evidence": "evidence?photo=koala",
    "compare": "compare?left=b0&right=b7",
}
SIZE = {"width": 1280, "height": 1000}
START_S = 120


def main() -> None:
    """Open every page and keep a picture of it."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        for name, path in PAGES.items():
            mark = "&" if "?" in path else "?"
            page.goto(f"{address}/{path}{mark}embed_options=light_theme")
            wait(page)
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            image.save(PICTURES / f"{name}.webp", quality=74, method=6)
        browser.close()


def wait(page: Page) -> None:
    """Until the page has been drawn."""
    page.locator("[data-testid='stHeading']").first.wait_for(timeout=1000 * START_S)
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') === 'notRunning'"
        " && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')",
        timeout=1000 * START_S,
    )
    page.wait_for_timeout(1500)


@contextmanager
def served() -> Iterator[str]:
    """The app on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "effnet_viz", "--host", "127.0.0.1", "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, cwd=ROOT)
    address, give_up = f"http://127.0.0.1:{port}", time.monotonic() + START_S
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > give_up:
                    raise
                time.sleep(0.3)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
