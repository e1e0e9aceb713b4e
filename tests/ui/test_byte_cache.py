"""The one cache, which is bounded by bytes."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image

from effnet_viz.explain import capture
from effnet_viz.images import open_sample, samples
from effnet_viz.loading import load
from effnet_viz.ui.evidence import by_hand
from effnet_viz.ui.evidence.computed import EvidenceRequest
from effnet_viz.ui.session import byte_cache, models_and_runs
from effnet_viz.ui.session.byte_cache import ByteCache, kept, size_of

KB = 1000


@pytest.fixture(scope="module")
def b0_and_run():
    model = load("b0", weights="untrained", device="cpu")
    return model, capture(model, open_sample(samples()[0].name))


def of(kilobytes: int) -> np.ndarray:
    return np.zeros(kilobytes * KB, dtype=np.uint8)


def test_the_least_recently_used_value_goes_when_bytes_run_out():
    cache = ByteCache(10 * KB)
    for key in "abc":
        cache.get(key, lambda: of(4))
    assert cache.nbytes == 8 * KB
    assert cache.peek("a") is None
    assert cache.peek("b") is not None and cache.peek("c") is not None


def test_a_value_used_again_stays_longer():
    cache = ByteCache(8 * KB)
    first = cache.get("a", lambda: of(4))
    cache.get("b", lambda: of(4))
    assert cache.get("a", lambda: of(1)) is first
    cache.get("c", lambda: of(4))
    assert cache.peek("a") is first
    assert cache.peek("b") is None


def test_what_took_long_outlasts_what_is_large_and_quick_but_not_for_good(monkeypatch):
    """What gates usually are, 3 s of a class's time for 0.3 MB, went with each look at B7, nine times a minute."""
    cache, now = ByteCache(10 * KB), [0.0]
    monkeypatch.setattr(byte_cache.time, "monotonic", lambda: now[0])

    def takes(seconds: float, kilobytes: int) -> np.ndarray:
        now[0] += seconds
        return of(kilobytes)

    cache.get("dear", lambda: takes(3.0, 1))
    for number in range(50):
        cache.get(("large", number), lambda: takes(0.1, 4))
        assert cache.peek(("large", number)) is not None, "whoever asked for it needs it now"
    assert cache.peek("dear") is not None
    cache = ByteCache(10 * KB)
    cache.get("dear", lambda: takes(3.0, 1))
    for number in range(1000):
        cache.get(("large", number), lambda: takes(0.1, 4))
    assert cache.peek("dear") is None, "nobody asked for it all the while"


def test_of_values_larger_than_the_cache_only_the_latest_is_kept():
    """Computing a run of a very large network again on every rerun made everybody else wait 18 seconds."""
    cache = ByteCache(3 * KB)
    small = cache.get("small", lambda: of(2))
    large = cache.get("a", lambda: of(5))
    assert cache.get("a", lambda: of(1)) is large
    assert cache.peek("small") is small
    assert cache.nbytes == 7 * KB
    cache.get("b", lambda: of(6))
    del large
    assert cache.peek("a") is None
    assert cache.nbytes == 8 * KB


def test_a_value_put_again_counts_once():
    cache = ByteCache(10 * KB)
    cache.put("a", of(4))
    cache.put("a", of(3))
    assert cache.nbytes == 3 * KB


@pytest.mark.parametrize("kilobytes", [1, 5], ids=["kept", "too large to keep"])
def test_thirty_askers_compute_a_value_once(kilobytes: int):
    cache = ByteCache(2 * KB)
    computed = []
    all_here = threading.Barrier(30)

    def compute() -> np.ndarray:
        computed.append(1)
        time.sleep(0.2)
        return of(kilobytes)

    def ask() -> None:
        all_here.wait()
        answers.append(cache.get("key", compute))

    answers: list[np.ndarray] = []
    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 30
    assert all(answer is answers[0] for answer in answers)
    assert len(computed) == 1


def test_a_failed_computation_is_tried_again():
    cache = ByteCache(KB)

    def fail() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("key", fail)
    assert cache.get("key", lambda: b"yes") == b"yes"


def test_a_value_counts_once_when_the_first_computation_fails_while_others_wait():
    """One waits and one comes later; the second computation must be the only one, and its bytes count once."""
    cache = ByteCache(10 * KB)
    first_runs, first_may_fail = threading.Event(), threading.Event()
    second_runs, second_may_end = threading.Event(), threading.Event()
    computed = []

    def fail() -> np.ndarray:
        first_runs.set()
        first_may_fail.wait()
        raise ValueError("no")

    def succeed() -> np.ndarray:
        computed.append(1)
        second_runs.set()
        second_may_end.wait()
        return of(4)

    def ask(compute) -> None:
        with contextlib.suppress(ValueError):
            cache.get("key", compute)

    first, waiting, later = (threading.Thread(target=ask, args=(work,)) for work in (fail, succeed, succeed))
    first.start()
    first_runs.wait()
    waiting.start()
    time.sleep(0.1)
    first_may_fail.set()
    second_runs.wait()
    later.start()
    time.sleep(0.1)
    second_may_end.set()
    for thread in (first, waiting, later):
        thread.join()
    assert len(computed) == 1
    assert cache.nbytes == 4 * KB


def test_the_oldest_go_until_enough_is_free():
    cache = ByteCache(10 * KB)
    for key in "abc":
        cache.put(key, of(3))
    cache.get("a", lambda: of(1))
    assert cache.shrink(4 * KB) == 6 * KB
    assert cache.peek("a") is not None and cache.peek("b") is None and cache.peek("c") is None
    assert cache.nbytes == 3 * KB
    assert cache.shrink(100 * KB) == 3 * KB


