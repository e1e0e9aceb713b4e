"""Where on the photo the network found its class: signed maps, Grad-CAM first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy
import torch
from numpy import ndarray
from torch import Tensor

from effnet_viz.displayed import Displayed
from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.hooks import watch
from effnet_viz.explain.capture import Capture, output_of
from effnet_viz.explain.checks import check_apart, check_finite
from effnet_viz.explain.evidence_question import EvidenceQuestion, open_question, question_about, question_of
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassEvidence(Displayed):
    """A signed map: what speaks for the class is positive, what speaks against it negative.

    Attributes:
        values: `(H, W)` at the layer's resolution, before any scaling.
        target: index of the class.
        layer: the layer's id, or `input` for methods that look at pixels.
        method: name of the method.
        view: which part of the photo the map lies on.
        against: index of the class whose score was subtracted, or None.
    """

    values: ndarray
    target: int
    layer: str
    method: str
    view: View
    against: int | None = None

    @property
    def positive(self) -> ndarray:
        """What speaks for the class, `(H, W)`; zero elsewhere."""
        return numpy.maximum(self.values, 0.0)

    @property
    def nothing_positive(self) -> bool:
        """Whether no place speaks for the class, so that the positive part is blank."""
        return not (self.values > 0).any()

    @property
    def flat(self) -> bool:
        """Whether the map is the same everywhere and points nowhere."""
        return float(numpy.ptp(self.values)) <= 1e-6 * float(numpy.abs(self.values).max(initial=0.0))


def grad_cam(
    model: Model, photo: Photo, target: int | None = None, layer: str | None = None, against: int | None = None
) -> ClassEvidence:
    """Grad-CAM of one class at one layer, signed (without the paper's final ReLU).

    Every channel's map is weighted by the mean gradient of the class's logit over the map, and the weighted maps are
    summed. Only the part behind the layer's block is differentiated.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        target: index of the class; None takes the most probable.
        layer: stage, block or step; None takes the final convolution.
        against: index of a second class; the map then explains the difference of the two logits.

    Raises:
        ValueError: no such class or layer, a layer without maps, or a network whose logits are not numbers.

    Source: Grad-CAM (arXiv 1610.02391), equations 1 and 2, without its ReLU.
    """
    if target is None and output_of(model, layer or str(model.spec.head_stage)) == model.runner.blocks[-1]:
        return evidence_from(question_about(model, photo, target, against, layer), layer_grad_cam)
    question = open_question(model, photo, target, against, layer)
    # The run for the gradient gives the logits too, so no run is needed only to find the most probable class.
    with model.lock, watch(model.network, [CLASSIFIER]) as seen:
        values = layer_grad_cam(question)
    if target is None:
        target = int(seen[CLASSIFIER].argmax())
        check_apart(target, against)
    return evidence_from(replace(question, target=target), lambda _: values)


def grad_cam_of(
    model: Model, run: Capture, target: int | None = None, layer: str | None = None, against: int | None = None
) -> ClassEvidence:
    """The same from a finished run: nothing before the layer's block runs again.

    Args:
        model: the network with its preprocessing.
        run: what one run of this network kept.
        target: index of the class; the most probable by default.
        layer: id of the layer; the last before pooling by default.
        against: index of a class whose logit is subtracted, or None.
    """
    return evidence_from(question_of(model, run, target, against, layer), layer_grad_cam)


def layer_grad_cam(question: EvidenceQuestion) -> Tensor:
    """Grad-CAM, `(H, W)`: every map weighted by its mean gradient."""
    return weighted_maps(*question.activation_and_slopes())


def weighted_maps(output: Tensor, slopes: Tensor) -> Tensor:
    """A layer's maps, each weighted by its mean gradient, and summed; `(H, W)`.

    Args:
        output: what the layer gave, `(1, C, H, W)`.
        slopes: mean gradient of the score with respect to each map, `(C,)`.
    """
    # By NumPy, because PyTorch has its threads wait for each other over values as few as these.
    maps, weights = (tensor.float().numpy(force=True) for tensor in (output[0], slopes))
    return torch.from_numpy(numpy.tensordot(weights, maps, axes=1))


def evidence_from(
    question: EvidenceQuestion,
    method: Callable[[EvidenceQuestion], Tensor],
    *,
    title: str = "Grad-CAM",
    layer: str | None = None,
) -> ClassEvidence:
    """The answer of a method as a result.

    Args:
        question: what is asked.
        method: from a question to a map, `(H, W)`.
        title: the method's name for people.
        layer: where the map lies if not at the question's layer.

    Raises:
        ValueError: the question has no class, or the map is not made of numbers.
    """
    if question.target is None:
        raise ValueError("target is None; a result names its class, so ask with the index of one.")
    values = to_array(method(question)[None])
    check_finite(values)
    return ClassEvidence(
        values=values,
        target=question.target,
        against=question.against,
        layer=layer or question.layer,
        method=title,
        view=question.view,
    )
