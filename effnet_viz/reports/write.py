"""Findings as one HTML file."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from effnet_viz import __version__
from effnet_viz.draw.numbers import percent
from effnet_viz.explain import Model, Progress
from effnet_viz.images import Photo
from effnet_viz.reports.findings import Findings, find
from effnet_viz.reports.sections import evidence_sections, gates_section, network_note, photo_picture, predictions_table
from effnet_viz.reports.settings import ReportSettings

_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


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
        ValueError: no such class, layer, method or gate.
        OSError: the file cannot be written.
    """
    asked = settings or ReportSettings(photo=photo.name, model=model.spec.name)
    findings = find(model, photo, replace(asked, photo_digest=photo.digest), progress=progress)
    Path(path).write_text(html_of(findings), encoding="utf-8")
    return findings


def html_of(findings: Findings) -> str:
    """The page of a report."""
    title, best = findings.model.spec.title, findings.predictions[0]
    body = [
        photo_picture(findings.photo),
        predictions_table(findings),
        network_note(findings.model),
        *evidence_sections(findings),
        *gates_section(findings),
    ]
    heading = f"{title} takes {findings.photo.name} for {best.label} ({percent(best.probability)})."
    return page(heading, body, findings.settings, findings.numbers())


def page(heading: str, body: list[str], settings: ReportSettings, numbers: dict[str, Any]) -> str:
    """A whole page, with what is needed to make it again.

    Args:
        heading: the one sentence that says what was found.
        body: its parts, as HTML.
        settings: what was asked.
        numbers: the report's numbers, for programs.
    """
    return _PAGE.substitute(
        heading=escape(heading),
        body="\n".join(body),
        version=__version__,
        command=escape(settings.command()),
        shown_settings=escape(settings.json()),
        settings=_inside_script(settings.json()),
        numbers=_inside_script(json.dumps(numbers)),
    )


def _inside_script(text: str) -> str:
    return text.replace("<", "\\u003c")
