"""Whether a map can be trusted: take away what it marks, random weights, noise; one sentence first."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import streamlit as st

from effnet_viz.draw.evidence_pictures import hidden_picture, over_input
from effnet_viz.draw.evidence_words import UNNATURAL, grey_words, noise_words, randomisation_words, verdict
from effnet_viz.draw.feature_pictures import Sheet, pictures_sheet
from effnet_viz.draw.maps import jpeg
from effnet_viz.draw.numbers import percent
from effnet_viz.draw.trust_charts import MARK, ORDERS, curve_chart, randomisation_chart
from effnet_viz.explain import ClassEvidence
from effnet_viz.explain.faithfulness import Faithfulness, check_points_somewhere, orders, ranks_of
from effnet_viz.explain.manual_occlusion import cover_of
from effnet_viz.explain.randomisation import RandomisationStep
from effnet_viz.explain.replacement import REPLACEMENTS
from effnet_viz.explain.robustness import RADIUS, SQUARES
from effnet_viz.ui.evidence.computed import EvidenceRequest, evidence_or_offer, mistakes_as_sentences
from effnet_viz.ui.evidence.known_truth import one_truth, truth_of_every_method
from effnet_viz.ui.evidence.one_map import method_picker
from effnet_viz.ui.evidence.trust_checks import Checks, check, seconds_of_checks
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.slow_work import on_request
from effnet_viz.ui.widgets.url_pickers import choose

FILL_TITLES = {"grey": "Grey", "mean": "Mean colour", "blur": "Blur"}


@mistakes_as_sentences
def trust(asked: EvidenceRequest) -> None:
    """The panel: choose a method, run the checks, read the sentence, then the charts."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        method = method_picker(asked)
    with right:
        fill = fill_picker(key="fill", default="grey")
    evidence = evidence_or_offer(asked, method, "trust_map")
    if evidence is None:
        return
    check_points_somewhere(evidence)
    one_truth(asked, evidence)
    _checks(asked, method, evidence, fill)
    truth_of_every_method(asked)


def fill_picker(*, key: str, default: str) -> str:
    """What hidden parts of the photo are replaced by.

    Args:
        key: name in the session and in the address.
        default: id of what is chosen in the beginning.
    """
    titles = {fill: FILL_TITLES[fill] for fill in REPLACEMENTS}
    return choose(st.segmented_control, "Hide with", titles, key=key, default=default, required=True)


def _checks(asked: EvidenceRequest, method: str, evidence: ClassEvidence, fill: str) -> None:
    """What the network itself says about the map."""
    key = (*asked.key(method), "checks", fill)
    checks = on_request(
        key,
        lambda: seconds_of_checks(asked, method),
        lambda progress: check(asked, method, evidence, fill, progress),
        label="Run the checks",
        name="checks",
    )
    if checks is None:
        note(
            "Hides the photo piece by piece: in the map's order, at random, and from the centre outwards. Makes the "
            "network's weights random, from the head down. Adds a little noise to the photo. The network runs some "
            "hundred times; you can stop it."
        )
        return
    st.header(verdict(checks.curves), anchor=False)
    st.markdown(sentence(asked, checks.curves))
    note(f"{UNNATURAL} Grey here is {grey_words(asked.model.preprocessing)}.")
    _hidden_pictures(asked, method, evidence, checks.curves)
    _curves(asked, checks.curves)
    _numbers(asked, checks)
    if checks.steps:
        _randomisation(asked, method, evidence, checks.steps)


def sentence(asked: EvidenceRequest, curves: Faithfulness) -> str:
    """The result in one plain sentence.

    Args:
        asked: network, photo, class and layer.
        curves: deletion and insertion curves of the map.
    """
    among = "" if asked.against is None else f" (between it and {as_markdown(asked.model.class_names[asked.against])})"
    return (
        f"Removing the {MARK:.0%} of the photo that the map marks most changes **{as_markdown(asked.label)}**{among} "
        f"from **{percent(curves.probability)}** to **{percent(curves.deletion['map'].at(MARK))}**; removing as much "
        f"at random, to **{percent(curves.deletion['random'].at(MARK))}**; from the centre, to "
        f"**{percent(curves.deletion['centre'].at(MARK))}**. Showing only that {MARK:.0%} gives "
        f"**{percent(curves.insertion['map'].at(MARK))}**; as much at random, "
        f"**{percent(curves.insertion['random'].at(MARK))}**."
    )


def _hidden_pictures(asked: EvidenceRequest, method: str, evidence: ClassEvidence, curves: Faithfulness) -> None:
    pictures = _hidden(asked.key(method), curves.replacement, evidence, asked)
    columns = st.columns(4)
    seen = asked.model.preprocessing.input_image(asked.photo)
    with columns[0]:
        show_picture(
            jpeg(over_input(seen, evidence.values, signed=evidence.nothing_positive, side=320)),
            alt=f"The map for {asked.why}",
        )
        note(f"The map. {as_markdown(asked.label)} {percent(curves.probability)}")
    for column, (name, picture) in zip(columns[1:], pictures.items(), strict=True):
        with column:
            show_picture(picture, alt=f"The photo with {MARK:.0%} hidden {ORDERS[name]}")
            first = curves.random_deletion[0] if name == "random" else curves.deletion[name]
            drawn = f" (one of {len(curves.random_deletion)} orders)" if name == "random" else ""
            note(f"{MARK:.0%} hidden {ORDERS[name]}{drawn}. {as_markdown(asked.label)} {percent(first.at(MARK))}")


