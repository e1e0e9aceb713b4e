"""The evidence of any method, from a photo or from a finished run."""

from __future__ import annotations

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture
from effnet_viz.explain.class_evidence import ClassEvidence, evidence_from
from effnet_viz.explain.evidence_question import EvidenceQuestion, question_about, question_of
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo


def evidence(
    model: Model,
    photo: Photo,
    method: str = "grad_cam",
    *,
    target: int | None = None,
    against: int | None = None,
    layer: str | None = None,
    progress: Progress = quiet,
) -> ClassEvidence:
    """Class evidence by any of `METHODS`.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        method: name of the method.
        target: index of the class; None takes the most probable.
        against: index of a second class: why the first rather than the second?
        layer: stage, block or step; None takes the final convolution. Methods that look at pixels ignore it.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: no such method, class or layer, a method that this network cannot have, or weights that are not
            numbers.
    """
    return answer(question_about(model, photo, target, against, layer), method, progress)


def evidence_from_capture(
    model: Model,
    run: Capture,
    method: str = "grad_cam",
    *,
    target: int | None = None,
    against: int | None = None,
    layer: str | None = None,
    progress: Progress = quiet,
) -> ClassEvidence:
    """The same from a finished run.

    Args:
        model: the model that made the capture.
        run: the capture.
        method: name of the method.
        target: index of the class; None takes the most probable.
        against: index of a second class: why the first rather than the second?
        layer: stage, block or step; None takes the final convolution. Methods that look at pixels ignore it.
        progress: told the share done; what it raises ends the work.
    """
    return answer(question_of(model, run, target, against, layer), method, progress)


def answer(question: EvidenceQuestion, method: str, progress: Progress = quiet) -> ClassEvidence:
    """A method's answer to a question.

    Args:
        question: what is asked, about which photo and layer.
        method: name of the method.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: no such method, one that this network cannot have, or a map that is not made of numbers.
    """
    chosen = method_by_name(method)
    if reason := chosen.missing(question.model, question.block):
        raise ValueError(reason)
    return evidence_from(
        question,
        lambda asked: chosen.compute(asked, progress),
        title=chosen.title,
        layer="input" if chosen.kind == "pixels" or not chosen.layered else None,
    )
