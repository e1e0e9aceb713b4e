"""Where on the photo the network found its class: Grad-CAM, signed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from captum.attr import LayerGradCam
from numpy import ndarray
from torch import Tensor

from effnet_viz.explain.capture import Capture, block_of, to_array, to_batch
from effnet_viz.explain.hooks import watch
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassEvidence:
    """A signed map: what speaks for the class is positive, what speaks against it negative.

    Attributes:
        values: `(H, W)` at the layer's resolution, before any scaling.
        target: index of the class.
        layer: the layer's id.
        method: name of the method.
        view: which part of the photo the map lies on.
    """

    values: ndarray
    target: int
    layer: str
    method: str
    view: View


def grad_cam(model: Model, photo: Photo, target: int | None = None, layer: str | None = None) -> ClassEvidence:
    """Grad-CAM of one class at one layer, signed (without the paper's final ReLU).

    Every channel's map is weighted by the mean gradient of the class's logit over the map, and the weighted maps are
    summed. Only the part behind the layer's block is differentiated.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        target: index of the class; None takes the most probable.
        layer: stage, block or step; None takes the final convolution.

    Raises:
        ValueError: no such class or layer, or a layer without maps.

    Source: Grad-CAM (arXiv 1610.02391), equations 1 and 2, without its ReLU; computed by Captum's `LayerGradCam`.
    """
    layer = layer or str(model.spec.head_stage)
    block = block_of(model, layer)
    with model.lock:
        with torch.no_grad():
            x = model.network.forward_before(model.input(photo), block)
        values, target = _grad_cam(model, x, block, target, layer)
    return ClassEvidence(values=values, target=target, layer=layer, method="Grad-CAM",
                         view=model.preprocessing.view(photo.width, photo.height))


def grad_cam_of(model: Model, run: Capture, target: int | None = None, layer: str | None = None) -> ClassEvidence:
    """The same from a finished run: nothing before the layer's block runs again."""
    layer = layer or str(model.spec.head_stage)
    block = block_of(model, layer)
    x = to_batch(run.block_input(block), model.device)
    with model.lock:
        values, target = _grad_cam(model, x, block, target, layer)
    return ClassEvidence(values=values, target=target, layer=layer, method="Grad-CAM", view=run.view)


def _grad_cam(model: Model, x: Tensor, block: str, target: int | None, layer: str) -> tuple[ndarray, int]:
    """Grad-CAM `(H, W)` and its class, given what enters the layer's block, `(1, C, H', W')`."""
    check_target(model, target)
    chosen = [target]
    at = layer if layer.startswith(f"{block}.") else block  # a stage is its last block

    def score(block_input: Tensor) -> Tensor:
        logits = model.network.forward_from(block_input, block)
        if chosen[0] is None:
            chosen[0] = int(logits.argmax())
        return logits[:, chosen[0]]

    # Parameters are frozen, so cutting the graph at the layer leaves only what lies behind it to differentiate.
    with torch.enable_grad(), watch(model.network, change={at: lambda output: output.detach().requires_grad_()}):
        attribution = LayerGradCam(score, model.network.layer(at)).attribute(x)
    return to_array(attribution)[0], chosen[0]


def check_target(model: Model, target: int | None) -> None:
    """Refuse a class that the network does not have.

    Raises:
        ValueError: names the class and the range.
    """
    if target is not None and not 0 <= target < model.spec.num_classes:
        raise ValueError(f"target is {target}; {model.spec.title} has classes 0 to {model.spec.num_classes - 1}.")
