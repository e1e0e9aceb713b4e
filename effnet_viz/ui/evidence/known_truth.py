"""Where the true place is known, as on the generated pictures: does the map lie on it, and do those of every method?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial

import numpy as np
import streamlit as st

from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture, outlined
from effnet_viz.draw.maps import png
from effnet_viz.draw.numbers import counted
from effnet_viz.draw.trust_charts import truth_chart
from effnet_viz.engine.progress import Progress
from effnet_viz.explain import ClassEvidence, capture
from effnet_viz.explain.methods import METHODS, Method, evidence_from_capture
from effnet_viz.explain.pass_time import tried
from effnet_viz.explain.pointing_game import Pointing, PointingGame, pointing, pointing_game
from effnet_viz.training.tasks import held_out, task_named
from effnet_viz.ui.evidence.computed import EvidenceRequest, block_name, seconds_of_method
from effnet_viz.ui.session import chosen, drawn_pictures
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import known_for_a_while, seconds_a_photo
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.slow_work import on_request

PICTURES = 200


def one_truth(asked: EvidenceRequest, evidence: ClassEvidence) -> None:
    """The map against the mask of the shape that the class is about; nothing for photos whose truth nobody knows.

    Args:
        asked: network, photo, class and layer.
        evidence: the map.
    """
    mask = _true_place(asked)
    if mask is None:
        return
    result = pointing(evidence, mask)
    left, right = st.columns([1, 3], vertical_alignment="center")
    with left:
        picture = evidence_picture(asked.photo.image, evidence.values, evidence.view, EvidenceStyle(), longest=320)
        show_picture(png(outlined(picture, mask)), alt="The map with the outline of the true shape")
    with right:
        st.header(
            "The truth is known here" + (", and the map hits it" if result.hit else ", and the map misses it"),
            anchor=False,
        )
        st.markdown(
            "This picture was drawn, so the place of the shape is known (white outline): "
            f"**{result.inside:.0%}** of the map's positive part lies on it, and it covers "
            f"**{result.area:.0%}** of the picture. "
            f"The map's strongest point lies **{'on' if result.hit else 'beside'}** it."
        )
        note(
            "A map may rightly mark more than the shape, if the network uses more. "
            "Other checks test the network itself."
        )


def _true_place(asked: EvidenceRequest) -> np.ndarray | None:
    """Truth values, `(H, W)` in pixels of the picture, or None."""
    number, task = st.session_state.get("picture", drawn_pictures.FIRST_SEED), chosen.chosen_task()
    if task is None or drawn_pictures.picture(number, task).digest != asked.photo.digest:
        return None
    return drawn_pictures.true_place(number, task)


def truth_of_every_method(asked: EvidenceRequest) -> None:
    """The pointing game over held-out pictures for all methods; nothing for networks of photos."""
    task = drawn_pictures.task_of(asked.model)
    if task is None:
        return
    st.header(f"The truth over {PICTURES} held-out pictures", anchor=False)
    methods = sorted(
        (method for method in METHODS.values() if not method.missing(asked.model, block_name(asked))),
        key=lambda method: method.slow,
    )
    open_ones = [method for method in methods if CACHE.peek(_key(asked, method)) is None]
    chart = st.empty()

    def show() -> dict[str, PointingGame]:
        games = {method.title: known for method in methods if (known := CACHE.peek(_key(asked, method))) is not None}
        if games:
            best = max(games, key=lambda title: games[title].energy)
            show_chart(
                chart,
                spec=truth_chart(games),
                width="stretch",
                key=f"truth_{len(games)}",
                alt=f"Pointing game and energy of {len(games)} methods; most on the shape: {best}, "
                f"{games[best].energy:.0%}, where marking places at random gives {games[best].chance:.0%}",
            )
        return games

    def measure(progress: Progress) -> bool:
        each = [_seconds_a_picture(asked, method) for method in open_ones]
        whole, done = sum(each), 0.0
        for method, seconds in zip(open_ones, each, strict=True):
            share, start = seconds / whole, done / whole
            CACHE.put(
                _key(asked, method),
                pointing_game(
                    _pointings(
                        asked, method, task, lambda part, start=start, share=share: progress(start + share * part)
                    )
                ),
            )
            done += seconds
            show()
        return True

    games = show()
    if open_ones:
        key = (asked.model.key, asked.layer, "truth", *(method.name for method in open_ones))
        if (
            on_request(key, partial(_seconds, asked, open_ones), measure, label="Measure every method", name="truth")
            is None
        ):
            note(
                "Every method explains the true class of the same pictures, which no training has seen. How often does "
                "its strongest point lie on the shape, and how much of its evidence? "
                + (
                    "What is measured stays when you stop."
                    if len(open_ones) == len(methods)
                    else f"{counted(len(open_ones), 'method is', 'methods are')} still to be measured."
                )
            )
            return
        games = show()
    best, worst = (pick(games, key=lambda title: games[title].energy) for pick in (max, min))
    st.markdown(
        f"**{best}** puts most of its evidence on the shape, **{games[best].energy:.0%}**; **{worst}** least, "
        f"**{games[worst].energy:.0%}**. The shape covers {games[best].chance:.0%} of a picture."
    )
    note(
        f"Network: {asked.model.spec.title}, layer {asked.layer}, task “{task_named(task).question}” Dashed: what a "
        "map that marks places at random would reach."
    )


def _key(asked: EvidenceRequest, method: Method) -> tuple[Hashable, ...]:
    return "truth", asked.model.key, asked.layer if method.layered else "input", method.name


def _seconds(asked: EvidenceRequest, methods: Sequence[Method]) -> float:
    return PICTURES * sum(_seconds_a_picture(asked, method) for method in methods)


def _seconds_a_picture(asked: EvidenceRequest, method: Method) -> float:
    """Of a run and a map; that of a quick method is made on the visitor's picture to see how long it takes."""
    run = seconds_a_photo(asked.model, asked.photo)
    return run + (seconds_of_method(asked, method.name) if method.slow else _seconds_of_a_map(asked, method))


def _seconds_of_a_map(asked: EvidenceRequest, method: Method) -> float:
    return known_for_a_while(
        ("map", asked.model.key, asked.layer, method.name),
        lambda: tried(
            lambda: evidence_from_capture(asked.model, asked.run, method.name, layer=asked.layer), asked.model.lock
        ),
    )


def _pointings(asked: EvidenceRequest, method: Method, task: str, progress: Progress) -> Iterator[Pointing]:
    """One picture after the other: its map for its true class beside the place of its shape."""
    names, done = task_named(task).class_names, 0
    for batch in held_out(task, PICTURES):
        for pixels, label, mask in zip(batch.pixels, batch.labels, batch.masks, strict=True):
            run = capture(asked.model, drawn_pictures.photo_of(pixels, names[int(label)]))
            yield pointing(
                evidence_from_capture(asked.model, run, method.name, target=int(label), layer=asked.layer), mask > 0
            )
            done += 1
            progress(done / PICTURES)
