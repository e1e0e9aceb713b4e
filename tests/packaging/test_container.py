"""The image's first step, without a daemon: what `Dockerfile` copies is enough to build the same package."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def copied() -> list[str]:
    """What the first stage copies from the checkout."""
    first = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[1]
    lines = re.findall(r"^COPY (?!--)(.+)$", first, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def names_in_wheel(checkout: Path, out: Path) -> set[str]:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(checkout)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_what_is_copied_reaches_the_daemon():
    let_through = [
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert copied() and all(any(fnmatch.fnmatch(name, rule) for rule in let_through) for name in copied())


@pytest.mark.slow
def test_what_is_copied_builds_the_same_package(tmp_path: Path):
    context = tmp_path / "context"
    for name in copied():
        target = context / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    assert names_in_wheel(context, tmp_path / "image") == names_in_wheel(ROOT, tmp_path / "checkout")


def test_both_copies_can_write_to_the_cache_only_and_have_no_rights():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("app-1", "app-2"):
        copy = services[name]
        assert copy["read_only"] and copy["cap_drop"] == ["ALL"] and copy["volumes"] == ["cache:/cache"]
    proxied = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    assert "lb_policy cookie" in proxied and all(f"{name}:8501" in proxied for name in ("app-1", "app-2"))
