"""Class activation maps: the layer's own maps, weighted by what their gradients say. All signed, before any ReLU."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from effnet_viz.engine.hooks import watch
from effnet_viz.engine.progress import Progress
from effnet_viz.explain.evidence_question import EvidenceQuestion
from effnet_viz.explain.methods.batches import batch_size, in_batches


def weighted(weights: Tensor, maps: Tensor) -> Tensor:
    """Σ_k w_k A_k: `(C,)` weights and `(C, H, W)` maps to `(H, W)`.

    Args:
        weights: one for each channel, `(C,)`.
        maps: the channels' maps, `(C, H, W)`.
    """
    return (weights[:, None, None] * maps).sum(dim=0)


def grad_cam_plus_plus(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Weights are sums of positive gradients, each place by its own factor α (equation 19); the map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    maps, gradient = (tensor[0] for tensor in question.activation_and_gradient())
    total = maps.sum(dim=(1, 2), keepdim=True)
    factors = gradient**2 / (2 * gradient**2 + total * gradient**3 + 1e-6)  # the paper divides without the 1e-6
    factors = torch.where(gradient != 0, factors, 0.0)
    return weighted((factors * gradient.relu()).sum(dim=(1, 2)), maps)


def hires_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Gradient times activation, place by place; the map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    maps, gradient = question.activation_and_gradient()
    return (gradient * maps)[0].sum(dim=0)


def layer_gradient_x_activation(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Captum's product of gradient and activation, summed over the channels; the map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    from captum.attr import LayerGradientXActivation

    network = question.model.network
    with (
        torch.enable_grad(),
        question.model.lock,
        watch(network, change={question.at: lambda output: output.detach().requires_grad_()}),
    ):
        method = LayerGradientXActivation(question.differentiable_score_of_block_input, network.layer(question.at))
        return method.attribute(question.block_input)[0].sum(dim=0)


def layer_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """As HiResCAM, with positive gradients only; the map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    maps, gradient = question.activation_and_gradient()
    return (gradient.relu() * maps)[0].sum(dim=0)


def x_grad_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Weights are gradients, averaged with the activations as weights; the map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    maps, gradient = (tensor[0] for tensor in question.activation_and_gradient())
    weights = (gradient * maps / (maps.sum(dim=(1, 2), keepdim=True) + 1e-7)).sum(dim=(1, 2))
    return weighted(weights, maps)


def eigen_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """The places' coordinates along the direction in which the channels vary most; its larger side made positive.

    The map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: not told anything: one run is enough.
    """
    maps = question.activation()[0]
    channels, height, width = maps.shape
    places = maps.reshape(channels, -1).T.double()  # (H W, C)
    places = places - places.mean(dim=0)
    # The direction in channel space is had from the (H W, H W) matrix: places are mostly fewer than channels.
    if height * width <= channels:
        spread, vectors = torch.linalg.eigh(places @ places.T)
        along = vectors[:, -1] * spread[-1].clamp(min=0).sqrt()
    else:
        along = places @ torch.linalg.eigh(places.T @ places)[1][:, -1]
    along = along if along.max() >= -along.min() else -along
    return along.reshape(height, width).to(maps.dtype)


def score_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Weights are the softmax of the scores that the photo gets when a channel's map is laid over it as a mask.

    The map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the channels that is done, 0 to 1.
    """
    maps = question.activation()[0]
    masks = _masks(maps)
    # A channel that is the same everywhere masks everything; all such channels get the score of one empty picture.
    empty = _empty(masks)
    alive = torch.nonzero(~empty)[:, 0]
    side = question.images.shape[2:]

    def scores_of(start: int, stop: int) -> Tensor:
        chosen = masks[alive[start:stop]][:, None]
        mask = functional.interpolate(chosen, side, mode="bilinear", align_corners=False)
        return question.score_of_images(question.images * mask)

    with torch.no_grad():
        scores = maps.new_empty(len(maps))
        if len(alive):
            scores[alive] = in_batches(len(alive), batch_size(question.model, side[0]), scores_of, progress)
        if empty.any():
            scores[empty] = question.score_of_images(torch.zeros_like(question.images))
    return weighted(scores.softmax(dim=0), maps)


def score_cam_passes(question: EvidenceQuestion) -> int:
    """One run for every channel whose map has something to show, and one for all others: after ReLU6 most are empty."""
    empty = _empty(_masks(question.activation()[0]))
    return int((~empty).sum()) + bool(empty.any())


def _masks(maps: Tensor) -> Tensor:
    """Maps from 0 to 1, `(C, H, W)`."""
    low = maps.amin(dim=(1, 2), keepdim=True)
    return (maps - low) / ((maps - low).amax(dim=(1, 2), keepdim=True) + 1e-8)  # torchcam's epsilon


def _empty(masks: Tensor) -> Tensor:
    return masks.flatten(1).amax(dim=1) == 0


def ablation_cam(question: EvidenceQuestion, progress: Progress) -> Tensor:
    """Weights are the drops of the score when a channel is set to zero; only what lies behind the layer runs.

    The map is `(H', W')`.

    Args:
        question: what is asked, about which photo and layer.
        progress: told the share of the channels that is done, 0 to 1.
    """
    activation = question.activation()
    channels = activation.shape[1]

    def scores_of(start: int, stop: int) -> Tensor:
        outputs = activation.repeat(stop - start, 1, 1, 1)
        outputs[torch.arange(stop - start), torch.arange(start, stop)] = 0
        return question.score_with(question.at, outputs)

    with torch.no_grad():
        size = batch_size(question.model, question.images.shape[2], question.block)
        drops = question.score_with(question.at, activation) - in_batches(channels, size, scores_of, progress)
    return weighted(drops, activation[0])


def ablation_cam_passes(question: EvidenceQuestion) -> int:
    """One run of what lies behind the layer for every channel, and one with all of them."""
    return question.activation().shape[1] + 1
