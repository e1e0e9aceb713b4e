"""Questions whose answers are computed from what is on the screen: network, photo, block."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy
import streamlit as st
from PIL import Image

from effnet_viz.architecture import plan
from effnet_viz.classroom import ChoiceQuestion, ClassQuestion, ClassroomError, PlaceQuestion
from effnet_viz.draw.diagram_columns import block_title
from effnet_viz.draw.maps import Scale, jpeg, overlay
from effnet_viz.draw.numbers import percent
from effnet_viz.images import Photo, samples
from effnet_viz.ui.session import chosen, models_and_runs

ON_SCREEN = "on_screen"
UNTRAINED = "Its parameters are untrained, so the answer is random."
LONGEST = 640  # pixels, longer side of the picture that is sent to the class
OPTIONS = 4
OPEN, CLOSED = 0.7, 0.3  # from here on a gate is called open or closed
POINTS = 0.1  # a change of probability, in points of a hundred, that counts as none


def photos() -> Mapping[str, str]:
    """Photos that can be asked about: id to words."""
    bundled = {} if chosen.chosen_task() else {sample.name: sample.title for sample in samples()}
    return {ON_SCREEN: "The photo on the screen", **bundled}


def _photo(name: str) -> Photo:
    return chosen.chosen_photo() if name == ON_SCREEN else chosen.sample_photo(name)


def picture_of(name: str) -> dict[str, bytes | str]:
    """A photo as a question takes it."""
    photo = _photo(name)
    return {"picture": _jpeg(photo.image), "alt": photo.name}


def first_class(name: str) -> ClassQuestion:
    """Which class will the network find most probable?"""
    from effnet_viz.explain import predictions_of

    model, photo = chosen.chosen_model(), _photo(name)
    if model.spec.num_classes == 1:
        raise ClassroomError(f"{model.spec.title} has one class only; there is nothing to guess.")
    top = predictions_of(model, models_and_runs.run_of(model, photo), OPTIONS)
    labels = [
        prediction.label
        if [two.label for two in top].count(prediction.label) == 1
        else f"{prediction.label} {prediction.index}"
        for prediction in top
    ]
    options = random.Random(photo.digest).sample(labels, len(labels))
    return ChoiceQuestion(
        prompt=f"Which class will {model.spec.title} find most probable on this photo?",
        options=tuple(options),
        right=options.index(labels[0]),
        because="; ".join(
            f"{label} {percent(prediction.probability)}" for label, prediction in zip(labels, top, strict=True)
        )
        + ".",
        **picture_of(name),
    )


def where_it_looks(name: str) -> ClassQuestion:
    """Where will the network look for its class? Tap on the photo."""
    from effnet_viz.explain import predictions_of

    model, photo = chosen.chosen_model(), _photo(name)
    run = models_and_runs.run_of(model, photo)
    best = predictions_of(model, run, 1)[0]
    evidence = models_and_runs.evidence_of(model, run, best.index)
    if evidence.values.max() <= 0:
        raise ClassroomError(f"On this photo nothing speaks for {best.label}, so there is no place to ask for.")
    row, column = numpy.unravel_index(int(evidence.values.argmax()), evidence.values.shape)
    left, top, right, bottom = evidence.view.cell_box(int(row), int(column), *evidence.values.shape)
    place = ((left + right) / 2 / photo.width, (top + bottom) / 2 / photo.height)
    scale = Scale(low=0.0, high=float(evidence.values.max()))
    return PlaceQuestion(
        prompt=f"{model.spec.title} says “{best.label}”. Where on the photo does it look for that? Tap the place.",
        right=(min(1.0, max(0.0, place[0])), min(1.0, max(0.0, place[1]))),
        because=f"The strongest evidence for {best.label} lies at the ring, by Grad-CAM at the last convolution.",
        **picture_of(name),
        solution_picture=_jpeg(overlay(photo.image, evidence.values, evidence.view, scale=scale, longest=LONGEST)),
    )


def most_parameters(name: str) -> ClassQuestion:
    """Which block has most parameters?"""
    network = chosen.chosen_spec()
    blocks = [block for block in plan(network).blocks if block.spec]
    most = max(blocks, key=lambda block: block.params)
    others = [block for block in blocks if block.params < most.params]
    if not others:
        raise ClassroomError(f"All blocks of {network.title} have equally many parameters; there is nothing to ask.")
    picked = random.Random(network.title).sample(others, min(OPTIONS - 1, len(others)))
    shown = sorted([most, *picked], key=blocks.index)
    return ChoiceQuestion(
        prompt=f"Which of these blocks of {network.title} has most parameters?",
        options=tuple(block_title(block) for block in shown),
        right=shown.index(most),
        because="; ".join(f"{block.id} has {block.params:,}" for block in shown)
        + ". A convolution has a filter for each pair of a channel in and a channel out"
        + (", a depthwise one a filter for each channel." if any(block.kind == "mbconv" for block in shown) else "."),
    )


def open_or_closed(name: str) -> ClassQuestion:
    """Is this gate open or closed?"""
    model, photo, gates = _gates(name)
    block = _chosen_block(gates)
    clear = [channel for channel, gate in enumerate(gates[block]) if not CLOSED < gate < OPEN]
    if not clear:
        raise ClassroomError(f"No gate of block {block} is clearly open or closed on this photo; choose another block.")
    channel = random.Random(photo.digest + block).choice(clear)
    gate = float(gates[block][channel])
    return ChoiceQuestion(
        prompt=f"Is the gate of channel {channel} in block {block} of {model.spec.title} open or closed on this photo?",
        options=("Open: the channel goes on almost as it is", "Closed: the channel is turned down"),
        right=0 if gate >= OPEN else 1,
        because=f"Its gate is {gate:.2f}: 1 lets the channel pass, 0 shuts it off.",
        **picture_of(name),
    )


def gate_shut(name: str) -> ClassQuestion:
    """What happens to the answer if the most telling gate of the block is shut?"""
    from effnet_viz.explain.surgery import Operation, operate

    model, photo, gates = _gates(name)
    block, run = _chosen_block(gates), models_and_runs.run_of(model, photo)
    best = int(run.probabilities.argmax())
    label = model.class_names[best]
    channel = int(
        numpy.abs(models_and_runs.channel_evidence_of(model, run, f"{block}.se", best).contributions).argmax()
    )
    outcome = operate(model, run, {block: Operation(channels={channel: 0.0})})
    before, after = float(run.probabilities[best]), float(outcome.probabilities[best])
    change = 100 * (after - before)
    winner = int(outcome.probabilities.argmax())
    then = f"; then {model.class_names[winner]} comes first" if winner != best else ""
    return ChoiceQuestion(
        prompt=f"What happens to the probability of {label} if the gate of channel {channel} in block {block} is shut?",
        options=("It rises", f"It stays, within {POINTS} points of a hundred", "It falls"),
        right=1 if abs(change) < POINTS else 0 if change > 0 else 2,
        because=f"It goes from {percent(before)} to {percent(after)}{then}. The gate was "
        f"{float(gates[block][channel]):.2f}; all other gates of the block stay as they were.",
        **picture_of(name),
    )


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A question that the app can ask by itself.

    Attributes:
        title: what it asks, for the teacher's list.
        make: computes it for a photo, by the photo's id.
        of_photo: whether a photo belongs to it.
    """

    title: str
    make: Callable[[str], ClassQuestion]
    of_photo: bool = True


