"""What a report says, before it is written: everything that follows from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from effnet_viz.explain import (
    Capture,
    ClassEvidence,
    GateEvidence,
    GateWall,
    Model,
    Prediction,
    Progress,
    capture,
    predictions_of,
)
from effnet_viz.explain.faithfulness import Faithfulness, faithfulness, runs_needed
from effnet_viz.explain.gate_baseline import GateBaseline, MovedGate, gate_baseline
from effnet_viz.explain.gate_evidence import evidence_of_gates
from effnet_viz.explain.gate_wall import gate_wall_of
from effnet_viz.explain.methods.evidence import evidence_from_capture
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.images import Photo, samples
from effnet_viz.reports.settings import ReportSettings, block_and_channel

RUNS_A_METHOD = 3  # about what a quick map takes


@dataclass(frozen=True, kw_only=True, eq=False)
class ChosenGate:
    """A gate that the report was asked for.

    Attributes:
        gate: its value on the photo beside its usual one.
        evidence: which places opened and closed it.
    """

    gate: MovedGate
    evidence: GateEvidence


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """All results of a report about one network.

    Attributes:
        settings: what was asked.
        model: the network that answered.
        photo: the photo.
        run: the kept run.
        predictions: the five most probable classes.
        evidence: name of a method to its map.
        trust: name of a method to what taking away its places did; empty where that was not asked.
        wall: the gates that the photo moves most; None without gates.
        chosen: the gates that were asked for.
    """

    settings: ReportSettings
    model: Model
    photo: Photo
    run: Capture
    predictions: tuple[Prediction, ...]
    evidence: Mapping[str, ClassEvidence]
    trust: Mapping[str, Faithfulness]
    wall: GateWall | None
    chosen: tuple[ChosenGate, ...]

    def numbers(self) -> dict[str, Any]:
        """The report's numbers, for comparing two reports and for programs."""
        return {
            "predictions": [asdict(prediction) for prediction in self.predictions],
            "evidence": {name: evidence.values.tolist() for name, evidence in self.evidence.items()},
            "trust": {
                name: {"deletion": _areas(checked.deletion), "insertion": _areas(checked.insertion)}
                for name, checked in self.trust.items()
            },
            "gates": [asdict(gate) for gate in self.wall.moved] if self.wall else [],
            "chosen_gates": [
                {**asdict(chosen.gate), "evidence": chosen.evidence.values.tolist()} for chosen in self.chosen
            ],
        }


def _areas(curves: Mapping[str, Any]) -> dict[str, float]:
    return {order: float(curve.area) for order, curve in curves.items()}


def runs_of(settings: ReportSettings) -> int:
    """About how many runs of the network a report takes, for an estimate.

    Args:
        settings: what is asked.
    """
    usual = len(samples()) if settings.gates or settings.chosen_gates else 0
    return 1 + len(settings.methods) * (RUNS_A_METHOD + settings.trust * runs_needed()) + usual


def find(model: Model, photo: Photo, settings: ReportSettings, *, progress: Progress = lambda share: None) -> Findings:
    """Compute everything that a report says.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        settings: what is asked.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: no such class, layer, method or gate.
    """
    for name in settings.methods:
        method_by_name(name)
    asked = [block_and_channel(gate) for gate in settings.chosen_gates]
    total, done = runs_of(settings), 0

    def part(runs: int) -> Progress:
        """The progress of the next part, which takes so many runs."""
        nonlocal done
        before, done = done, done + runs
        return lambda share: progress((before + runs * share) / total)

    run = capture(model, photo)
    part(1)(1.0)
    evidence: dict[str, ClassEvidence] = {}
    trust: dict[str, Faithfulness] = {}
    for name in settings.methods:
        evidence[name] = evidence_from_capture(
            model, run, name, target=settings.target, layer=settings.layer, progress=part(RUNS_A_METHOD)
        )
        if settings.trust:
            told = part(runs_needed())
            if not evidence[name].flat and not evidence[name].nothing_positive:
                trust[name] = faithfulness(model, run, evidence[name], progress=told)
    wall, chosen = None, []
    if run.gates and (settings.gates or asked):
        usual = gate_baseline(model, progress=part(len(samples())))
        wall = gate_wall_of(model, run, usual, settings.gates) if settings.gates else None
        chosen = [_chosen(model, run, usual, block, channel) for block, channel in asked]
    elif asked:
        raise ValueError(f"gate is {settings.chosen_gates[0]!r}; {model.spec.title} has no squeeze-and-excitation.")
    progress(1.0)
    return Findings(
        settings=settings,
        model=model,
        photo=photo,
        run=run,
        predictions=tuple(predictions_of(model, run)),
        evidence=evidence,
        trust=trust,
        wall=wall,
        chosen=tuple(chosen),
    )


def _chosen(model: Model, run: Capture, usual: GateBaseline, block: str, channel: int) -> ChosenGate:
    if block not in run.gates:
        raise ValueError(f"gate is '{block}:{channel}'; blocks with gates are {', '.join(run.gates)}.")
    (evidence,) = evidence_of_gates(model, run, block, [channel])
    gate = MovedGate(
        block=block, channel=channel, gate=float(run.gates[block][channel]), usual=float(usual.usual(block)[channel])
    )
    return ChosenGate(gate=gate, evidence=evidence)
