"""What a report says, before it is written: the settings, and everything that follows from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from effnet_viz import __version__
from effnet_viz.explain import Capture, ClassEvidence, GateWall, Model, Prediction, Progress, capture, predictions_of
from effnet_viz.explain.faithfulness import Faithfulness, faithfulness
from effnet_viz.explain.gate_baseline import gate_baseline
from effnet_viz.explain.gate_wall import gate_wall_of
from effnet_viz.explain.methods.evidence import evidence_from_capture
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.images import Photo


@dataclass(frozen=True, kw_only=True)
class ReportSettings:
    """What has to be known to make a report again.

    Attributes:
        photo: path of the photo.
        model: a variant such as `b0`, or a checkpoint file.
        weights: which set of a variant.
        classes: file with the class names of a checkpoint.
        target: index of the class; None takes the most probable.
        layer: stage, block or step that evidence is taken at; None takes the final convolution.
        methods: names of methods of class evidence.
        gates: how many of the gates that the photo moves most are explained; 0 for none.
        trust: whether each map is checked by taking away what it marks.
    """

    photo: str
    model: str
    weights: str = "auto"
    classes: str | None = None
    target: int | None = None
    layer: str | None = None
    methods: tuple[str, ...] = ("grad_cam",)
    gates: int = 4
    trust: bool = True

    def json(self) -> str:
        """The settings with the version that wrote them, as JSON."""
        return json.dumps({"effnet_viz": __version__, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> ReportSettings:
        """Read settings that `json` wrote.

        Raises:
            ValueError: not such settings.
        """
        try:
            given = dict(json.loads(text))
            given.pop("effnet_viz", None)
            unknown = given.keys() - {field.name for field in fields(cls)}
            if unknown:
                raise ValueError(f"no setting is called {', '.join(sorted(unknown))}")
            return cls(**given | {"methods": tuple(given.get("methods", ("grad_cam",)))})
        except (ValueError, TypeError) as error:
            raise ValueError(f"These are not the settings of a report: {error}.") from error


@dataclass(frozen=True, kw_only=True, eq=False)
class Findings:
    """All results of a report.

    Attributes:
        settings: what was asked.
        model: the network that answered.
        photo: the photo.
        run: the kept run.
        predictions: the five most probable classes.
        evidence: name of a method to its map.
        trust: name of a method to what taking away its places did; empty where that was not asked.
        wall: the gates that the photo moves most; None without gates.
    """

    settings: ReportSettings
    model: Model
    photo: Photo
    run: Capture
    predictions: tuple[Prediction, ...]
    evidence: Mapping[str, ClassEvidence]
    trust: Mapping[str, Faithfulness]
    wall: GateWall | None

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
        }


def _areas(curves: Mapping[str, Any]) -> dict[str, float]:
    return {order: float(curve.area) for order, curve in curves.items()}


def find(model: Model, photo: Photo, settings: ReportSettings, *, progress: Progress = lambda share: None) -> Findings:
    """Compute everything that a report says.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        settings: what is asked.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: no such class, layer or method.
    """
    for name in settings.methods:
        method_by_name(name)
    steps = 1 + len(settings.methods) * (1 + settings.trust) + bool(settings.gates)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done / steps)

    run = capture(model, photo)
    step()
    evidence: dict[str, ClassEvidence] = {}
    trust: dict[str, Faithfulness] = {}
    for name in settings.methods:
        class_evidence = evidence_from_capture(model, run, name, target=settings.target, layer=settings.layer)
        evidence[name] = class_evidence
        step()
        if settings.trust:
            if not class_evidence.flat and not class_evidence.nothing_positive:
                trust[name] = faithfulness(model, run, class_evidence)
            step()
    wall = None
    if settings.gates and run.gates:
        wall = gate_wall_of(model, run, gate_baseline(model), settings.gates)
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
    )
