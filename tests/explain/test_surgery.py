"""Overruled gates: against a network without SE, against the plain way, and without a trace in the shared network."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from effnet_viz.explain import capture, predict
from effnet_viz.explain.surgery import Operation, knock_outs, operate
from effnet_viz.network import EfficientNet, for_inference


def without_se(model) -> EfficientNet:
    """The same parameters in a network that was built without SE."""
    spec = model.spec.replace(
        stages=tuple(type(stage)(**{**vars(stage), "se_ratio": None}) for stage in model.spec.stages)
    )
    bare = for_inference(EfficientNet(spec))
    own = bare.state_dict()
    bare.load_state_dict({name: tensor for name, tensor in model.network.state_dict().items() if name in own})
    return bare


def test_all_ones_is_a_network_without_se(b0, photo):
    run = capture(b0, photo)
    outcome = operate(b0, run, {block: Operation(mode="ones") for block in run.gates})
    with torch.no_grad():
        expected = without_se(b0)(b0.input(photo))[0].numpy()
    np.testing.assert_allclose(outcome.logits, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    assert not np.allclose(outcome.logits, run.logits, rtol=0.01)
    assert all((gates == 1).all() for gates in outcome.gates.values())


def test_knock_out_by_prefix_reuse_is_the_plain_way(b0, photo):
    run = capture(b0, photo)
    results = list(knock_outs(b0, run, target=3))
    assert [result.block for result in results] == list(run.gates)
    for result in results[::3]:
        se = b0.network.layer(f"{result.block}.se")
        handle = se.register_forward_hook(lambda module, inputs, output: inputs[0])  # SE does nothing
        try:
            with torch.no_grad():
                logits = b0.network(b0.input(photo))[0].numpy()
        finally:
            handle.remove()
        assert result.logit_change == pytest.approx(logits[3] - run.logits[3], abs=1e-5 * float(np.abs(logits).max()))
        assert result.winner == logits.argmax()


def test_knock_outs_run_no_block_twice_that_lies_before(b0, photo):
    run = capture(b0, photo)
    calls: list[str] = []
    handles = [
        block.register_forward_pre_hook(lambda module, inputs, name=name: calls.append(name))
        for name, block in b0.network.blocks().items()
    ]
    try:
        list(knock_outs(b0, run))
    finally:
        for handle in handles:
            handle.remove()
    blocks = list(b0.network.blocks())
    plain = len(run.gates) * len(blocks)
    assert calls.count(blocks[0]) == 0
    assert calls.count("2.1") == 1
    assert len(calls) < 0.6 * plain


def test_unchanged_gates_change_nothing(b0, photo):
    run = capture(b0, photo)
    np.testing.assert_array_equal(operate(b0, run, {"4.2": Operation()}).logits, run.logits)
    kept = operate(b0, run, {"4.2": Operation(mode="given", gates=run.gates["4.2"])})
    np.testing.assert_allclose(kept.logits, run.logits, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("mode", "expected"), [("ones", np.ones_like), ("photo_mean", lambda gates: np.full_like(gates, gates.mean()))]
)
def test_gates_act_as_the_mode_says(b0, photo, mode, expected):
    run = capture(b0, photo)
    outcome = operate(b0, run, {"5.2": Operation(mode=mode, channels={3: 0.25})})
    wanted = expected(run.gates["5.2"]).copy()
    wanted[3] = 0.25
    np.testing.assert_allclose(outcome.gates["5.2"], wanted, atol=1e-6)


def test_shuffled_gates_are_the_same_gates(b0, photo):
    run = capture(b0, photo)
    gates = operate(b0, run, {"5.2": Operation(mode="shuffled")}).gates["5.2"]
    np.testing.assert_allclose(np.sort(gates), np.sort(run.gates["5.2"]), rtol=1e-5)
    assert np.abs(gates - run.gates["5.2"]).max() > 0.1
    again = operate(b0, run, {"5.2": Operation(mode="shuffled")}).gates["5.2"]
    np.testing.assert_array_equal(gates, again)


def test_gates_of_another_photo(b0, photo, other_photo):
    run, other = capture(b0, photo), capture(b0, other_photo)
    outcome = operate(b0, run, {"7.4": Operation(mode="given", gates=other.gates["7.4"])})
    np.testing.assert_array_equal(outcome.gates["7.4"], other.gates["7.4"])


@pytest.mark.parametrize(
    ("block", "operation", "words"),
    [
        ("9", Operation(mode="ones"), "'9'.*no squeeze"),
        ("4.2", Operation(channels={240: 0.5}), "240.*0 to 239"),
        ("4.2", Operation(channels={0: 1.5}), "1.5"),
        ("4.2", Operation(mode="given", gates=np.ones(3)), r"\(3,\).*\(240,\)"),
    ],
)
def test_what_cannot_be_operated_is_named(b0, photo, block, operation, words):
    with pytest.raises(ValueError, match=words):
        operate(b0, capture(b0, photo), {block: operation})


def test_unknown_modes_and_stray_gates_are_refused():
    with pytest.raises(ValueError, match="'off'"):
        Operation(mode="off")
    with pytest.raises(ValueError, match="given"):
        Operation(mode="given")


@pytest.mark.slow
def test_another_thread_sees_the_untouched_network(b0, photo):
    """While one session operates again and again, another one's answers stay bit-identical."""
    run = capture(b0, photo)
    before = predict(b0, photo)
    parameters = {name: tensor.clone() for name, tensor in b0.network.state_dict().items()}
    answers, operated, finished = [], [], threading.Event()

    def ask() -> None:
        while not finished.is_set():
            answers.append(predict(b0, photo))

    other = threading.Thread(target=ask)
    other.start()
    try:
        for _ in range(8):
            operated.append(operate(b0, run, {block: Operation(mode="ones") for block in run.gates}).logits)
    finally:
        finished.set()
        other.join()
    assert len(answers) >= 2 and all(answer == before for answer in answers)
    assert all((logits == operated[0]).all() for logits in operated)
    assert all(torch.equal(tensor, parameters[name]) for name, tensor in b0.network.state_dict().items())
    assert not any(module._forward_hooks for module in b0.network.modules())
