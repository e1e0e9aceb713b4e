"""How long passes of a network take on this machine now: tried just before they are needed, and known for a while."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import Plan, plan
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.weights.memory import memory_to_explain

if TYPE_CHECKING:  # the room imports torch, which the structure pages do without
    from effnet_viz.explain import Model
    from effnet_viz.explain.evidence_question import EvidenceQuestion
    from effnet_viz.explain.methods.kinds_of_pass import KindOfPass
    from effnet_viz.images import Photo

KNOWN_S = 300.0
"""For which a pass that was tried tells how long the next will take; what differs, finished works tell the estimates.

In a class that looks at six networks, trying each kind of pass once a minute took a fourteenth of the device's time."""

USUAL_MACS_PER_SECOND = 40e9  # of the usual machine, a laptop, which times that are written down are of
LOADING_S, LOADED_A_SECOND = 0.5, 40e6  # of the usual machine: for any network, and parameters


@st.cache_data(max_entries=256, ttl=KNOWN_S, show_spinner=False)
def known_for_a_while(key: tuple[Hashable, ...], _measure: Callable[[], float]) -> float:
    """What was measured within the last minutes, by whoever asked for it.

    Args:
        key: stands for what is measured.
        _measure: gives it anew.
    """
    return _measure()


def seconds_a_pass(model: Model) -> float:
    """Seconds that one photo takes a network, in batches as slow methods run them.

    Args:
        model: the network.
    """
    from effnet_viz.explain.methods.batches import batch_size
    from effnet_viz.explain.pass_time import seconds_a_pass

    side = model.preprocessing.crop
    # A quarter of what runs at once tells enough, and the page waits for it.
    return known_for_a_while(
        ("pass", model.key), lambda: seconds_a_pass(model, side, max(1, batch_size(model, side) // 4))
    )


def seconds_alone(model: Model) -> float:
    """Seconds that one photo takes a network where only one is run.

    Args:
        model: the network.
    """
    from effnet_viz.explain.pass_time import seconds_a_pass

    return known_for_a_while(("alone", model.key), lambda: seconds_a_pass(model, model.preprocessing.crop))


def seconds_a_photo(model: Model, photo: Photo) -> float:
    """Seconds from a photo to its answer and its gates.

    Args:
        model: the network.
        photo: one of those that will be run one after the other.
    """
    from effnet_viz.explain.pass_time import seconds_a_photo

    size = round(math.log2(photo.width * photo.height))  # to scale a large one down takes as long as a small network
    return known_for_a_while(("photo", model.key, size), lambda: seconds_a_photo(model, photo))


def seconds_of(question: EvidenceQuestion, kind: KindOfPass) -> float:
    """Seconds that one of the many passes of a method of class evidence takes.

    Args:
        question: which network, and at which layer.
        kind: what runs.
    """
    from effnet_viz.explain.methods.kinds_of_pass import GRADIENT
    from effnet_viz.explain.pass_time import seconds_of, side_tried

    model = question.model
    at = "" if kind.from_images else question.at

    def measure() -> float:
        first, side = model.runner.blocks[0], side_tried(question, kind)
        needed = memory_to_explain(model.spec, side, first) if kind is GRADIENT else 0
        with BUDGET.room_for(needed, f"A gradient of {model.spec.title}"):
            return seconds_of(question, kind)

    return known_for_a_while((kind.name, model.key, at), measure)


def slowness() -> float:
    """How many times longer than the usual machine this one takes, by the network of the first screen."""
    model = chosen.first_model()
    return seconds_a_pass(model) * USUAL_MACS_PER_SECOND / _own_plan(model).macs


def seconds_of_plan(planned: Plan) -> float:
    """Seconds that one photo takes a network that need not be loaded.

    Args:
        planned: the network, at the resolution at which it will run.
    """
    return slowness() * planned.macs / USUAL_MACS_PER_SECOND


def seconds_to_load(planned: Plan) -> float:
    """Seconds until a network is there and has answered for the first time.

    Args:
        planned: the network, at the resolution at which it will run.
    """
    return slowness() * (LOADING_S + planned.params / LOADED_A_SECOND)


def _own_plan(model: Model) -> Plan:
    return plan(model.spec, model.preprocessing.crop)
