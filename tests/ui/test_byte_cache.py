"""The cache that is bounded by bytes."""

from __future__ import annotations

import threading
import time

import pytest

from effnet_viz.ui.session.byte_cache import BoundedCache


def test_the_least_recently_used_value_goes_when_bytes_run_out():
    cache: BoundedCache[bytes] = BoundedCache(10, len)
    for key in "abc":
        cache.get(key, lambda: b"1234")
    assert cache.nbytes == 8
    assert cache.get("b", lambda: b"new") == b"1234"
    assert cache.get("a", lambda: b"new") == b"new"


def test_a_value_used_again_stays_longer():
    cache: BoundedCache[bytes] = BoundedCache(8, len)
    cache.get("a", lambda: b"1234")
    cache.get("b", lambda: b"1234")
    cache.get("a", lambda: b"never")
    cache.get("c", lambda: b"1234")
    assert cache.get("a", lambda: b"lost") == b"1234"
    assert cache.get("b", lambda: b"lost") == b"lost"


def test_a_value_larger_than_the_cache_is_given_but_not_kept():
    cache: BoundedCache[bytes] = BoundedCache(3, len)
    assert cache.get("a", lambda: b"12345") == b"12345"
    assert cache.nbytes == 0


def test_thirty_askers_compute_a_value_once():
    cache: BoundedCache[bytes] = BoundedCache(100, len)
    computed = []

    def compute() -> bytes:
        computed.append(1)
        time.sleep(0.05)
        return b"value"

    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(cache.get("key", compute))) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"value"] * 30
    assert len(computed) == 1


def test_a_failed_computation_is_tried_again():
    cache: BoundedCache[bytes] = BoundedCache(100, len)

    def fail() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("key", fail)
    assert cache.get("key", lambda: b"yes") == b"yes"
