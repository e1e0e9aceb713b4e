"""Findings as one HTML file."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

import numpy
from PIL import Image

from effnet_viz import __version__
from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture, evidence_scale, scale_says
from effnet_viz.draw.gate_charts import gates_along_depth
from effnet_viz.draw.gate_pictures import gate_picture, gate_scale
from effnet_viz.draw.trust_charts import ORDERS, curve_chart
from effnet_viz.explain import Model, Progress
from effnet_viz.explain.faithfulness import ConfidenceCurve, Faithfulness
from effnet_viz.explain.gate_statistics import summarise_gates
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.images import Photo
from effnet_viz.reports.findings import Findings, ReportSettings, find
from effnet_viz.reports.pictures import chart, picture, table

LONGEST = 720  # pixels, longer side of a picture
_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
_SETTINGS = re.compile(r'<script type="application/json" id="settings">(.*?)</script>', re.DOTALL)


def report(
    model: Model,
    photo: Photo,
    path: str | Path,
    *,
    settings: ReportSettings | None = None,
    progress: Progress = lambda share: None,
) -> Findings:
    """Write what a network says about a photo, and why, as one HTML file that needs nothing else.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        path: the file to write.
        settings: what is asked; by default Grad-CAM of the most probable class and the four gates that moved most.
        progress: told the share done.

    Returns:
        What the file says, as values.

    Raises:
        ValueError: no such class, layer or method.
        OSError: the file cannot be written.
    """
    asked = settings or ReportSettings(photo=photo.name, model=model.spec.name)
    findings = find(model, photo, asked, progress=progress)
    Path(path).write_text(html_of(findings), encoding="utf-8")
    return findings


def settings_in(text: str) -> ReportSettings:
    """The settings in a report, or in a file of settings.

    Args:
        text: content of either.

    Raises:
        ValueError: there are none.
    """
    inside = _SETTINGS.search(text)
    return ReportSettings.from_json(inside.group(1) if inside else text)


def html_of(findings: Findings) -> str:
    """The page of a report."""
    model, best = findings.model, findings.predictions[0]
    return _PAGE.substitute(
        title=escape(f"{findings.photo.name}: {best.label}"),
        answer=escape(f"{model.spec.title} takes {findings.photo.name} for {best.label} ({best.probability:.1%})."),
        photo=picture(_smaller(findings), f"The photo {findings.photo.name}"),
        predictions=table(
            ["Class", "Probability", "Logit"],
            [
                [prediction.label, f"{prediction.probability:.2%}", f"{prediction.logit:.3f}"]
                for prediction in findings.predictions
            ],
        ),
        network=escape(
            f"{model.spec.title}, {model.preprocessing.crop} × {model.preprocessing.crop} pixels. "
            f"{model.provenance.label}. {model.provenance.detail}"
        ),
        untrained=""
        if model.provenance.trained
        else "<p><strong>These parameters are untrained: all that follows is "
        "the arithmetic of the methods, and nothing that was learned.</strong></p>",
        evidence="".join(_evidence(findings)),
        gates="".join(_gates(findings)),
        version=__version__,
        digest=findings.photo.digest[:16],
        command=escape(_command(findings.settings)),
        settings=_inside_script(findings.settings.json()),
        numbers=_inside_script(json.dumps(findings.numbers())),
    )


def _smaller(findings: Findings) -> Image.Image:
    image = findings.photo.image.copy()
    image.thumbnail((LONGEST, LONGEST))
    return image


def _evidence(findings: Findings) -> Iterator[str]:
    for name, evidence in findings.evidence.items():
        method = method_by_name(name)
        label = findings.model.class_names[evidence.target]
        drawn = evidence_picture(
            findings.photo.image, evidence.values, evidence.view, EvidenceStyle(signed=method.signed), longest=LONGEST
        )
        yield f"<section><h2>What speaks for {escape(label)}: {escape(method.title)}</h2>"
        yield picture(drawn, f"{method.title} for {label} over the photo")
        says = scale_says(evidence.values, evidence_scale(evidence.values, signed=method.signed))
        where = "the input" if evidence.layer == "input" else f"layer {evidence.layer}"
        words = f"{method.sentence} Taken at {where}. {says} {method.source}"
        yield f"<p class=note>{escape(words)}</p>"
        if evidence.flat or evidence.nothing_positive:
            yield "<p>No place speaks for this class, so there is nothing to check.</p>"
        elif name in findings.trust:
            yield from _trust(findings.trust[name], label)
        yield "</section>"


def _trust(checked: Faithfulness, label: str) -> Iterator[str]:
    rows = [
        [f"{title}, area under the curve", *(f"{curves[order].area:.3f}" for order in ("map", "centre", "random"))]
        for title, curves in (("Taken away", checked.deletion), ("Put back", checked.insertion))
    ]
    yield "<h3>Can it be trusted?</h3>"
    yield table(["Places are", "Map's order", "From the centre", "At random"], rows)
    yield chart(
        curve_chart(
            {ORDERS[order]: (curve.fractions, curve.scores) for order, curve in checked.deletion.items()},
            _spread(checked.random_deletion),
            x_title="Share of the photo taken away",
            y_title=f"Probability of {label}",
        ),
        f"Probability of {label} as the places are taken away",
    )
    yield (
        "<p class=note>A map that marks what the network used lets the probability fall sooner than a random order "
        "does when its places are taken away, and rise sooner when they are put back. Hidden pixels are "
        f"{escape(checked.replacement)}.</p>"
    )


def _spread(curves: tuple[ConfidenceCurve, ...]) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    scores = numpy.stack([curve.scores for curve in curves])
    return curves[0].fractions, scores.min(axis=0), scores.max(axis=0)


def _gates(findings: Findings) -> Iterator[str]:
    if not findings.run.gates:
        yield "<p>This network has no squeeze-and-excitation, so it has no gates.</p>"
        return
    gates = findings.run.gates
    yield chart(gates_along_depth(gates, summarise_gates(gates), ""), "All gates, block by block, from closed to open")
    if findings.wall is None:
        return
    yield "<h3>The gates that this photo moves most</h3>"
    yield table(
        ["Gate", "On this photo", "Usually", "Difference"],
        [
            [f"{gate.block}, channel {gate.channel}", f"{gate.gate:.3f}", f"{gate.usual:.3f}", f"{gate.moved:+.3f}"]
            for gate in findings.wall.moved
        ],
    )
    scale = gate_scale(findings.wall.evidence)
    yield "<div class=row>"
    for evidence in findings.wall.evidence:
        words = f"What opened and closed gate {evidence.channel} of block {evidence.block}"
        drawn = gate_picture(evidence, findings.photo, scale=scale, longest=LONGEST // 2)
        yield f"<figure>{picture(drawn, words)}<figcaption>{escape(words)}.</figcaption></figure>"
    yield "</div><p class=note>Red places open a gate, blue places close it; all share one scale. "
    yield "Usual is the mean over the photos that come with the project.</p>"


def _command(settings: ReportSettings) -> str:
    return shlex.join(["effnet-viz", "report", settings.photo, "--from", "settings.json", "--out", "report.html"])


def _inside_script(text: str) -> str:
    return text.replace("<", "\\u003c")