def question(kind: str, photo: str) -> ClassQuestion:
    """A question of `COMPUTED`; where the network has learned nothing, or never saw such pictures, the class reads it.

    Args:
        kind: a key of `COMPUTED`.
        photo: id of a photo, from `photos`.
    """
    computation = COMPUTED[kind]
    if not computation.of_photo:
        return computation.make(ON_SCREEN)
    asked = computation.make(photo)
    provenance = chosen.chosen_model().provenance
    words = UNTRAINED if not provenance.trained else chosen.unfamiliar_photo() and provenance.limits
    return replace(asked, prompt=f"{asked.prompt} {words}") if words else asked


COMPUTED: Mapping[str, Computed] = {
    "where": Computed(title="Where will the network look?", make=where_it_looks),
    "first": Computed(title="Which class will come first?", make=first_class),
    "most": Computed(title="Which block has most parameters?", make=most_parameters, of_photo=False),
    "gate": Computed(title="Is this gate open or closed?", make=open_or_closed),
    "shut": Computed(title="What if this gate is shut?", make=gate_shut),
}


def _gates(name: str):
    model, photo = chosen.chosen_model(), _photo(name)
    gates = models_and_runs.run_of(model, photo).gates
    if not gates:
        raise ClassroomError(f"{model.spec.title} has no gates; choose a network with SE, such as EfficientNet-B0.")
    return model, photo, gates


def _chosen_block(gates: Mapping[str, numpy.ndarray]) -> str:
    """The block that is chosen on the pages, or the last one with gates."""
    block = st.session_state.get("block")
    return block if block in gates else list(gates)[-1]


def _jpeg(image: Image.Image) -> bytes:
    """The picture no larger than a class needs it."""
    small = image.convert("RGB")
    factor = LONGEST / max(small.size)
    how = Image.Resampling.NEAREST if factor > 2 else Image.Resampling.LANCZOS
    return jpeg(small.resize((max(1, round(small.width * factor)), max(1, round(small.height * factor))), how))
