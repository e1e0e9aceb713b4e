"""Every method against the library whose definition it follows, on the unfolded network with trained weights."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from captum import attr
from pytorch_grad_cam import AblationCAM, EigenCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchcam.methods import LayerCAM as TorchLayerCAM
from torchcam.methods import ScoreCAM as TorchScoreCAM
from torchcam.methods import XGradCAM as TorchXGradCAM

from effnet_viz.architecture import spec
from effnet_viz.explain import Model, Provenance, capture
from effnet_viz.explain.evidence_question import question_of
from effnet_viz.explain.methods import METHODS, evidence, evidence_from_capture
from effnet_viz.explain.methods.batches import in_batches
from effnet_viz.explain.methods.hiding import se_channel_drops, window_of
from effnet_viz.images import Preprocessing, open_sample
from effnet_viz.loading import load
from effnet_viz.network import build, for_inference
from effnet_viz.weights.catalogue import weight_set
from effnet_viz.weights.sources import load_weights

SIDE, TARGET = 64, 967


class Exact(Preprocessing):
    """Inputs in double precision: a ReLU6 that rounding pushes over its edge would change a whole gradient."""

    def tensor(self, photo):
        return super().tensor(photo).double()


@pytest.fixture(scope="module")
def model(plain) -> Model:
    """Lite0 with its ImageNet weights, folded, at a size that tests can afford, in double precision."""
    trained = load("lite0", device="cpu")
    return Model(
        spec=trained.spec,
        network=for_inference(plain),
        device="cpu",
        key="lite0-96",
        preprocessing=Exact(
            resize=SIDE,
            crop=SIDE,
            interpolation="bicubic",
            mean=trained.preprocessing.mean,
            std=trained.preprocessing.std,
        ),
        class_names=trained.class_names,
        provenance=trained.provenance,
    )


@pytest.fixture(scope="module")
def plain() -> torch.nn.Module:
    """The same weights as a plain network whose parameters want gradients, as other libraries expect it."""
    weights = weight_set("lite0", "packaged")
    network = build(weights.spec)
    network.load_state_dict(load_weights(weights))
    return network.eval().double()


@pytest.fixture(scope="module")
def run(model):
    return capture(model, open_sample("coffee"))


@pytest.fixture(scope="module")
def images(model):
    return model.input(open_sample("coffee"))


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-4) -> None:
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


def by_pytorch_grad_cam(kind, network, images, layer) -> np.ndarray:
    module = network.layer(layer)
    targets = [ClassifierOutputTarget(TARGET)]
    with kind(network, [module]) as cam:
        seen = cam.activations_and_grads
        logits = seen(images)
        if cam.uses_gradients:
            logits[0, TARGET].backward()
        gradients = seen.gradients[0].numpy() if cam.uses_gradients else None
        return cam.get_cam_image(images, module, targets, seen.activations[0].numpy(), gradients, False)[0]


@pytest.mark.parametrize("layer", ["9", "5.2", "4.1.depthwise"])
@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("grad_cam_plus_plus", GradCAMPlusPlus),
        ("hires_cam", HiResCAM),
        ("layer_cam", LayerCAM),
        ("x_grad_cam", XGradCAM),
    ],
)
def test_gradient_cams_equal_pytorch_grad_cam(model, plain, run, images, name, peer, layer):
    ours = evidence_from_capture(model, run, name, target=TARGET, layer=layer).values
    close(ours, by_pytorch_grad_cam(peer, plain, images, layer))


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("layer_cam", TorchLayerCAM),
        ("x_grad_cam", TorchXGradCAM),
        pytest.param("score_cam", TorchScoreCAM, marks=pytest.mark.slow),
    ],
)
def test_cams_equal_torchcam(model, plain, run, images, name, peer):
    layer = "7.1.project" if name == "score_cam" else "9"
    ours = evidence_from_capture(model, run, name, target=TARGET, layer=layer).values
    with peer(plain, f"feature_extractor.{layer}") as cam:
        theirs = cam(TARGET, plain(images), normalized=False)[0][0].detach().numpy()
    close(np.maximum(ours, 0), theirs)


def test_eigen_cam_equals_pytorch_grad_cam_but_for_its_arbitrary_sign(model, plain, run, images):
    for layer in ("9", "3.1"):  # more channels than places, and the other way round
        ours = evidence_from_capture(model, run, "eigen_cam", target=TARGET, layer=layer).values
        theirs = by_pytorch_grad_cam(EigenCAM, plain, images, layer)
        close(ours, theirs * np.sign((ours * theirs).sum()))
        assert ours.max() >= -ours.min()


@pytest.mark.slow
def test_ablation_cam_equals_pytorch_grad_cam_where_that_sets_channels_to_zero(model, plain, run, images):
    ours = evidence_from_capture(model, run, "ablation_cam", target=TARGET, layer="9").values
    with torch.no_grad():
        score = float(plain(images)[0, TARGET])  # theirs is divided by it
    close(ours / score, by_pytorch_grad_cam(AblationCAM, plain, images, "9"))


@pytest.mark.parametrize("layer", ["9", "6.1", "4.2.expand"])
def test_layer_gradient_x_activation_equals_plain_captum_and_is_hires_cam(model, plain, run, images, layer):
    ours = evidence_from_capture(model, run, "gradient_x_activation", target=TARGET, layer=layer).values
    theirs = attr.LayerGradientXActivation(plain, plain.layer(layer)).attribute(images, target=TARGET)
    close(ours, theirs[0].sum(dim=0).detach().numpy())
    close(ours, evidence_from_capture(model, run, "hires_cam", target=TARGET, layer=layer).values)


@pytest.fixture(scope="module")
def smooth() -> tuple[torch.nn.Module, Model]:
    """A narrow, shallow B0 in single precision, plain and folded: SiLU has no edges that rounding could push over."""
    torch.manual_seed(4)
    network = build(spec("b0", num_classes=6).replace(width=0.5, depth=0.4)).eval()
    preprocessing = Preprocessing(resize=64, crop=64, interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(1.0, 1.6)
                module.bias.normal_(0, 0.2)
    return network, Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key="narrow",
        class_names=tuple("abcdef"),
        preprocessing=preprocessing,
        provenance=Provenance(kind="untrained", label="random"),
    )


@pytest.mark.slow
def test_pixel_methods_equal_plain_captum(smooth, photo):
    plain, model = smooth
    images = model.input(photo)
    ours = {
        name: evidence(model, photo, name, target=2).values
        for name in ("saliency", "input_x_gradient", "integrated_gradients", "smooth_grad", "occlusion")
    }
    wanting = images.clone().requires_grad_()
    close(ours["saliency"], attr.Saliency(plain).attribute(wanting, target=2)[0].amax(dim=0).numpy())
    close(
        ours["input_x_gradient"], attr.InputXGradient(plain).attribute(wanting, target=2)[0].sum(dim=0).detach().numpy()
    )
    close(
        ours["integrated_gradients"],
        attr.IntegratedGradients(plain).attribute(wanting, target=2, n_steps=32)[0].sum(dim=0).detach().numpy(),
    )
    noise = torch.randn((25, *images.shape[1:]), generator=torch.Generator().manual_seed(0))
    noisy = (images + 0.15 * float(images.max() - images.min()) * noise).requires_grad_()
    gradients = torch.autograd.grad(plain(noisy)[:, 2].sum(), noisy)[0].mean(dim=0)
    close(ours["smooth_grad"], gradients.abs().amax(dim=0).numpy())
    window, stride = window_of(64)
    with torch.no_grad():
        # Drops are small differences of logits: the other side in double precision, so that only ours are rounded.
        close(
            ours["occlusion"],
            attr.Occlusion(deepcopy(plain).double())
            .attribute(
                images.double(),
                target=2,
                sliding_window_shapes=(3, window, window),
                strides=(3, stride, stride),
                perturbations_per_eval=8,
            )[0]
            .mean(dim=0)
            .numpy(),
        )


def test_integrated_gradients_add_up_to_the_change_of_the_score(smooth, photo):
    plain, model = smooth
    total = evidence(model, photo, "integrated_gradients", target=2).values.sum()
    with torch.no_grad():
        logits = plain(torch.cat([model.input(photo), torch.zeros(1, 3, 64, 64)]))[:, 2]
    assert total == pytest.approx(float(logits[0] - logits[1]), rel=0.01)


def test_se_channels_equal_plain_captum(smooth, photo):
    _, model = smooth
    run = capture(model, photo)
    question = question_of(model, run, target=2, layer="5.1")
    maps, drops = se_channel_drops(question, lambda share: None)
    gates = torch.tensor(run.gates["5.1"])[None]

    def score(given):
        return torch.cat([question.score_with("5.1.se.gate", gates.reshape(1, -1, 1, 1)) for gates in given])

    np.testing.assert_allclose(drops, attr.FeatureAblation(score).attribute(gates)[0], atol=1e-5)
    total = evidence_from_capture(model, run, "se_ablation", target=2, layer="5.1").values.sum()
    assert total == pytest.approx(float(drops[maps.abs().sum(dim=(1, 2)) > 0].sum()), rel=1e-3, abs=1e-7)


def test_captum_guides_relu_only_so_relu6_and_silu_are_not_offered(make_model, photo):
    for name, guided in (("edgetpu_s", True), ("lite0", False), ("b0", False)):
        model = make_model(name)
        images = model.input(photo)
        plain = attr.Saliency(model.network).attribute(images, target=1, abs=False)
        changed = attr.GuidedBackprop(model.network).attribute(images.clone().requires_grad_(), target=1)
        assert torch.equal(plain, changed) is not guided
        assert (METHODS["guided_grad_cam"].missing(model, "6.1") == "") is guided


def test_guided_grad_cam_equals_plain_captum_on_a_relu_network(photo):
    torch.manual_seed(0)
    network = build(spec("edgetpu_s", num_classes=5)).eval()
    model = Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key="edgetpu",
        class_names=tuple("abcde"),
        preprocessing=Preprocessing(resize=64, crop=64, interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3),
        provenance=Provenance(kind="untrained", label="random"),
    )
    ours = evidence(model, photo, "guided_grad_cam", target=2, layer="6.1").values
    theirs = attr.GuidedGradCam(network, network.layer("6.1")).attribute(model.input(photo).requires_grad_(), target=2)
    close(ours, theirs[0].abs().amax(dim=0).detach().numpy())
    assert not any(
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks
        for module in model.network.modules()
    )


def test_every_method_says_what_it_does(model):
    for name, method in METHODS.items():
        assert name == method.name and len(method.sentence) > 60 and method.sentence.endswith(".")
        assert method.formula and method.source


def test_a_method_that_cannot_be_had_says_why(model, run):
    with pytest.raises(ValueError, match="ReLU6"):
        evidence_from_capture(model, run, "guided_grad_cam")
    with pytest.raises(ValueError, match="no squeeze-and-excitation"):
        evidence_from_capture(model, run, "se_ablation", layer="5.1")
    with pytest.raises(ValueError, match="method is 'gradcam'"):
        evidence_from_capture(model, run, "gradcam")


def test_slow_methods_tell_their_progress_and_can_be_stopped(smooth, photo):
    _, model = smooth
    run = capture(model, photo)
    shares: list[float] = []
    evidence_from_capture(model, run, "occlusion", target=2, progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 1

    class Stop(BaseException):
        pass

    def stop(share):
        raise Stop

    for name in ("score_cam", "ablation_cam", "occlusion", "integrated_gradients", "smooth_grad"):
        with pytest.raises(Stop):
            evidence_from_capture(model, run, name, target=2, layer="9", progress=stop)
    assert not any(module._forward_hooks for module in model.network.modules())
    assert not model.lock.busy


def test_batches_shrink_where_memory_gives_out():
    sizes: list[int] = []

    def work(start, stop):
        sizes.append(stop - start)
        if stop - start > 3:
            raise torch.OutOfMemoryError("too much")
        return torch.arange(start, stop)

    assert in_batches(7, 8, work).tolist() == list(range(7))
    assert sizes == [7, 4, 2, 2, 2, 1] or max(sizes[2:]) <= 3
