"""Tools that others wrote for PyTorch networks take a fresh network as it is."""

from __future__ import annotations

import io
import pickle

import pytest
import torch
import torchinfo
from captum.attr import LayerGradCam
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor
from torchvision.models.feature_extraction import create_feature_extractor

import effnet_viz as ev
from effnet_viz.network import EfficientNet


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=["b0", "lite0", "edgetpu_s"])  # symmetric and SAME padding, with and without SE, fused blocks
def network(request) -> EfficientNet:
    return ev.build(request.param, num_classes=7)


def logits(network: EfficientNet, x: Tensor) -> Tensor:
    with torch.no_grad():
        return network.eval()(x)


def test_torchvisions_feature_extractor(network, x):
    extractor = create_feature_extractor(network, {"feature_extractor.4.2": "block", "classifier": "logits"}).eval()
    with torch.no_grad():
        outputs = extractor(x)
        block = network.eval().forward_before(x, "4.3" if "4.3" in network.blocks() else "5.1")
    torch.testing.assert_close(outputs["logits"], logits(network, x))
    torch.testing.assert_close(outputs["block"], block)


@pytest.mark.parametrize("training", [True, False])
def test_torch_fx(network, x, training):
    traced = torch.fx.symbolic_trace(network.train(training))
    torch.manual_seed(0)
    expected = network(x)
    torch.manual_seed(0)
    torch.testing.assert_close(traced(x), expected)


@pytest.mark.slow
def test_torch_jit_script(network, x):
    scripted = torch.jit.script(network)
    torch.testing.assert_close(scripted.eval()(x), logits(network, x))
    content = io.BytesIO()
    torch.jit.save(scripted, content)
    content.seek(0)
    torch.testing.assert_close(torch.jit.load(content)(x), logits(network, x))


@pytest.mark.slow
def test_torch_export_at_any_batch_size(network, x):
    exported = torch.export.export(network.eval(), (x,), dynamic_shapes=({0: torch.export.Dim("batch", min=2)},))
    larger = torch.cat((x, -x))
    torch.testing.assert_close(exported.module()(larger), logits(network, larger))


def test_pickle(network, x):
    again = pickle.loads(pickle.dumps(network))
    assert again.spec == network.spec
    torch.testing.assert_close(logits(again, x), logits(network, x))


def test_pytorch_grad_cam_and_captum_agree_on_it(network, x):
    network.eval()
    layer = network.layer("6.2.depthwise")  # MBConv in all three
    with GradCAM(model=network, target_layers=[layer]) as cam:
        theirs = torch.from_numpy(cam(x[:1], targets=[ClassifierOutputTarget(3)]))[0]
    captum = LayerGradCam(network, layer).attribute(x[:1], target=3)
    enlarged = torch.nn.functional.interpolate(captum.detach().relu(), theirs.shape, mode="bilinear")[0, 0]
    scaled = (enlarged - enlarged.min()) / (enlarged.max() - enlarged.min() + 1e-7)
    assert torch.corrcoef(torch.stack((scaled.flatten(), theirs.flatten())))[0, 1] > 0.99


def test_torchinfo_counts_what_the_plan_counts(network):
    plan = ev.plan(network.spec, 224)
    counted = torchinfo.summary(network, (1, 3, 224, 224), verbose=0)
    assert counted.total_params == plan.params