def test_what_somebody_works_with_goes_last():
    cache, worked_with = ByteCache(10 * KB), of(3)
    cache.put("a", worked_with)
    cache.put("b", of(3))
    cache.in_use(worked_with)
    assert cache.shrink(1) == 3 * KB
    assert cache.peek("a") is worked_with and cache.peek("b") is None


def test_what_somebody_still_holds_is_found_again():
    """Thirty sessions each held a network that had been let go, and each new visitor loaded another one."""

    class Network:
        nbytes = 4 * KB

    cache = ByteCache(5 * KB)
    held = cache.get("network", Network)
    cache.put("other", of(4))
    assert cache.nbytes == 4 * KB
    assert cache.get("network", Network) is held
    assert cache.nbytes == 4 * KB and cache.peek("other") is None, "it takes memory, so it counts"
    cache.put("other", of(4))
    del held
    gc.collect()
    assert cache.peek("network") is None


def test_what_a_network_took_in_sessions_counts(b0_and_run):
    """Every part that was asked for has weights in ONNX Runtime, too."""
    model = load("lite0", weights="untrained", device="cpu")
    weights = sum(parameter.nbytes for parameter in model.network.parameters())
    cache = ByteCache(100 * weights, growing=True)
    cache.put("lite0", model)
    assert cache.nbytes == pytest.approx(weights, rel=0.1)
    capture(model, open_sample(samples()[0].name))
    cache.put("small", of(1))
    assert cache.nbytes > 1.9 * weights


def test_a_network_that_is_let_go_keeps_no_sessions_though_somebody_looks_at_it(monkeypatch):
    """Thirty visitors held eight networks with a second copy of all weights each."""
    model, photo = load("lite0", weights="untrained", device="cpu"), open_sample(samples()[0].name)
    before = capture(model, photo)
    assert model.runner.nbytes > 0
    cache = ByteCache(10**9, growing=True, left=byte_cache.NETWORKS._left)
    cache.put("lite0", model)
    assert cache.shrink(1) > model.runner.nbytes == 0
    assert np.array_equal(capture(model, photo).logits, before.logits)
    assert cache.get("lite0", lambda: pytest.fail("it is still there")) is model
    assert cache.nbytes > model.runner.nbytes > 0


def test_who_is_told_of_what_leaves_is_told_when_all_of_it_does():
    left = []
    cache = ByteCache(10 * KB, left=left.append)
    cache.put("small", bytes(KB))
    cache.put("larger than all", bytes(20 * KB))
    cache.clear()
    assert sorted(map(len, left)) == [KB, 20 * KB] and cache.nbytes == 0


def test_keys_are_the_parameters_without_underscore(monkeypatch):
    monkeypatch.setattr(byte_cache, "CACHE", ByteCache(10 * KB))

    @kept
    def shown(digest: str, size: int = 1, *, _photo: str = "") -> str:
        return f"{digest} {size} {_photo}"

    assert shown("a", _photo="first") == "a 1 first"
    assert shown(digest="a", size=1, _photo="second") == "a 1 first"
    assert shown("a", 2, _photo="second") == "a 2 second"


def test_two_functions_with_the_same_arguments_do_not_share(monkeypatch):
    monkeypatch.setattr(byte_cache, "CACHE", ByteCache(10 * KB))

    @kept
    def first(digest: str) -> str:
        return "first"

    @kept
    def second(digest: str) -> str:
        return "second"

    assert (first("a"), second("a")) == ("first", "second")


def test_the_size_of_any_value():
    @dataclass(frozen=True)
    class Found:
        maps: dict[str, np.ndarray]
        name: str

    array = np.zeros((10, 100), dtype=np.float32)
    assert size_of(array) == 4000
    assert size_of(torch.zeros(1000)) == 4000
    assert size_of(torch.nn.Linear(9, 10)) == 400
    assert size_of(Image.new("RGB", (100, 50))) == 15000
    assert size_of(bytes(5000)) == pytest.approx(5000, abs=100)
    value = Found(maps={"a": array, "b": np.zeros(250)}, name="x")
    assert size_of(value) == pytest.approx(6000, abs=1000)
    assert size_of([value, value]) == pytest.approx(size_of(value), abs=100)


def test_one_grad_cam_however_it_is_asked_for(b0_and_run):
    model, run = b0_and_run
    best, head = int(run.logits.argmax()), str(model.spec.head_stage)
    evidence = models_and_runs.evidence_of(model, run)
    assert models_and_runs.evidence_of(model, run, best, head) is evidence
    assert models_and_runs.evidence_of(model, run, None, head) is evidence
    last = [block for block in model.network.blocks() if block.startswith("4.")][-1]
    assert models_and_runs.evidence_of(model, run, layer="4") is models_and_runs.evidence_of(model, run, layer=last)
    assert models_and_runs.evidence_of(model, run, best + 1) is not evidence


def test_what_a_student_hides_is_kept_for_that_network_only(b0_and_run):
    """Two networks grey a photo differently, and another visitor's copy of a photo may have another name."""
    model, run = b0_and_run
    photo = open_sample(samples()[0].name)
    black = dataclasses.replace(
        model, preprocessing=dataclasses.replace(model.preprocessing, mean=(0.0, 0.0, 0.0)), key="black"
    )
    boxes = ((0.0, 0.0, 100.0, 100.0),)
    covered = []
    for network in (model, black):
        asked = EvidenceRequest(model=network, photo=photo, run=run, target=0, against=None, layer="9")
        covered.append(by_hand._hide(network.key, photo.digest, boxes, "grey", asked).image.getpixel((50, 50)))
    assert covered[1] == (0, 0, 0)
    assert covered[0] == tuple(round(255 * value) for value in model.preprocessing.mean)
