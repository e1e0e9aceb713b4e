"""Every result as HTML for a notebook, and those that are pictures as PNG. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy
from PIL import Image

from effnet_viz.architecture import Comparison, Plan
from effnet_viz.draw.evidence_pictures import evidence_scale, scale_says
from effnet_viz.draw.gate_pictures import evidence_density
from effnet_viz.draw.maps import map_image, png
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.palette import RED
from effnet_viz.notebooks.parts import bar, block, image, note, table

if TYPE_CHECKING:  # these rooms import torch, which a plan does without
    from effnet_viz.engine.profile import Profile
    from effnet_viz.explain import ClassEvidence, FeatureMaps, GateEvidence
    from effnet_viz.explain.gates import Gates
    from effnet_viz.explain.predict import Predictions
    from effnet_viz.folder import Rows

SIDE = 240  # pixels of a map
CHANNELS, ACROSS, GAP = 16, 4, 4  # of feature maps that are shown; pixels between them
BINS = 20


def html_of(result: Any) -> str:
    """A result as HTML.

    Args:
        result: of one of the kinds below.
    """
    return _HTML[type(result).__name__](result)


def png_of(result: Any) -> bytes | None:
    """A result as a picture, None where it is a table.

    Args:
        result: of one of the kinds below.
    """
    draw = _PNG.get(type(result).__name__)
    return None if draw is None else draw(result)


def _plan(plan: Plan) -> str:
    rows = plan.rows("stages")
    return block(
        f"{plan.spec.title} at {plan.resolution} × {plan.resolution}: {plan.params:,} parameters, {plan.macs:,} MACs",
        table([name.replace("_", " ") for name in rows[0]], [list(row.values()) for row in rows]),
        note("rows('blocks') and rows('layers') say more."),
    )


def _comparison(comparison: Comparison) -> str:
    titles = [side.spec.title for side in (comparison.left, comparison.right)]
    rows = [
        [
            pair.title,
            pair.left.params if pair.left else None,
            pair.right.params if pair.right else None,
            f"{pair.params_difference:+,}",
            f"{pair.macs_difference:+,}",
        ]
        for pair in comparison.stages
    ]
    rows.append(
        [
            "all",
            comparison.left.params,
            comparison.right.params,
            f"{comparison.params_difference:+,}",
            f"{comparison.macs_difference:+,}",
        ]
    )
    head = ["stage", *(f"{title}, parameters" for title in titles), "difference", "difference of MACs"]
    return block(" beside ".join(titles), table(head, rows))


def _predictions(predictions: Predictions) -> str:
    if not predictions:
        return block("No predictions")
    rows = [[answer.label, percent(answer.probability), f"{answer.logit:.3f}"] for answer in predictions]
    best = predictions[0]
    return block(
        f"{best.label}, {percent(best.probability)}",
        bar(best.probability),
        table(["class", "probability", "logit"], rows),
    )


def _feature_maps(maps: FeatureMaps) -> str:
    channels, height, width = maps.values.shape
    return block(
        f"Layer {maps.layer}: {channels:,} channels of {height} × {width}",
        image(_feature_maps_png(maps), f"The strongest channels of layer {maps.layer}", 2 * SIDE),
        note(f"The {min(CHANNELS, channels)} channels with the largest mean, each in its own range."),
    )


def _feature_maps_png(maps: FeatureMaps) -> bytes:
    strongest = numpy.argsort(-maps.values.mean(axis=(1, 2)), kind="stable")[:CHANNELS]
    step = SIDE // 2
    sheet = Image.new("RGBA", (min(ACROSS, len(strongest)) * step - GAP, -(-len(strongest) // ACROSS) * step - GAP))
    for index, channel in enumerate(strongest):
        drawn = map_image(maps.values[channel], colour_map="viridis", side=step - GAP)
        sheet.paste(drawn, (index % ACROSS * step, index // ACROSS * step))
    return png(sheet)


def _gates(gates: Gates) -> str:
    if not gates:
        return block("No gates: this network has no squeeze-and-excitation")
    rows = [
        [name, values.size, f"{values.min():.3f}", f"{numpy.median(values):.3f}", f"{values.max():.3f}"]
        for name, values in gates.items()
    ]
    count = sum(values.size for values in gates.values())
    return block(
        f"{count:,} gates in {len(gates)} blocks",
        _histograms(gates),
        note("For every block, its gates between closed (below) and open (above); darker is more of them."),
        table(["block", "gates", "least", "median", "most"], rows),
    )


def _histograms(gates: Mapping[str, numpy.ndarray]) -> str:
    wide, high = 22, 6
    cells = []
    for column, values in enumerate(gates.values()):
        counts, _ = numpy.histogram(values, bins=BINS, range=(0, 1))
        cells += [
            f'<rect x="{column * wide + 1}" y="{(BINS - 1 - row) * high}" width="{wide - 2}" height="{high}" '
            f'fill="{RED}" opacity="{0.1 + 0.9 * count / counts.max():.2f}"/>'
            for row, count in enumerate(counts)
            if count
        ]
    width, height = len(gates) * wide, BINS * high
    return f'<svg width="{width}" height="{height}" role="img" aria-label="gates block by block">{"".join(cells)}</svg>'


def _evidence(evidence: ClassEvidence) -> str:
    height, width = evidence.values.shape
    says = scale_says(evidence.values, evidence_scale(evidence.values, signed=True))
    return block(
        f"{evidence.method} for class {evidence.target} at {evidence.layer}",
        image(_signed_png(evidence.values), f"Map of {evidence.method}", SIDE),
        note(f"{height} × {width} cells; red speaks for the class, blue against it. {says}"),
    )


def _gate_evidence(evidence: GateEvidence) -> str:
    which = "the mean gate" if evidence.channel is None else f"gate {evidence.channel}"
    value = "" if evidence.gate is None else f": {evidence.gate:.3f}, at rest {evidence.resting_gate:.3f}"
    return block(
        f"What moved {which} of block {evidence.block}{value}",
        image(_signed_png(evidence_density(evidence)), "Places that opened and closed the gate", SIDE),
        note(
            f"Red opens, blue closes; all together add {evidence.values.sum():+.3f} to the gate's logit. "
            "ev.gate_picture(evidence, photo) lays it over the photo."
        ),
    )


def _signed_png(values: numpy.ndarray) -> bytes:
    return png(map_image(values, colour_map="diverging", side=max(SIDE, *values.shape)))


def _profile(profile: Profile) -> str:
    rows = [
        [
            cost.id,
            cost.kind,
            f"{1000 * cost.seconds:.3f}",
            f"{cost.share:.1%}",
            f"{cost.macs_share:.1%}",
            profile.bound(cost),
        ]
        for cost in profile.blocks
    ]
    return block(
        f"{profile.plan.spec.title} at {profile.plan.resolution} pixels: {1000 * profile.seconds:.4g} ms in "
        f"{profile.engine}",
        table(["block", "kind", "ms", "of the time", "of the MACs", "bound by"], rows),
        note(profile.sentence()),
    )


def _rows(rows: Rows) -> str:
    paths, labels, errors = rows.words("path"), rows.words("label"), rows.words("error")
    cells = [
        [str(path).rsplit("/", 1)[-1], label, error or ""]
        for path, label, error in zip(paths, labels, errors, strict=True)
    ]
    unreadable = len(rows) - int(rows.good.sum())
    return block(
        f"{len(rows):,} photos, {unreadable:,} that could not be read",
        table(["photo", "label", "what is wrong"], cells, most=12),
        note(f"In {rows.path}; words(column) and numbers(column) give its columns."),
    )


_HTML: Mapping[str, Callable[[Any], str]] = {
    "Plan": _plan,
    "Comparison": _comparison,
    "Predictions": _predictions,
    "FeatureMaps": _feature_maps,
    "Gates": _gates,
    "ClassEvidence": _evidence,
    "GateEvidence": _gate_evidence,
    "Profile": _profile,
    "Rows": _rows,
}
_PNG: Mapping[str, Callable[[Any], bytes]] = {
    "FeatureMaps": _feature_maps_png,
    "ClassEvidence": lambda evidence: _signed_png(evidence.values),
    "GateEvidence": lambda evidence: _signed_png(evidence_density(evidence)),
}
