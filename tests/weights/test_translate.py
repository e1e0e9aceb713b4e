"""Checkpoints of other projects load strictly and give those projects' logits."""

from __future__ import annotations

import functools
from collections import Counter

import pytest
import timm
import torch
import torchvision
import transformers
from efficientnet_pytorch import EfficientNet as Lukemelas
from torch import nn

from effnet_viz.architecture import list_variants, spec
from effnet_viz.network import build
from effnet_viz.weights import CheckpointError, load_state_dict, translate
from effnet_viz.weights.translation import expected_shapes


def randomised(network: nn.Module, side: int = 64) -> nn.Module:
    """Random parameters, and the batch-norm statistics that a few random images have under them.

    So no layer hides behind zeros and ones, and the logits depend on every one of them, however deep the network.
    """
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.copy_(0.7 + 0.6 * torch.rand(module.weight.shape, generator=generator))
            module.bias.data.copy_(0.2 * torch.randn(module.bias.shape, generator=generator))
            module.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.randn(4, 3, side, side, generator=generator))
    return network.eval()


def assert_equal_logits(ours: nn.Module, theirs: nn.Module, side: int, channels: int = 3) -> None:
    images = torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(images)
        expected = getattr(expected, "logits", expected)
        actual = ours.eval()(images)
    assert torch.isfinite(expected).all() and (expected[0] - expected[1]).abs().max() > 0.01 * expected.abs().max()
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


def huggingface(variant: str, classes: int) -> nn.Module:
    network = spec(variant, origin="google")
    return transformers.EfficientNetForImageClassification(
        transformers.EfficientNetConfig(
            width_coefficient=network.width,
            depth_coefficient=network.depth,
            num_labels=classes,
            hidden_dim=network.scaled_head_channels,
        )
    )


PEERS = [
    ("torchvision", "b0", "torchvision", lambda n: torchvision.models.efficientnet_b0(num_classes=n), 65),
    ("torchvision", "b2", "torchvision", lambda n: torchvision.models.efficientnet_b2(num_classes=n), 65),
    ("torchvision", "v2_s", "torchvision", lambda n: torchvision.models.efficientnet_v2_s(num_classes=n), 65),
    ("timm", "b0", "timm", lambda n: timm.create_model("efficientnet_b0", num_classes=n), 65),
    ("timm", "b1", "google", lambda n: timm.create_model("tf_efficientnet_b1", num_classes=n), 65),
    ("timm", "lite0", "google", lambda n: timm.create_model("tf_efficientnet_lite0", num_classes=n), 65),
    ("timm", "edgetpu_s", "google", lambda n: timm.create_model("tf_efficientnet_es", num_classes=n), 65),
    ("timm", "v2_s", "google", lambda n: timm.create_model("tf_efficientnetv2_s", num_classes=n), 65),
    ("timm", "v2_b3", "google", lambda n: timm.create_model("tf_efficientnetv2_b3", num_classes=n), 65),
    # efficientnet-pytorch fixes its padding for one image size when it is built.
    (
        "efficientnet-pytorch",
        "b0",
        "google",
        lambda n: Lukemelas.from_name("efficientnet-b0", num_classes=n, image_size=65),
        65,
    ),
    (
        "efficientnet-pytorch",
        "b3",
        "google",
        lambda n: Lukemelas.from_name("efficientnet-b3", num_classes=n, image_size=64),
        64,
    ),
    # transformers pads for even sizes at every stride: 64 pixels stay even down to the last stage.
    ("transformers", "b0", "google", lambda n: huggingface("b0", n), 64),
    ("transformers", "b1", "google", lambda n: huggingface("b1", n), 64),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("naming", "variant", "origin", "make", "side"),
    PEERS,
    ids=[f"{naming}-{variant}-{origin}" for naming, variant, origin, _, _ in PEERS],
)
def test_a_peers_checkpoint_gives_the_peers_logits(naming, variant, origin, make, side):
    theirs = randomised(make(7), side)
    ours = build(spec(variant, origin=origin, num_classes=7))
    assert load_state_dict(ours, theirs.state_dict()) == naming
    assert_equal_logits(ours, theirs, side)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "origin", "make", "side"),
    [
        *(
            (
                f"b{number}",
                "torchvision",
                lambda n, number=number: getattr(torchvision.models, f"efficientnet_b{number}")(num_classes=n),
                65,
            )
            for number in (1, 3, 4, 5, 6, 7)
        ),
        *(
            (
                f"v2_{size}",
                "torchvision",
                lambda n, size=size: getattr(torchvision.models, f"efficientnet_v2_{size}")(num_classes=n),
                65,
            )
            for size in "ml"
        ),
        *(
            (
                f"b{number}",
                "google",
                lambda n, number=number: Lukemelas.from_name(f"efficientnet-b{number}", num_classes=n, image_size=65),
                65,
            )
            for number in (5, 7)
        ),
        ("b8", "google", lambda n: timm.create_model("tf_efficientnet_b8", num_classes=n), 65),
        ("v2_xl", "google", lambda n: timm.create_model("tf_efficientnetv2_xl", num_classes=n), 65),
        ("b4", "google", lambda n: huggingface("b4", n), 64),
        ("b7", "google", lambda n: huggingface("b7", n), 64),
    ],
)
def test_the_large_networks_of_peers(variant, origin, make, side):
    theirs = randomised(make(3), side)
    ours = build(spec(variant, origin=origin, num_classes=3))
    load_state_dict(ours, theirs.state_dict())
    assert_equal_logits(ours, theirs, side)


