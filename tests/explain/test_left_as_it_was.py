"""After looking inside, nothing of the network is different, also after an exception; and threads do not mix."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from effnet_viz.explain import capture, feature_maps, grad_cam, grad_cam_of, predict, se_gates, watch
from effnet_viz.network import build

QUESTIONS = {
    "capture": lambda model, photo: capture(model, photo).logits,
    "predict": lambda model, photo: np.array([prediction.logit for prediction in predict(model, photo)]),
    "feature_maps": lambda model, photo: feature_maps(model, photo, "4.2.depthwise").values,
    "se_gates": lambda model, photo: np.concatenate(list(se_gates(model, photo).values())),
    "grad_cam": lambda model, photo: grad_cam(model, photo, layer="6.2").values,
    "grad_cam_of": lambda model, photo: grad_cam_of(model, capture(model, photo), target=1, layer="5.1.se").values,
}


def state(network: torch.nn.Module) -> list:
    """Everything that looking inside could leave changed."""
    modules = [
        (
            name,
            module.training,
            *map(
                dict,
                (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks),
            ),
        )
        for name, module in network.named_modules()
    ]
    parameters = [
        (name, parameter.requires_grad, parameter.grad is None, parameter._version, parameter.data_ptr())
        for name, parameter in network.named_parameters()
    ]
    return [modules, parameters, torch.is_grad_enabled(), torch.is_inference_mode_enabled()]


@pytest.mark.parametrize("question", QUESTIONS)
def test_after_success(b0, photo, question):
    before = state(b0.network)
    first = QUESTIONS[question](b0, photo)
    assert state(b0.network) == before
    np.testing.assert_array_equal(QUESTIONS[question](b0, photo), first)


@pytest.mark.parametrize(
    ("question", "where"),
    [
        (question, where)
        for question in QUESTIONS
        for where in ("4.2.project", "9", "classifier")
        if question != "feature_maps" or where == "4.2.project"  # nothing behind its layer runs
    ],
)
def test_after_an_exception_in_the_middle_of_a_run(b0, photo, question, where):
    def fail(module, inputs):
        raise RuntimeError("stumbled")

    handle = b0.network.layer(where).register_forward_pre_hook(fail)
    try:
        before = state(b0.network)
        with pytest.raises(RuntimeError, match="stumbled"):
            QUESTIONS[question](b0, photo)
        assert state(b0.network) == before
    finally:
        handle.remove()
    assert not any(module._forward_hooks for module in b0.network.modules())
    assert not b0.lock.busy


def test_watching_a_network_that_is_being_trained_leaves_its_modes_and_gradients():
    network = build("lite0", num_classes=3)
    network.layer("3").eval()
    network.layer("1").requires_grad_(False)
    network(torch.randn(2, 3, 64, 64)).sum().backward()
    gradient = network.classifier.weight.grad.clone()
    before = state(network)
    with pytest.raises(KeyError), watch(network, ["4.2", "9"], change={"5.1": lambda output: output * 0}) as seen:
        network.layer("1")(torch.randn(1, 3, 64, 64))
        raise KeyError(str(seen))
    with pytest.raises(ValueError, match="no layer"), watch(network, ["4.2", "nowhere"]):
        pass
    assert state(network) == before
    assert torch.equal(network.classifier.weight.grad, gradient)


def test_threads_that_ask_one_model_different_things_get_the_answers_they_would_get_alone(b0, photo, other_photo):
    work = [(question, picture) for question in QUESTIONS for picture in (photo, other_photo)]
    alone = {(question, picture.digest): QUESTIONS[question](b0, picture) for question, picture in work}
    work *= 3
    before = state(b0.network)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda item: QUESTIONS[item[0]](b0, item[1]), work))
    for (question, picture), values in zip(work, together, strict=True):
        np.testing.assert_array_equal(values, alone[question, picture.digest])
    assert state(b0.network) == before


def test_grad_cam_runs_every_block_once(b0, photo):
    """Finding out which class is on top is no reason for a second run."""
    ran: list[str] = []
    handles = [
        block.register_forward_hook(lambda *_, name=name: ran.append(name))
        for name, block in b0.network.blocks().items()
    ]
    try:
        evidence = grad_cam(b0, photo)
    finally:
        for handle in handles:
            handle.remove()
    assert ran == list(b0.network.blocks())
    assert evidence.target == predict(b0, photo, k=1)[0].index
    with pytest.raises(ValueError, match=f"against is {evidence.target}, the target itself"):
        grad_cam(b0, photo, against=evidence.target)
