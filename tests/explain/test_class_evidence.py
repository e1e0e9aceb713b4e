"""Grad-CAM against Captum on the plain network, pytorch-grad-cam and torchcam; differences of classes; bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from PIL import Image
from pytorch_grad_cam import GradCAM as PeerGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchcam.methods import GradCAM as TorchCAM

from effnet_viz.explain import Model, Provenance, capture, grad_cam, grad_cam_of
from effnet_viz.images import Preprocessing, open_photo, open_sample
from effnet_viz.network import EfficientNet, build, for_inference

LAYERS = ["{head}", "6.2", "4.1.depthwise", "5"]
TARGET = 3


class Exact(Preprocessing):
    """Inputs in double precision: a ReLU6 that rounding pushes over its edge would change a whole gradient."""

    def tensor(self, photo):
        return super().tensor(photo).double()


def ready(network: EfficientNet, side: int = 96) -> Model:
    exact = network.classifier.weight.dtype == torch.float64
    preprocessing = (Exact if exact else Preprocessing)(
        resize=side, crop=side, interpolation="bicubic", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)
    )
    return Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key=f"{network.spec.name}-{side}",
        preprocessing=preprocessing,
        class_names=tuple(str(index) for index in range(network.spec.num_classes)),
        provenance=Provenance(kind="untrained", label="random"),
    )


@pytest.fixture(scope="module", params=["b0", "lite0"])
def plain(request) -> EfficientNet:
    """An unfolded network with parameters large enough that maps are far from rounding errors."""
    torch.manual_seed(3)
    network = build(request.param, num_classes=10)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(1.0, 1.6)
                module.bias.normal_(0, 0.2)
        network.classifier.weight.mul_(5)
    return network.eval().double()


@pytest.fixture(scope="module")
def photo():
    return open_sample("coffee")


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize("layer", LAYERS)
def test_equals_plain_captum_and_pytorch_grad_cam_on_the_unfolded_network(plain, photo, layer):
    layer = layer.format(head=plain.spec.head_stage)
    model = ready(plain)
    ours = grad_cam(model, photo, TARGET, layer).values
    images = model.input(photo)
    module = plain.layer(layer)
    captums = LayerGradCam(plain, module).attribute(images, target=TARGET)[0, 0].detach().numpy()
    close(ours, captums)
    with PeerGradCAM(plain, [module]) as peer:
        targets = [ClassifierOutputTarget(TARGET)]
        peer(images, targets)
        seen = peer.activations_and_grads
        close(
            ours, peer.get_cam_image(images, module, targets, seen.activations[0].numpy(), seen.gradients[0].numpy())[0]
        )
    with TorchCAM(plain, f"feature_extractor.{layer}") as peer:
        positive = peer(TARGET, plain(images), normalized=False)[0][0].detach().numpy()
    close(np.maximum(ours, 0), positive)


@pytest.mark.slow
def test_from_a_finished_run_it_is_the_same_map(plain, photo):
    model = ready(plain)
    run = capture(model, photo)
    for layer in ("3.1", "6.1.project", None):
        np.testing.assert_allclose(
            grad_cam_of(model, run, TARGET, layer).values,
            grad_cam(model, photo, TARGET, layer).values,
            rtol=1e-4,
            atol=1e-7,
        )


def test_the_default_is_the_most_probable_class_at_the_last_convolution(plain, photo):
    model = ready(plain)
    with torch.no_grad():
        best = int(plain(model.input(photo)).argmax())
    evidence = grad_cam(model, photo)
    assert (evidence.target, evidence.layer, evidence.against) == (best, str(plain.spec.head_stage), None)
    assert grad_cam_of(model, capture(model, photo)).target == best


def test_a_difference_of_classes_is_the_difference_of_their_maps(plain, photo):
    model = ready(plain)
    both = grad_cam(model, photo, 2, "6.1", against=7).values
    apart = grad_cam(model, photo, 2, "6.1").values - grad_cam(model, photo, 7, "6.1").values
    np.testing.assert_allclose(both, apart, atol=1e-5 * np.abs(apart).max())


def test_nothing_before_the_layer_runs_again(plain, photo):
    model = ready(plain)
    run = capture(model, photo)
    early: list[str] = []
    handles = [
        model.network.layer(block).register_forward_hook(lambda *_, name=block: early.append(name))
        for block in ("1", "2.1", "5.1")
    ]
    grad_cam_of(model, run, TARGET, "6.1")
    for handle in handles:
        handle.remove()
    assert early == []


def test_the_network_is_left_as_it_was(plain, photo):
    model = ready(plain)
    grad_cam(model, photo, TARGET, "5.2")
    with pytest.raises(ValueError, match="99"):
        grad_cam(model, photo, TARGET, "99")
    assert not any(
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks
        for module in model.network.modules()
    )
    assert not any(parameter.requires_grad or parameter.grad is not None for parameter in model.network.parameters())
    assert not model.network.training


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"target": 10}, "target is 10.*0 to 9"),
        ({"target": -1}, "target is -1"),
        ({"target": 1, "against": 1}, "target itself"),
        ({"target": 1, "against": 99}, "against is 99"),
        ({"layer": "4.9"}, "no layer '4.9'"),
        ({"layer": "classifier"}, "no places left"),
    ],
)
def test_what_does_not_exist_is_named(b0, photo, wanted, said):
    with pytest.raises(ValueError, match=said):
        grad_cam_of(b0, capture(b0, photo), **wanted)


def test_broken_weights_are_a_sentence(photo):
    network = build("lite0", num_classes=4)
    with torch.no_grad():
        network.classifier.weight[0] = float("nan")
    model = ready(network.eval())
    for ask in (lambda: grad_cam(model, photo), lambda: grad_cam_of(model, capture(model, photo))):
        with pytest.raises(ValueError, match="not numbers"):
            ask()


def test_an_all_negative_map_says_so(photo):
    network = build("lite0", num_classes=2)
    with torch.no_grad():
        network.classifier.weight[0] = -1.0  # the last maps are never negative, so class 0 has nothing for it
        network.classifier.weight[1] = 1.0
    evidence = grad_cam(ready(network.eval()), photo, target=0)
    assert evidence.nothing_positive and (evidence.values < 0).any() and not evidence.positive.any()
    assert not grad_cam(ready(network), photo, target=1).nothing_positive


def test_one_colour_and_one_cell(b0):
    plain_photo = open_photo(Image.new("RGB", (64, 64), (120, 30, 60)))
    assert np.isfinite(grad_cam(b0, plain_photo).values).all()
    tiny = ready(build("lite0", num_classes=3).eval(), side=32)
    evidence = grad_cam(tiny, plain_photo)
    assert evidence.values.shape == (1, 1) and evidence.flat
