"""Two networks on one photo, as one HTML file: how they are built, what they answer, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from effnet_viz.architecture import Comparison, Plan, compare, plan
from effnet_viz.architecture.difference import split
from effnet_viz.draw.diagram import comparison_diagram
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.structure_charts import waterfall
from effnet_viz.draw.svg import to_svg
from effnet_viz.explain import Model, Progress, predictions_of
from effnet_viz.explain.methods.registry import method as method_by_name
from effnet_viz.images import Photo
from effnet_viz.reports.findings import Findings, find
from effnet_viz.reports.pictures import chart, table
from effnet_viz.reports.sections import (
    LONGEST,
    TRUST_HEAD,
    depth_chart,
    evidence_figure,
    network_note,
    photo_picture,
    trust_rows,
)
from effnet_viz.reports.settings import ReportSettings
from effnet_viz.reports.write import page


@dataclass(frozen=True, kw_only=True, eq=False)
class BesideFindings:
    """All results of a report that compares two networks on one photo.

    Attributes:
        left: what the first says.
        right: what the other says, about the same class where it has it.
        built: how both are built, stage by stage.
    """

    left: Findings
    right: Findings
    built: Comparison

    def numbers(self) -> dict[str, Any]:
        """The report's numbers, for comparing two reports and for programs."""
        differences = {"params": self.built.params_difference, "macs": self.built.macs_difference}
        return {"left": self.left.numbers(), "right": self.right.numbers(), "difference": differences}


def comparison_report(
    left: Model,
    right: Model,
    photo: Photo,
    path: str | Path,
    *,
    settings: ReportSettings | None = None,
    progress: Progress = lambda share: None,
) -> BesideFindings:
    """Write how two networks are built, what they say about a photo and why, as one HTML file that needs nothing else.

    Both are asked about one class: the one that is asked for, else the first network's answer. A network that has no
    class of that name is asked about its own answer.

    Args:
        left: the first network, such as B0.
        right: the other, such as B7.
        photo: any photo.
        path: the file to write.
        settings: what is asked.
        progress: told the share done.

    Returns:
        What the file says, as values.

    Raises:
        ValueError: no such class, layer or method.
        OSError: the file cannot be written.
    """
    asked = settings or ReportSettings(photo=photo.name, model=left.spec.name, beside=right.spec.name)
    asked = replace(asked, photo_digest=photo.digest)
    first = find(left, photo, asked, progress=lambda share: progress(share / 2))
    label = left.class_names[predictions_of(left, first.run)[0].index if asked.target is None else asked.target]
    theirs = right.class_names.index(label) if label in right.class_names else None
    second = find(
        right, photo, replace(asked, target=theirs, chosen_gates=()), progress=lambda share: progress(0.5 + share / 2)
    )
    built = compare(plan(left.spec, left.preprocessing.crop), plan(right.spec, right.preprocessing.crop))
    findings = BesideFindings(left=first, right=second, built=built)
    Path(path).write_text(_html_of(findings), encoding="utf-8")
    return findings


def _html_of(findings: BesideFindings) -> str:
    left, right = findings.left, findings.right
    body = [
        photo_picture(left.photo),
        _answers(left, right),
        network_note(left.model),
        network_note(right.model),
        *_structure(findings.built),
        *_evidence(left, right),
        "<section><h2>Gates along the depth</h2>",
        *(f"<h3>{escape(side.model.spec.title)}</h3>{depth_chart(side)}" for side in (left, right)),
        "</section>",
    ]
    heading = f"{left.model.spec.title} beside {right.model.spec.title} on {left.photo.name}"
    return page(heading, body, left.settings, findings.numbers())


def _answers(left: Findings, right: Findings) -> str:
    sides = [{answer.label: answer for answer in predictions_of(side.model, side.run, 50)} for side in (left, right)]
    labels = dict.fromkeys(answer.label for side in (left, right) for answer in side.predictions)
    rows = [
        [label, *(percent(side[label].probability) if label in side else "not among its 50 first" for side in sides)]
        for label in labels
    ]
    return table(["Class", left.model.spec.title, right.model.spec.title], rows)


def _structure(built: Comparison) -> Iterator[str]:
    titles = [side.spec.title for side in (built.left, built.right)]
    facts = [_facts(side) for side in (built.left, built.right)]
    rows = [[word, *(side[word] for side in facts)] for word in facts[0]]
    yield f"<section><h2>How they are built</h2>{table(['In all', *titles], rows)}"
    yield f"<figure>{to_svg(comparison_diagram(built, width=760))}</figure>"
    yield chart(
        waterfall(split(built), titles[0], titles[1], "parameters"), "Parameters of both, and what each stage adds"
    )
    yield "</section>"
    stages = [
        [
            pair.title,
            f"{pair.left.params:,}" if pair.left else "",
            f"{pair.right.params:,}" if pair.right else "",
            f"{pair.params_difference:+,}",
            f"{pair.macs_difference:+,}",
        ]
        for pair in built.stages
    ]
    head = ["Stage", *(f"{title}, parameters" for title in titles), "Difference", "Difference of multiply-adds"]
    yield f"<section><h3>Stage by stage</h3>{table(head, stages)}</section>"


def _facts(side: Plan) -> dict[str, str]:
    return {
        "Input": f"{side.resolution} × {side.resolution}",
        "Blocks": f"{len(side.spec.block_specs())}",
        "Parameters": f"{side.params:,}",
        "Multiply-adds": f"{side.macs:,}",
    }


def _evidence(left: Findings, right: Findings) -> Iterator[str]:
    for name in left.evidence:
        method = method_by_name(name)
        yield f"<section><h2>{escape(method.title)}</h2><div class=row>"
        for side in (left, right):
            label = side.model.class_names[side.evidence[name].target]
            probability = next(
                answer.probability
                for answer in predictions_of(side.model, side.run, len(side.model.class_names))
                if answer.index == side.evidence[name].target
            )
            yield f"<div><p>{escape(side.model.spec.title)}: {escape(label)}, {percent(probability)}</p>"
            yield f"{evidence_figure(side, name, LONGEST // 2)}</div>"
        yield f"</div><p class=note>{escape(method.sentence)} Each map has its own range.</p>"
        for side in (left, right):
            if name in side.trust:
                yield f"<h3>Can it be trusted? {escape(side.model.spec.title)}</h3>"
                yield table(TRUST_HEAD, trust_rows(side.trust[name]))
        yield "</section>"
