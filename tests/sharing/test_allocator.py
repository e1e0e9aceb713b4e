"""Freed memory goes back to the system before it is a gigabyte."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHILD = """
import psutil
from effnet_viz.sharing import allocator

def resident():
    return psutil.Process().memory_info().rss

allocator.keep_little()
memory = allocator.FreedSinceTrim(64 * 2**20)
blocks = [bytearray(60_000) for _ in range(5_000)]
full = resident()
assert not memory.look()  # nothing was given back
kept = blocks[::50]  # scattered, so that the library cannot shorten its heap by itself
del blocks
before = resident()
assert memory.look() and not memory.look()
print(full, before, resident())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' libraries give memory back themselves")
def test_what_was_given_back_leaves_the_process():
    run = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    full, before, after = map(int, run.stdout.split())
    assert before > 0.9 * full, "The library gave it back without us: this module has become superfluous."
    assert after < full - 200 * 2**20