@pytest.mark.parametrize("variant", list_variants())
def test_expected_shapes_are_what_the_network_has(variant):
    with torch.device("meta"):
        built = build(variant, num_classes=3)
    expected = {name: tuple(tensor.shape) for name, tensor in built.state_dict().items()}
    assert list(expected_shapes(built.spec).items()) == list(expected.items())


WRAPPINGS = {
    "state_dict": lambda tensors: {"epoch": 9, "state_dict": tensors, "optimizer": {"lr": 0.1}},
    "model": lambda tensors: {"model": tensors, "ema_decay": 0.9},
    "nested": lambda tensors: {"checkpoint": 1, "model": {"state_dict": tensors}},
    "data parallel": lambda tensors: prefixed("module.", tensors),
    "compiled": lambda tensors: prefixed("_orig_mod.", tensors),
    "lightning": lambda tensors: {
        "state_dict": prefixed("model.", tensors) | {"criterion.weight": torch.ones(7)},
        "pytorch-lightning_version": "2.0",
    },
    "all at once": lambda tensors: {"state_dict": prefixed("model.module._orig_mod.", tensors)},
    "averaged copy beside": lambda tensors: prefixed("model_ema.module.", noisy(tensors)) | prefixed("model.", tensors),
}


def prefixed(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def noisy(tensors):
    return {name: tensor + 1 for name, tensor in tensors.items()}


PEELED = {
    "torchvision": lambda: torchvision.models.efficientnet_b0(num_classes=7),
    "timm": lambda: timm.create_model("efficientnet_b0", num_classes=7),
    "efficientnet-pytorch": lambda: Lukemelas.from_name("efficientnet-b0", num_classes=7),
    "transformers": lambda: huggingface("b0", 7),
    "effnet_viz": lambda: build("b0", num_classes=7),
}


@functools.cache
def peers_tensors(naming):
    return PEELED[naming]().state_dict()


@pytest.mark.parametrize("naming", PEELED)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_wrappers_are_peeled_off(wrapping, naming):
    theirs = peers_tensors(naming)
    ours = build("b0", num_classes=7)
    assert load_state_dict(ours, WRAPPINGS[wrapping](theirs)) == naming
    assert fingerprint(ours.state_dict()) == fingerprint(theirs)


def fingerprint(tensors):
    """Which tensors there are, whatever they are called."""
    return Counter((tuple(tensor.shape), tensor.double().sum().item()) for tensor in tensors.values())


def test_a_checkpoint_that_does_not_fit_is_named_and_changes_nothing():
    ours = build("b0", num_classes=7)
    before = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    theirs = torchvision.models.efficientnet_b1(num_classes=5).state_dict()
    with pytest.raises(CheckpointError) as caught:
        load_state_dict(ours, theirs)
    message = str(caught.value)
    assert "torchvision names, tensors of EfficientNet-B1" in message and "EfficientNet-B0 with 7 classes" in message
    assert "is (16, 1, 3, 3), not (96, 1, 3, 3)" in message and " more" in message and len(message) < 1200
    assert all(torch.equal(tensor, before[name]) for name, tensor in ours.state_dict().items())


def test_half_precision_and_missing_counters_are_taken():
    theirs = build("b0", num_classes=2)
    tensors = {
        name: tensor.bfloat16()
        for name, tensor in theirs.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    ours = build("b0", num_classes=2)
    load_state_dict(ours, tensors)
    assert ours.classifier.weight.dtype == torch.float32
    torch.testing.assert_close(ours.classifier.weight, theirs.classifier.weight, atol=1e-2, rtol=1e-2)


def test_our_own_names_translate_to_themselves():
    tensors = build("lite0", num_classes=2).state_dict()
    assert translate(tensors, spec("lite0", num_classes=2)).items() >= tensors.items()
