"""Costs against the plan's counts, arithmetic by hand, and sums; no time is asserted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

import effnet_viz as ev
from effnet_viz.engine import stopwatch
from effnet_viz.engine.machine import Machine, machine
from effnet_viz.engine.profile import Cost, Profile, beside


@pytest.fixture(scope="module")
def model():
    return ev.load(ev.spec("b0", num_classes=10), weights="untrained", device="cpu")


@pytest.fixture(scope="module")
def profile(model) -> Profile:
    return ev.profile(model, resolution=65, batch=2, rounds=3)


def in_pytorch(model) -> Profile:
    model.runner._sessions.refused = "for this test"
    try:
        return ev.profile(model, resolution=65, batch=2, rounds=3)
    finally:
        model.runner._sessions.refused = ""


@pytest.mark.parametrize("engine", ["ONNX Runtime", pytest.param("PyTorch", marks=pytest.mark.slow)])
def test_every_block_and_step_is_measured_and_counted(model, profile, engine):
    profile = profile if engine == "ONNX Runtime" else in_pytorch(model)
    plan = ev.plan(model.spec, 65)
    assert profile.engine == engine
    assert [block.id for block in profile.blocks] == [block.id for block in plan.blocks]
    assert [step.id for step in profile.steps] == [layer.id for block in plan.blocks for layer in block.layers]
    assert all(block.seconds > 0 for block in profile.blocks)
    # The clock counts whole microseconds, and so small a classifier may take less.
    assert all(step.seconds > 0 for step in profile.steps if step.kind != "classifier")
    assert [block.macs for block in profile.blocks] == [2 * block.macs for block in plan.blocks]
    assert sum(block.share for block in profile.blocks) == pytest.approx(1)
    assert sum(block.macs_share for block in profile.blocks) == pytest.approx(1)
    assert sum(kind.macs for kind in profile.kinds) == 2 * plan.macs
    assert sum(kind.seconds for kind in profile.kinds) + profile.seconds_outside_steps == pytest.approx(
        profile.seconds, rel=0.3
    )
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.network.modules())


def test_bytes_by_hand(profile):
    steps = {step.id: step for step in profile.steps}
    # 3.1 at 65 pixels: maps of 33, stride 2 to 17; 16 channels in, 96 wide; weights and the two numbers of batch norm
    assert steps["3.1.expand"].bytes == 4 * (2 * 33 * 33 * (16 + 96) + 16 * 96 + 2 * 96)
    assert steps["3.1.depthwise"].bytes == 4 * (2 * 96 * (33 * 33 + 17 * 17) + 9 * 96 + 2 * 96)
    assert steps["3.1.se"].bytes == 4 * (2 * 96 * 17 * 17 * 3 + 96 * 4 + 4 + 4 * 96 + 96)
    assert steps["3.1.depthwise"].macs_per_byte == pytest.approx(2 * 9 * 96 * 17 * 17 / steps["3.1.depthwise"].bytes)


def test_rows(profile):
    for level, length in (("blocks", 19), ("steps", len(profile.steps)), ("kinds", 5)):
        rows = profile.rows(level)
        assert len(rows) == length
        assert {row["bound"] for row in rows} <= {"memory", "compute"}
        assert sum(row["milliseconds"] for row in rows) > 0
    with pytest.raises(ValueError, match="level is 'rooms'; it can be blocks, steps, kinds"):
        profile.rows("rooms")


def kind(name: str, share: float, macs_share: float, intensity: int) -> Cost:
    return Cost(id=name, kind=name, macs=intensity * 10, bytes=10, seconds=share, share=share, macs_share=macs_share)


def made_of(*kinds: Cost, of: str = "b0") -> Profile:
    """A network that takes a second."""
    return Profile(
        plan=ev.plan(of),
        batch=1,
        engine="any",
        machine=Machine(macs_per_second=80.0, bytes_per_second=10.0, threads=2, device="cpu"),
        rounds=1,
        blocks=(kind("4.2", 0.6, 0.25, 4), kind("5.1", 0.4, 0.75, 4)),
        steps=kinds,
    )


def test_the_sentence_is_computed_from_the_numbers():
    dear = made_of(kind("depthwise", 0.4, 0.06, 2), kind("pointwise", 0.6, 0.94, 20)).sentence()
    assert "depthwise convolutions, 6% of the multiply-adds and 40% of the time" in dear
    assert "serves only 2 multiply-adds, and this machine could do 8 meanwhile" in dear
    assert "1×1" not in dear and "skips" not in dear
    assert dear.endswith("Most time goes into block 4.2: 60% of it, for 25% of the multiply-adds.")
    even = made_of(kind("depthwise", 0.1, 0.1, 2), kind("pointwise", 0.9, 0.9, 20)).sentence()
    assert even.startswith("Time follows the multiply-adds here")
    busy = made_of(kind("depthwise", 0.4, 0.06, 9), kind("pointwise", 0.6, 0.94, 20)).sentence()
    assert "wait for memory" not in busy


@pytest.mark.parametrize(
    ("depthwise", "pointwise", "said"),
    [
        (0.05, 0.48, "arithmetic: adding skips and moving data, none of the multiply-adds and 47% of the time. Most"),
        (0.30, 0.60, "and 30% of the time; adding skips and moving data, none of the multiply-adds and 10% of the t"),
        (0.08, 0.89, "Time follows the multiply-adds here"),  # 3%: not worth a word
        (0.08, 0.96, "Time follows the multiply-adds here"),  # medians of steps can sum to more than that of the whole
    ],
)
def test_time_that_no_step_takes_is_named_where_it_matters(depthwise, pointwise, said):
    steps = kind("depthwise", depthwise, 0.06, 2), kind("pointwise", pointwise, 0.94, 20)
    sentence = made_of(*steps).sentence()
    assert said in sentence
    assert ("follows" in sentence) != ("moving data" in sentence)


@pytest.mark.parametrize(
    ("pointwise", "said"),
    [  # B4 has 0.1 s of depthwise; what is left of each second lies between the steps
        (0.8, "The largest difference: 300 ms more in 1×1 convolutions."),
        (0.45, "The largest difference: 350 ms more in adding skips and moving data."),
    ],
)
def test_the_largest_difference_of_two_networks(pointwise, said):
    left = made_of(kind("depthwise", 0.4, 0.06, 2), kind("pointwise", 0.5, 0.94, 20))
    right = made_of(kind("depthwise", 0.1, 0.06, 2), kind("pointwise", pointwise, 0.94, 20), of="b4")
    sentence = beside(left, right)
    assert sentence.startswith("EfficientNet-B4 takes 1.00 times the time of EfficientNet-B0 here, for ")
    assert sentence.endswith(said)


def test_a_network_beside_itself_says_that_its_two_times_differ_by_chance():
    first = made_of(kind("depthwise", 0.4, 0.06, 2), kind("pointwise", 0.6, 0.94, 20))
    second = replace(first, blocks=(kind("4.2", 1.1, 1.0, 4),))
    said = "EfficientNet-B0 twice: the second takes 1.10 times the time of the first, by chance."
    assert beside(first, second) == said


@pytest.mark.slow
def test_the_roofs():
    roofs = Machine(macs_per_second=100.0, bytes_per_second=10.0, threads=1, device="cpu")
    assert (roofs.balance, roofs.roof(2.0), roofs.roof(50.0)) == (10.0, 20.0, 100.0)
    first = machine()
    again = machine()
    assert again.macs_per_second >= first.macs_per_second > 1e8
    assert again.bytes_per_second >= first.bytes_per_second > 1e8
    assert first.threads == torch.get_num_threads()


def test_timings_are_read_run_by_run(tmp_path):
    def event(name: str, duration: int, kind: str = "Node") -> dict[str, object]:
        return {"cat": kind, "name": name, "dur": duration}

    timings = tmp_path / "timings.json"
    timings.write_text(
        json.dumps(
            [
                event("session_initialization", 9999, "Session"),
                event("ReorderInput_kernel_time", 5),
                event("4.2.expand.conv_nchwc_kernel_time", 10),
                event("4.2.expand (Mul)/QuickGeluFusion/_kernel_time", 2),
                event("4.2.se.squeeze_nchwc_kernel_time", 3),
                event("ReorderOutput_token_16_kernel_time", 4),
                event("4.2 (Add)_kernel_time", 1),
                event("model_run", 30, "Session"),
                event("4.2.expand.conv_nchwc_kernel_time", 20),
                event("4.2_nchwc_kernel_time", 6),
                event("model_run", 40, "Session"),
            ]
        )
    )
    first, second = stopwatch._runs(timings, ["4.2.expand", "4.2.se", "4.2.project"])
    assert first == (30e-6, {"": pytest.approx(10e-6), "4.2.expand": 12e-6, "4.2.se": 3e-6})
    assert second == (40e-6, {"4.2.expand": 20e-6, "4.2.project": 6e-6})


@pytest.mark.slow
@pytest.mark.parametrize("last", [0.0, 0.5])  # while it makes ready, and in the middle of a run
def test_it_can_be_stopped_and_leaves_nothing(model, tmp_path, monkeypatch, last):
    monkeypatch.setattr(stopwatch.tempfile, "tempdir", str(tmp_path))

    def stop(share: float) -> None:
        if share > last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ev.profile(model, resolution=64, rounds=2, progress=stop)
    assert list(tmp_path.iterdir()) == []
    assert not model.lock.busy


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"batch": 0}, "batch is 0"),
        ({"batch": 10**7}, "batch is 10000000; it can be 1 to 256"),
        ({"rounds": 0}, "rounds is 0"),
        ({"rounds": 2**63}, "rounds is 9223372036854775808; it can be 1 to 1,000 runs"),
        ({"resolution": 7}, "resolution"),
    ],
)
def test_wrong_wishes_are_named(model, wanted, said):
    with pytest.raises(ValueError, match=said):
        ev.profile(model, **wanted)
