"""The checks of a map: how long they will take, and what they find out."""

from __future__ import annotations

from dataclasses import dataclass

from effnet_viz.engine.progress import Progress
from effnet_viz.explain import ClassEvidence
from effnet_viz.explain.faithfulness import Faithfulness, faithfulness, runs_needed
from effnet_viz.explain.methods import METHODS
from effnet_viz.explain.methods.kinds_of_pass import GRADIENT, PICTURE
from effnet_viz.explain.randomisation import RandomisationStep, randomisation_check, randomised_parts
from effnet_viz.explain.robustness import NOISES, SQUARES, infidelity, sensitivity
from effnet_viz.ui.evidence.computed import EvidenceRequest, block_name, seconds_of_stages
from effnet_viz.ui.widgets.pass_times import seconds_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Checks:
    """Everything that the panel found out about one map."""

    curves: Faithfulness
    infidelity: float
    sensitivity: float | None
    steps: tuple[RandomisationStep, ...]


def seconds_of_checks(asked: EvidenceRequest, method: str) -> float:
    """Of the runs with something hidden; of a run and a map for every noise and every part that is made random.

    Args:
        asked: network, photo, class and layer.
        method: name of the method that made the map.
    """
    question, chosen = asked.question, METHODS[method]
    run = seconds_of(question, PICTURE)
    seconds = (runs_needed() + SQUARES) * run
    if not chosen.slow:
        pixels = chosen.kind == "pixels"
        one = seconds_of(question, GRADIENT) if pixels else seconds_of_stages(asked, [block_name(asked)])
        seconds += (NOISES + len(randomised_parts(asked.model.network))) * (run + one)
    return seconds


def check(asked: EvidenceRequest, method: str, evidence: ClassEvidence, fill: str, progress: Progress) -> Checks:
    """All checks one after the other; those that make the map anew are left out for slow methods.

    Args:
        asked: network, photo, class and layer.
        method: name of the method that made the map.
        evidence: the map.
        fill: id of what hidden parts of the photo are replaced by.
        progress: told which share of the work is done, from 0 to 1.
    """
    quick = not METHODS[method].slow

    def part(start: float, stop: float) -> Progress:
        return lambda share: progress(start + (stop - start) * share)

    model, run = asked.model, asked.run
    ends = (0.7, 0.85, 0.92, 1.0) if quick else (0.8, 1.0, 1.0, 1.0)
    curves = faithfulness(model, run, evidence, replacement=fill, progress=part(0.0, ends[0]))
    missed = infidelity(model, run, evidence, progress=part(ends[0], ends[1]))
    shaken = sensitivity(model, run, evidence, method, progress=part(ends[1], ends[2])) if quick else None
    steps = randomisation_check(model, run, evidence, method, progress=part(ends[2], ends[3])) if quick else ()
    return Checks(curves=curves, infidelity=missed, sensitivity=shaken, steps=steps)
