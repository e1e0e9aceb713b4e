"""What the evidence page computes: once for all; slow things on request, with an estimate, a bar and a way out."""

from __future__ import annotations

import functools
import io
import json
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from PIL import Image

from effnet_viz.draw.evidence_pictures import Look, evidence_picture, over_input
from effnet_viz.explain import Capture, ClassEvidence, Model
from effnet_viz.explain.methods import METHODS, evidence_of
from effnet_viz.explain.methods.batches import Progress
from effnet_viz.images import Photo
from effnet_viz.ui.bounded import BoundedCache
from effnet_viz.ui.furniture import error_sentence

Value = TypeVar("Value")
EVIDENCE_BYTES = 200 * 2**20
CACHED = {"max_entries": 256, "ttl": 3600, "show_spinner": False}
LONGEST = 1000  # pixels, longer side of the large picture
TELL_EVERY = 0.1  # seconds between two moves of a bar: more would keep the browser busy with nothing else
PATIENCE = 3.0  # seconds; what takes longer waits for a click


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What the visitor asks: of which network, about which photo, for which class, at which layer."""

    model: Model
    photo: Photo
    run: Capture
    target: int
    against: int | None
    layer: str

    def key(self, method: str) -> tuple[Hashable, ...]:
        """Stands for a method's map in caches."""
        layer = self.layer if METHODS[method].layered else "input"
        return self.model.key, self.photo.digest, self.target, self.against, layer, method

    @property
    def label(self) -> str:
        """The class's name."""
        return self.model.class_names[self.target]

    @property
    def why(self) -> str:
        """What the map is to explain."""
        if self.against is None:
            return self.label
        return f"{self.label} rather than {self.model.class_names[self.against]}"

    @property
    def probability(self) -> float:
        """Of the class, on the whole photo."""
        return float(self.run.probabilities[self.target])

    @property
    def prefix(self) -> str:
        """Beginning of the names of downloaded files."""
        return f"{self.model.spec.name}_{self.target}_{self.layer}"


def mistakes_as_sentences(view: Callable[[Asked], None]) -> Callable[[Asked], None]:
    """A part of the page that says what is wrong and lets the rest go on; a fragment's errors reach nobody else."""

    @functools.wraps(view)
    def shown(asked: Asked) -> None:
        try:
            view(asked)
        except (ValueError, RuntimeError) as error:
            error_sentence(error)

    return shown


@st.cache_resource
def _kept() -> BoundedCache[Any]:
    return BoundedCache(EVIDENCE_BYTES, _bytes_of)


def _bytes_of(found: Any) -> int:
    return found.values.nbytes if isinstance(found, ClassEvidence) else 2**16


class _Absent(Exception):
    """Nothing is kept under a key."""


def _refuse() -> Any:
    raise _Absent


def kept(key: tuple[Hashable, ...]) -> Any:
    """What was computed before, or None."""
    try:
        return _kept().get(key, _refuse)
    except _Absent:
        return None


def keep(key: tuple[Hashable, ...], value: Value) -> Value:
    """Keep a value for everybody who asks the same."""
    return _kept().get(key, lambda: value)


def quick_evidence(asked: Asked, method: str = "grad_cam") -> ClassEvidence:
    """The map of a method that takes about one run of the network.

    Raises:
        ValueError: the method cannot be had here, or the weights are not numbers.
    """
    return _kept().get(asked.key(method), lambda: compute(asked, method))


def compute(asked: Asked, method: str, progress: Progress = lambda share: None) -> ClassEvidence:
    """A method's map, computed now."""
    return evidence_of(
        asked.model, asked.run, method, target=asked.target, against=asked.against, layer=asked.layer, progress=progress
    )


def evidence_or_offer(asked: Asked, method: str, place: str) -> ClassEvidence | None:
    """The map if it is quick or kept; else an offer to compute it, and the map once that is taken up.

    Args:
        asked: the question.
        method: name of the method.
        place: tells several offers on a page apart.
    """
    chosen = METHODS[method]
    if reason := chosen.missing(asked.model, block_name(asked)):
        st.info(reason, icon=":material/info:")
        return None
    if not chosen.slow:
        return quick_evidence(asked, method)
    seconds = passes_of(asked, method) * seconds_a_pass(asked.model, asked.run)
    return on_request(
        asked.key(method), seconds, lambda progress: compute(asked, method, progress), label="Compute", place=place
    )


def block_name(asked: Asked) -> str:
    """The block of the chosen layer."""
    from effnet_viz.explain.capture import block_of

    return block_of(asked.model, asked.layer)


