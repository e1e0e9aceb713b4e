"""How busy short questions keep a device."""

import math

import pytest

from effnet_viz.sharing.load import MOST, BusyShare


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_steady_share_is_found_and_forgotten() -> None:
    clock = _Clock()
    busy = BusyShare(over=10.0, clock=clock)
    assert busy.share == 0
    for _ in range(600):  # a minute, of which three tenths
        clock.now += 0.1
        busy.add(0.03)
    assert busy.share == pytest.approx(0.3, abs=0.005)
    clock.now += 10
    assert busy.share == pytest.approx(0.3 / math.e, abs=0.005)


def test_a_device_that_is_never_free_leaves_a_tenth() -> None:
    clock = _Clock()
    busy = BusyShare(over=10.0, clock=clock)
    for _ in range(100):
        clock.now += 1
        busy.add(1.0)
    assert busy.share == MOST
