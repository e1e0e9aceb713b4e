"""Estimates of slow work against what such work really took."""

from __future__ import annotations

import time

import pytest

from effnet_viz.explain import capture
from effnet_viz.explain.methods import METHODS, evidence
from effnet_viz.explain.methods.batches import batch_size
from effnet_viz.explain.pass_time import seconds_a_pass
from effnet_viz.images import open_sample
from effnet_viz.loading import load
from effnet_viz.ui.widgets.estimates import FRESH_S, REMEMBERED, Estimates


def test_a_wrong_estimate_is_wrong_once():
    estimates = Estimates()
    assert estimates.foretold("occlusion", 4.0) == 4.0
    estimates.learn("occlusion", 4.0, 40.0)
    assert estimates.foretold("occlusion", 6.0) == pytest.approx(60.0)
    assert estimates.foretold("another", 6.0) == 6.0


def test_one_slow_run_among_others_does_not_count_and_the_last_minute_counts_most():
    now = [0.0]
    estimates = Estimates(lambda: now[0])
    for took in (2.0, 90.0, 2.0):
        estimates.learn("strip", 1.0, took)
    assert estimates.foretold("strip", 10.0) == pytest.approx(20.0)
    now[0] = FRESH_S + 1
    assert estimates.foretold("strip", 10.0) == pytest.approx(20.0)  # older, but nothing newer is known
    estimates.learn("strip", 1.0, 5.0)
    assert estimates.foretold("strip", 10.0) == pytest.approx(50.0)
    assert REMEMBERED == 3


@pytest.mark.slow
def test_an_estimate_is_within_a_factor_of_two_of_the_run_that_follows():
    model, photo = load("lite0", device="cpu"), open_sample("coffee")
    side = capture(model, photo).input.shape[-1]
    estimates, within = Estimates(), []
    for _ in range(4):
        reckoned = METHODS["integrated_gradients"].passes(None) * seconds_a_pass(model, side, batch_size(model, side))
        foretold = estimates.foretold("integrated_gradients", reckoned)
        began = time.perf_counter()
        evidence(model, photo, "integrated_gradients")
        took = time.perf_counter() - began
        estimates.learn("integrated_gradients", reckoned, took)
        within.append(0.5 <= foretold / took <= 2.0)
    assert any(within[1:])  # others may make the machine busy in between