def on_request(
    key: tuple[Hashable, ...], seconds: float, work: Callable[[Progress], Value], *, label: str, place: str
) -> Value | None:
    """Something slow: kept values at once, else a button with an estimate, then a bar and a way out.

    The bar is a Streamlit call, so a click on Stop, or anywhere else, ends the work at the next one.

    Args:
        key: stands for the value.
        seconds: estimate.
        work: computes the value and tells its progress.
        label: of the button.
        place: tells several buttons on a page apart.
    """
    if (found := kept(key)) is not None:
        return found
    slot = st.empty()
    with slot.container(horizontal=True, vertical_alignment="center"):
        wanted = st.button(
            f"{label} ({duration(seconds)})", key=f"start_{place}", icon=":material/play_arrow:", type="primary"
        )
    if seconds > PATIENCE and not wanted:
        return None
    slot.empty()
    with slot.container():
        st.button("Stop", key=f"stop_{place}", icon=":material/stop:")
        bar = st.progress(0.0, text=f"{label}: {duration(seconds)}")
        began = told = time.monotonic()

        def progress(share: float) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told < TELL_EVERY:
                return
            told = now
            left = (now - began) * (1 - share) / max(share, 1e-6)
            bar.progress(min(1.0, share), text=f"{label}: {duration(left)} left")

        value = keep(key, work(progress))
    slot.empty()
    return value


def passes_of(asked: Asked, method: str) -> int:
    """How many runs of the network a method takes."""
    from effnet_viz.explain.question import question_of

    return METHODS[method].passes(question_of(asked.model, asked.run, asked.target, asked.against, asked.layer))


def seconds_a_pass(model: Model, run: Capture) -> float:
    """How long one photo takes this network on this machine now, in batches as slow methods run them."""
    return _seconds_a_pass(model.key, run.input.shape[-1], model)


@st.cache_data(max_entries=64, ttl=600, show_spinner=False)
def _seconds_a_pass(model_key: str, side: int, _model: Model) -> float:
    from effnet_viz.explain.methods.batches import batch_size
    from effnet_viz.explain.timing import seconds_a_pass

    return seconds_a_pass(_model, side, batch_size(_model, side))


def duration(seconds: float) -> str:
    """A time for people: `about 20 s`, `about 3 min`."""
    if seconds < 1.5:
        return "about a second"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"


def large_picture(asked: Asked, method: str, evidence: ClassEvidence, look: Look) -> bytes:
    """The evidence over the whole photo, as JPEG."""
    return _picture(asked.key(method), look, "JPEG", evidence, asked.photo)


def large_png(asked: Asked, method: str, evidence: ClassEvidence, look: Look) -> bytes:
    """The same as PNG, for downloads."""
    return _picture(asked.key(method), look, "PNG", evidence, asked.photo)


@st.cache_data(**CACHED)
def _picture(key: tuple[Hashable, ...], look: Look, form: str, _evidence: ClassEvidence, _photo: Photo) -> bytes:
    return encoded(evidence_picture(_photo.image, _evidence.values, _evidence.view, look, longest=LONGEST), form)


def small_picture(asked: Asked, method: str, evidence: ClassEvidence, signed: bool, side: int = 360) -> bytes:
    """The evidence over the square that the network saw, as JPEG."""
    return _small_picture(asked.key(method), signed, side, evidence, asked)


@st.cache_data(**CACHED)
def _small_picture(
    key: tuple[Hashable, ...], signed: bool, side: int, _evidence: ClassEvidence, _asked: Asked
) -> bytes:
    seen = _asked.model.preprocessing.input_image(_asked.photo)
    return encoded(over_input(seen, _evidence.values, signed=signed, side=side), "JPEG")


def encoded(image: Image.Image, form: str = "JPEG") -> bytes:
    """A picture as JPEG or PNG."""
    buffer = io.BytesIO()
    image.save(buffer, form, **({"quality": 90} if form == "JPEG" else {"compress_level": 1}))
    return buffer.getvalue()


def raw_map(evidence: ClassEvidence) -> bytes:
    """The map and what belongs to it as an NPZ archive."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        values=evidence.values,
        target=evidence.target,
        layer=evidence.layer,
        method=evidence.method,
        against=-1 if evidence.against is None else evidence.against,
        box=np.array(evidence.view.box),
        photo_size=np.array(evidence.view.photo_size),
    )
    return buffer.getvalue()


def settings(asked: Asked, method: str, look: Look) -> str:
    """Everything that is needed to make the picture again, as JSON."""
    return json.dumps(
        {
            "network": asked.model.spec.title,
            "weights": asked.model.provenance.label,
            "photo": asked.photo.name,
            "photo_sha256": asked.photo.digest,
            "class": asked.label,
            "target": asked.target,
            "against": asked.against,
            "layer": asked.layer,
            "method": method,
            "probability": asked.probability,
            "look": look.__dict__,
        },
        indent=2,
    )
