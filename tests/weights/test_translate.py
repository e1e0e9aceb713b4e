"""Checkpoints of other projects load strictly and give those projects' logits."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
import transformers
from efficientnet_pytorch import EfficientNet as Lukemelas
from torch import nn

from effnet_viz.architecture import spec
from effnet_viz.network import build
from effnet_viz.weights import load_state_dict


def randomised(network: nn.Module, seed: int = 0) -> nn.Module:
    """Parameters and batch-norm statistics such that no layer hides behind zeros and ones, nor blows up."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.running_var):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
            for tensor in (module.bias.data, module.running_mean):
                tensor.copy_(0.2 * torch.randn(tensor.shape, generator=generator))
        elif isinstance(module, nn.Conv2d | nn.Linear):
            fan_in = module.weight[0].numel()
            module.weight.data.copy_(torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5)
            if module.bias is not None:
                module.bias.data.copy_(0.2 * torch.randn(module.bias.shape, generator=generator))
    return network.eval()


def assert_equal_logits(ours: nn.Module, theirs: nn.Module, side: int, channels: int = 3) -> None:
    images = torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(images)
        expected = getattr(expected, "logits", expected)
        actual = ours.eval()(images)
    assert torch.isfinite(expected).all()
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


def huggingface(variant: str, classes: int) -> nn.Module:
    network = spec(variant, origin="google")
    return transformers.EfficientNetForImageClassification(transformers.EfficientNetConfig(
        width_coefficient=network.width, depth_coefficient=network.depth, num_labels=classes,
        hidden_dim=network.scaled_head_channels))


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
    ("efficientnet-pytorch", "b0", "google",
     lambda n: Lukemelas.from_name("efficientnet-b0", num_classes=n, image_size=65), 65),
    ("efficientnet-pytorch", "b3", "google",
     lambda n: Lukemelas.from_name("efficientnet-b3", num_classes=n, image_size=64), 64),
    # transformers pads for even sizes at every stride: 64 pixels stay even down to the last stage.
    ("transformers", "b0", "google", lambda n: huggingface("b0", n), 64),
    ("transformers", "b1", "google", lambda n: huggingface("b1", n), 64),
]


@pytest.mark.parametrize(("naming", "variant", "origin", "make", "side"), PEERS,
                         ids=[f"{naming}-{variant}-{origin}" for naming, variant, origin, _, _ in PEERS])
def test_a_peers_checkpoint_gives_the_peers_logits(naming, variant, origin, make, side):
    theirs = randomised(make(7))
    ours = build(spec(variant, origin=origin, num_classes=7))
    assert load_state_dict(ours, theirs.state_dict()) == naming
    assert_equal_logits(ours, theirs, side)
