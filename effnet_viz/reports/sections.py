"""The parts of a report about one network, as HTML: answer, evidence, trust, gates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy

from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture, evidence_scale, scale_says
from effnet_viz.draw.evidence_words import all_negative_words, bright_words, question_words
from effnet_viz.draw.gate_charts import gates_along_depth
from effnet_viz.draw.gate_pictures import gate_picture, gate_scale
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.trust_charts import ORDERS, curve_chart
from effnet_viz.explain import GateEvidence, Model
from effnet_viz.explain.faithfulness import ConfidenceCurve, Faithfulness
from effnet_viz.explain.gate_baseline import MovedGate
from effnet_viz.explain.gate_statistics import summarise_gates
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.images import Photo
from effnet_viz.images.view import large_part
from effnet_viz.reports.findings import Findings
from effnet_viz.reports.pictures import chart, picture, table

LONGEST = 720  # pixels, longer side of a picture


def photo_picture(photo: Photo) -> str:
    """The photo, small enough for a page."""
    image = photo.image.copy()
    image.thumbnail((LONGEST, LONGEST))
    return f"<figure class=photo>{picture(image, f'The photo {photo.name}')}</figure>"


def network_note(model: Model) -> str:
    """Which network with which weights; says plainly where they are untrained."""
    words = escape(
        f"{model.spec.title}, {model.preprocessing.crop} × {model.preprocessing.crop} pixels. "
        f"{model.provenance.label}. {model.provenance.detail}"
    )
    warning = (
        ""
        if model.provenance.trained
        else f"<p><strong>The parameters of {escape(model.spec.title)} are untrained: what follows from them is the "
        "arithmetic of the methods, and nothing that was learned.</strong></p>"
    )
    limits = f"<p><strong>{escape(model.provenance.limits)}</strong></p>" if model.provenance.limits else ""
    return f"{warning}{limits}<p class=note>{words}</p>"


def predictions_table(findings: Findings) -> str:
    """The five most probable classes."""
    rows = [
        [prediction.label, percent(prediction.probability), f"{prediction.logit:.3f}"]
        for prediction in findings.predictions
    ]
    return table(["Class", "Probability", "Logit"], rows)


def evidence_figure(findings: Findings, name: str, longest: int = LONGEST) -> str:
    """A method's map over the photo, with how it was normalised.

    Args:
        findings: the results.
        name: of the method.
        longest: longer side of the picture in pixels.
    """
    evidence, method = findings.evidence[name], method_by_name(name)
    label = findings.model.class_names[evidence.target]
    signed = method.signed or evidence.nothing_positive
    style = EvidenceStyle(signed=signed)
    part, view = large_part(findings.photo.image, evidence.view)
    drawn = evidence_picture(part, evidence.values, view, style, longest=longest)
    says = scale_says(evidence.values, evidence_scale(evidence.values, signed=signed))
    where = "the input" if evidence.layer == "input" else f"layer {evidence.layer}"
    shown = picture(drawn, f"{method.title} for {label} over the photo, by {findings.model.spec.title}")
    return f"<figure>{shown}<figcaption>Taken at {escape(where)}. {escape(says)}</figcaption></figure>"


def evidence_sections(findings: Findings) -> Iterator[str]:
    """Every method's map, what it means, and whether it can be trusted."""
    for name, evidence in findings.evidence.items():
        method = method_by_name(name)
        label = findings.model.class_names[evidence.target]
        bright = bright_words(method, signed=method.signed or evidence.nothing_positive)
        yield f"<section><h2>{escape(question_words(method, label))}</h2>"
        yield evidence_figure(findings, name)
        yield f"<p class=note>{escape(f'{method.sentence} {bright} {method.source}')}</p></section>"
        if evidence.flat:
            yield "<p>The map is the same everywhere, so there is nothing to check.</p>"
        elif evidence.nothing_positive:
            yield f"<p>{escape(all_negative_words(method, label))} There is nothing to check.</p>"
        elif name in findings.trust:
            yield from _trust(findings.trust[name], label, method.title)


def trust_rows(checked: Faithfulness) -> list[list[str]]:
    """Areas under the curves of what is taken away and put back, for a table."""
    return [
        [f"{title}, area under the curve", *(f"{curves[order].area:.3f}" for order in ("map", "centre", "random"))]
        for title, curves in (("Taken away", checked.deletion), ("Put back", checked.insertion))
    ]


TRUST_HEAD = ["Places are", "Map's order", "From the centre", "At random"]


def _trust(checked: Faithfulness, label: str, title: str) -> Iterator[str]:
    yield f"<section><h3>Can {escape(title)} be trusted here?</h3>"
    yield table(TRUST_HEAD, trust_rows(checked))
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
        "<p class=note>Places are taken away or put back, the map's strongest first. If the map marks what the network "
        "used, the probability falls and rises sooner than in a random order. Hidden pixels are "
        f"{escape(checked.replacement)}.</p></section>"
    )


def _spread(curves: tuple[ConfidenceCurve, ...]) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    scores = numpy.stack([curve.scores for curve in curves])
    return curves[0].fractions, scores.min(axis=0), scores.max(axis=0)


def depth_chart(findings: Findings) -> str:
    """All gates of a network, block by block; a sentence where it has none."""
    title = findings.model.spec.title
    if not findings.run.gates:
        return f"<p>{escape(title)} has no squeeze-and-excitation, so it has no gates.</p>"
    gates = findings.run.gates
    words = f"All gates of {title}, block by block, from closed to open"
    return chart(gates_along_depth(gates, summarise_gates(gates), ""), words) + (
        "<p class=note>For every block, how its gates are spread between closed (0) and open (1): the stronger the "
        "colour, the more of them. The line joins the medians.</p>"
    )


def gates_section(findings: Findings) -> Iterator[str]:
    """The gates along the depth, those that were asked for, and those that the photo moves most."""
    yield f"<section><h2>Gates along the depth</h2>{depth_chart(findings)}</section>"
    if findings.chosen:
        gates = [chosen.gate for chosen in findings.chosen]
        evidence = [chosen.evidence for chosen in findings.chosen]
        yield f"<section><h3>The chosen gates</h3>{_gates(findings.photo, gates, evidence)}</section>"
    if findings.wall:
        moved = _gates(findings.photo, findings.wall.moved, findings.wall.evidence)
        yield f"<section><h3>The gates that this photo moves most</h3>{moved}</section>"


def _gates(photo: Photo, gates: Sequence[MovedGate], evidence: Sequence[GateEvidence]) -> str:
    rows = [
        [f"{gate.block}, channel {gate.channel}", f"{gate.gate:.3f}", f"{gate.usual:.3f}", f"{gate.moved:+.3f}"]
        for gate in gates
    ]
    scale = gate_scale(evidence)
    figures = []
    for places in evidence:
        words = f"What opened and closed gate {places.channel} of block {places.block}"
        drawn = gate_picture(places, photo, scale=scale, longest=LONGEST // 2)
        figures.append(f"<figure>{picture(drawn, words)}<figcaption>{escape(words)}.</figcaption></figure>")
    return (
        f"{table(['Gate', 'On this photo', 'Usually', 'Difference'], rows)}<div class=row>{''.join(figures)}</div>"
        "<p class=note>Red places open a gate, blue places close it; all of a group share one scale. Usual is the mean "
        "over the photos that come with the project.</p>"
    )
