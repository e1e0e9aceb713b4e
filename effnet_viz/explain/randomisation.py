"""Does the map depend on what was learned? Randomise the network from the head downwards and watch the map."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture, to_tensor
from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.evidence_question import EvidenceQuestion, question_of
from effnet_viz.explain.methods.evidence import answer
from effnet_viz.explain.model import Model
from effnet_viz.explain.similarity import similarity
from effnet_viz.network import EfficientNet


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomisationStep:
    """The map after everything from the classifier down to one part has random weights.

    Attributes:
        part: what was randomised last: `classifier`, or a stage such as `9`.
        evidence: the map.
        similarity: rank correlation with the map of the trained network, -1 to 1.
    """

    part: str
    evidence: ClassEvidence
    similarity: float


def randomisation_check(
    model: Model, run: Capture, evidence: ClassEvidence, method: str = "grad_cam", *, progress: Progress = quiet
) -> tuple[RandomisationStep, ...]:
    """The same map on a copy of the network whose weights are randomised step by step, from the head downwards.

    Weights get normal values of the same mean and spread, tensor by tensor, so that signals keep their size. A map
    that stays as it was does not show what the network learned.

    Args:
        model: the model that made capture and evidence; it is left as it is.
        run: the capture.
        evidence: the map of the trained network.
        method: name of the method that made it.
        progress: told the share done.

    Source: Adebayo et al. 2018, Sanity Checks for Saliency Maps (arXiv 1810.03292), section 3.1, cascading.
    """
    layer = None if evidence.layer == "input" else evidence.layer
    with model.lock:
        network = copy.deepcopy(model.network)
    question = replace(
        question_of(model, run, evidence.target, evidence.against, layer),
        model=replace(model, network=network, key=f"{model.key}/randomised"),
    )
    generator = torch.Generator().manual_seed(0)
    steps: list[RandomisationStep] = []
    parts = randomised_parts(network)
    for part in parts:
        randomise(network.layer(part), generator)
        changed = answer(_asked_anew(question, run, part), method)
        steps.append(
            RandomisationStep(part=part, evidence=changed, similarity=similarity(evidence.values, changed.values))
        )
        progress(len(steps) / len(parts))
    return tuple(steps)


def _asked_anew(question: EvidenceQuestion, run: Capture, part: str) -> EvidenceQuestion:
    """The question once everything from a part on is random: blocks before it give what they gave."""
    blocks = run.blocks[: run.blocks.index(question.block) + 1]
    changed = [block for block in blocks if block == part or block.startswith(f"{part}.")]
    if not changed:  # it lies behind the question's block
        return question
    start = changed[0]
    return question.changed_from(start, to_tensor(question.model, run.block_input(start)))


def randomised_parts(network: EfficientNet) -> list[str]:
    """What is randomised, one after the other: the classifier, then the stages from last to first."""
    return ["classifier", *reversed([name for name, _ in network.feature_extractor.named_children()])]


def randomise(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Normal values of the same mean and spread in place of every tensor of weights.

    Args:
        module: part of a network; it is changed in place.
        generator: where the random numbers come from.
    """
    with torch.no_grad():
        for values in module.parameters():
            spread = float(values.std()) if values.numel() > 1 else float(values.abs())
            fresh = torch.empty(values.shape).normal_(float(values.mean()), spread, generator=generator)
            values.copy_(fresh)
