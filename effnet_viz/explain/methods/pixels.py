"""Evidence of single pixels: from the gradient down to the input. All computed by Captum."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from effnet_viz.engine.progress import Progress
from effnet_viz.explain.evidence_question import EvidenceQuestion
from effnet_viz.explain.methods.batches import batch_size, counted
from effnet_viz.explain.model import Model

INTEGRATED_STEPS = 32
SMOOTH_SAMPLES = 25
SMOOTH_NOISE = 0.15  # of the input's range, as in the SmoothGrad paper's figure 3


def input_of(question: EvidenceQuestion) -> Tensor:
    """The input with a gradient of its own, `(1, in_channels, H, W)`."""
    return question.images.detach().clone().requires_grad_()


def saliency(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """The largest of the colours' gradients, without sign; the map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    from captum.attr import Saliency as CaptumSaliency

    with torch.enable_grad():
        return CaptumSaliency(question.differentiable_score).attribute(input_of(question))[0].amax(dim=0)


def input_x_gradient(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Input times gradient, summed over the colours; the map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    from captum.attr import InputXGradient

    with torch.enable_grad():
        return InputXGradient(question.differentiable_score).attribute(input_of(question))[0].sum(dim=0)


def integrated_gradients(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Input times the mean gradient on the way from the mean colour to the photo, summed over the colours.

    The map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the steps on the way that is done, 0 to 1.
    """
    from captum.attr import IntegratedGradients

    size = batch_size(question.model, question.images.shape[2])
    score = counted(question.differentiable_score, INTEGRATED_STEPS, progress)
    with torch.enable_grad():
        return (
            IntegratedGradients(score)
            .attribute(input_of(question), n_steps=INTEGRATED_STEPS, internal_batch_size=size)[0]
            .sum(dim=0)
        )


def smooth_grad(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """The largest of the colours' gradients, each the mean over photos with noise; the noise is always the same.

    The map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the noisy photos that is done, 0 to 1.

    Source: SmoothGrad (arXiv 1706.03825), equation 1.
    """
    from captum.attr import Saliency as CaptumSaliency

    images = question.images.detach()
    spread = SMOOTH_NOISE * float(images.max() - images.min())
    # A generator of its own: the global one is shared with every other thread, and maps would differ by chance.
    generator = torch.Generator().manual_seed(0)
    size = batch_size(question.model, images.shape[2])
    score = counted(question.differentiable_score, SMOOTH_SAMPLES, progress)
    total = torch.zeros_like(images)
    with torch.enable_grad():
        for begin in range(0, SMOOTH_SAMPLES, size):
            count = min(size, SMOOTH_SAMPLES - begin)
            noise = torch.randn((count, *images.shape[1:]), generator=generator).to(images)
            noisy = (images + spread * noise).requires_grad_()
            total += CaptumSaliency(score).attribute(noisy, abs=False).sum(dim=0, keepdim=True)
    return (total[0] / SMOOTH_SAMPLES).abs().amax(dim=0)


def guided_grad_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """The largest of the colours' guided gradients, without sign, times Grad-CAM's positive part; the map is `(H, W)`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: two runs are enough.
    """
    from captum.attr import GuidedGradCam

    network = question.model.network
    score = Scored(question)
    with torch.enable_grad(), question.model.lock, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Setting")  # Captum says that it sets hooks, which it removes
        attribution = GuidedGradCam(score, network.layer(question.at)).attribute(input_of(question))
    return attribution[0].abs().amax(dim=0)


class Scored(torch.nn.Module):
    """A network that gives the question's score; Captum's guided backpropagation wants a module."""

    def __init__(self, question: EvidenceQuestion) -> None:
        super().__init__()
        self.network = question.model.network
        self._score = question.score

    def forward(self, images: Tensor) -> Tensor:
        return self._score(self.network(images))


def guided_is_missing(model: Model, block: str) -> str:
    """Guided backpropagation exists for `nn.ReLU` only.

    Args:
        model: the network with its preprocessing.
        block: id of the block that the question is about; it makes no difference.
    """
    if model.spec.activation == "relu":
        return ""
    kind = {"silu": "SiLU", "relu6": "ReLU6"}[model.spec.activation]
    return (
        f"Guided Grad-CAM changes the gradient of ReLU. {model.spec.title} uses {kind}, which Captum's guided "
        "backpropagation leaves as it is, so the picture would silently be plain gradients. EdgeTPU variants use "
        "ReLU and have it."
    )


def integrated_passes(question: EvidenceQuestion) -> int:
    """One run with gradient for every step."""
    return INTEGRATED_STEPS


def smooth_passes(question: EvidenceQuestion) -> int:
    """One run with gradient for every sample."""
    return SMOOTH_SAMPLES