@kept
def _hidden(key: tuple[Hashable, ...], fill: str, _found: ClassEvidence, _asked: EvidenceRequest) -> dict[str, bytes]:
    seen = _asked.model.preprocessing.input_image(_asked.photo)
    cover = cover_of(seen, _asked.model.preprocessing, fill)
    by_map, centre, random = orders(_found.values, 1)
    size = (seen.height, seen.width)
    count = MARK * size[0] * size[1]
    return {
        name: jpeg(hidden_picture(seen, ranks_of(values, size).numpy().reshape(size) < count, cover))
        for name, values in (("map", by_map), ("random", random), ("centre", centre))
    }


def _curves(asked: EvidenceRequest, curves: Faithfulness) -> None:
    panels = (
        (
            curves.deletion,
            curves.random_deletion,
            "Deletion: the map's strongest first",
            "pixels hidden",
            "The lower the map's curve, the better.",
        ),
        (
            curves.insertion,
            curves.random_insertion,
            "Insertion: the map's strongest first",
            "pixels shown",
            "The higher the map's curve, the better.",
        ),
    )
    for column, (lines, shuffled, title, axis, reading) in zip(st.columns(2, gap="medium"), panels, strict=True):
        with column:
            st.markdown(f"**{title}**")
            scores = np.array([curve.scores for curve in shuffled])
            chart = curve_chart(
                {ORDERS[name]: (curve.fractions, curve.scores) for name, curve in lines.items()},
                (shuffled[0].fractions, scores.min(axis=0), scores.max(axis=0)),
                x_title=axis,
                y_title=asked.label,
            )
            show_chart(st, spec=chart, width="stretch", key=f"curves_{axis}", alt=f"{title}; {reading}")
            areas = " · ".join(f"{ORDERS[name]} {lines[name].area:.3f}" for name in ORDERS)
            note(f"{reading} Areas: {areas}. Grey band: single random orders.")


def _numbers(asked: EvidenceRequest, checks: Checks) -> None:
    curves = checks.curves
    with st.container(horizontal=True):
        st.metric(
            "Drop of confidence",
            f"{curves.drop:.0%}",
            border=True,
            width=200,
            help="The photo is dimmed to grey wherever the map's positive part is weak: how much of the "
            "probability is lost then? (Average drop of the Grad-CAM++ paper, for this photo.) Small is good.",
        )
        st.metric(
            "Increase of confidence",
            "yes" if curves.increase else "no",
            border=True,
            width=200,
            help="Whether the network gives the class a higher probability when it sees only what the map marks.",
        )
        st.metric(
            "Infidelity",
            f"{checks.infidelity:.2f}",
            border=True,
            width=200,
            help=f"How wrongly the map predicts the change of the score when each of {SQUARES} random squares is "
            "greyed: 0: predicted exactly, 1: not at all (Captum, normalised).",
        )
        st.metric(
            "Sensitivity",
            "not run" if checks.sensitivity is None else f"{checks.sensitivity:.0%}",
            border=True,
            width=200,
            help="How much the map changes at most under noise of up to "
            f"{noise_words(asked.model.preprocessing, RADIUS)}, "
            "as a share of its norm (Captum's sensitivity_max). Not run for slow methods, which would have to be "
            "computed again for each noise.",
        )


def _randomisation(
    asked: EvidenceRequest, method: str, evidence: ClassEvidence, steps: tuple[RandomisationStep, ...]
) -> None:
    st.markdown("**Does the map depend on the weights? They are made random part by part, from the head down**")
    sheet = _steps_sheet(asked.key(method), evidence, steps, asked)
    names = ["as it is", *(f"to {step.part}" if index else "classifier" for index, step in enumerate(steps))]
    notes = ["", *(f"{step.similarity:+.2f}" for step in steps)]
    tiles = [
        Tile(place=place, label=name, note=under) for place, name, under in zip(sheet.places, names, notes, strict=True)
    ]
    pick_tile("randomised", sheet.png, tiles, "The map as more and more weights are random", side=80)
    chart = randomisation_chart([step.part for step in steps], [step.similarity for step in steps])
    show_chart(
        st,
        spec=chart,
        width="stretch",
        key="randomisation",
        alt="Similarity with the map before, as more weights are random",
    )
    note(
        f"{randomisation_words(steps[-1].similarity)} Each map has its own range; the number is the rank correlation "
        "with the map before anything was made random. "
        "After Adebayo et al. 2018, “Sanity Checks for Saliency Maps”."
    )


@kept
def _steps_sheet(
    key: tuple[Hashable, ...], _found: ClassEvidence, _steps: tuple[RandomisationStep, ...], _asked: EvidenceRequest
) -> Sheet:
    seen = _asked.model.preprocessing.input_image(_asked.photo)
    signed = bool((_found.values < 0).any())
    return pictures_sheet(
        [
            over_input(seen, evidence.values, signed=signed, side=160)
            for evidence in (_found, *(step.evidence for step in _steps))
        ]
    )
