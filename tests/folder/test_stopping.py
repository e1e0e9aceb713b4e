"""A run can be ended at any moment, by Ctrl+C or by pulling the plug, and goes on where it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import effnet_viz as ev
from effnet_viz.command_line.commands import main
from effnet_viz.folder import Rows, RowsError

ROOT = Path(__file__).parents[2]
PART = 16
SCRIPT = f"""
import sys, effnet_viz as ev
from effnet_viz.folder import local
local.PART_ROWS = {PART}
ev.run_folder("shapes", sys.argv[1], sys.argv[2], on_progress=lambda told: print(told.done, flush=True))
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for index in range(240):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / f"{index:03}.png")
    return folder


def rows_at(path: Path) -> list[str]:
    """Names of the photos that have a row."""
    try:
        return [Path(photo).name for photo in Rows(path).words("path")]
    except RowsError:
        return []


@pytest.mark.slow
def test_a_killed_run_loses_at_most_one_part(tiny, tmp_path):
    out = tmp_path / "rows"
    for wait in (0.0, 0.013):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, tiny, out], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()  # the first photos of this run
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        told = [int(line) for line in process.stdout.read().split()]
        process.wait()
        there = rows_at(out)
        assert len(there) == len(set(there))
        assert not told or len(there) >= told[-1] - PART
    ev.run_folder("shapes", tiny, out)
    assert sorted(rows_at(out)) == sorted(path.name for path in tiny.iterdir())


@pytest.mark.slow
def test_ctrl_c_stops_the_command_and_the_same_command_goes_on(tiny, tmp_path, capsys):
    out = tmp_path / "rows"
    command = [sys.executable, "-m", "effnet_viz", "folder", str(tiny), "--model", "shapes", "--out", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not out.is_dir():
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate(timeout=60)
    assert "Traceback" not in complaint
    assert process.returncode == 130 and "Stopped; the same command goes on." in said
    assert 0 < len(rows_at(out)) < 240
    assert main(command[3:]) == 0 and "240 rows in" in capsys.readouterr().out
    assert sorted(rows_at(out)) == sorted(path.name for path in tiny.iterdir())
