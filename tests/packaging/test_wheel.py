"""What a wheel installs: the command line and the app run from it, far from the checkout, and equal the checkout's."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

import effnet_viz as ev

ROOT = Path(__file__).parents[2]
START_S = 90.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment that has the wheel; all it needs comes from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv"), "platbase": str(folder / "venv")})
    (Path(site) / "all-else.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return python.parent


def files(home: Path, folder: str) -> set[str]:
    return {str(path.relative_to(home)) for path in (home / folder).rglob("*") if "__pycache__" not in path.parts}


def effnet_viz(programs: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "effnet-viz"), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_package_is_the_installed_one_and_has_the_apps_files(programs: Path, tmp_path: Path):
    script = "import effnet_viz.home as home; print(home.HOME)"
    done = subprocess.run([programs / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    home = Path(done.stdout.strip())
    assert programs.parent in home.parents
    for folder in ("pages", "assets"):
        assert files(home, folder) == files(ROOT, folder)
    assert (home / ".streamlit" / "config.toml").read_bytes() == (ROOT / ".streamlit" / "config.toml").read_bytes()


def test_the_command_line_counts_and_explains(programs: Path, tmp_path: Path):
    planned = effnet_viz(programs, "plan", "b7", "--json", cwd=tmp_path)
    assert json.loads(planned.stdout)["params"] == 66_347_960  # torchvision's EfficientNet-B7
    shutil.copy(ROOT / "assets" / "photos" / "koala.jpg", tmp_path / "koala.jpg")
    told = effnet_viz(programs, "explain", "koala.jpg", "--out", "out", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    (answer,) = json.loads(told.stdout)
    best = ev.predict(ev.load("lite0"), ev.open_photo(tmp_path / "koala.jpg"))[0]
    assert answer["predictions"][0]["label"] == best.label == "koala"
    assert answer["predictions"][0]["probability"] == pytest.approx(best.probability, abs=1e-5)


@pytest.fixture
def url(programs: Path, tmp_path: Path) -> Iterator[str]:
    """The app that `effnet-viz` started in an empty folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(programs / "effnet-viz"), "--host", "127.0.0.1", "--port", str(port), "--no-browser"]
    log = tmp_path / "log.txt"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    give_up = time.monotonic() + START_S
    try:
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                    if answer.read() == b"ok":
                        break
            except OSError:
                assert server.poll() is None and time.monotonic() < give_up, log.read_text(errors="replace")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_the_app_opens_with_its_photo_its_answer_and_its_theme(url: str):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{url}/?embed_options=light_theme")
        expect(page.get_by_text("What speaks for it")).to_be_visible(timeout=START_S * 1000)
        expect(page.get_by_text(re.compile("espresso")).first).to_be_visible()
        expect(page.locator("[data-testid='stException']")).to_have_count(0)
        colour = page.locator("[data-testid='stApp']").evaluate("app => getComputedStyle(app).color")
        assert colour == "rgb(14, 20, 27)"  # the text colour of .streamlit/config.toml, #0E141B
        browser.close()
