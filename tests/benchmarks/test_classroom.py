"""A small class on a server of its own: what is not time."""

from __future__ import annotations

import pytest

from benchmarks import classroom

LIMIT = 2.5  # gigabytes
BACK = 300 * 10**6  # bytes above what the server had before anybody came


@pytest.mark.slow
def test_a_class_loses_nothing_stays_small_and_leaves_no_memory_behind():
    seen = classroom.run(students=6, seconds=25, think=0.5, gigabytes=LIMIT, long=True, rest=(25.0,))
    assert seen.exceptions == []
    assert (seen.lost, seen.missing) == (0, [])
    assert seen.peak < LIMIT * classroom.GB
    assert seen.after[25.0] < seen.rested + BACK
    assert sum(map(len, seen.times.values())) > 30
