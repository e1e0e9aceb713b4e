"""What the visitor has chosen: network, weights, device, photo. Reading a choice of structure imports no torch."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from effnet_viz.architecture import ModelSpec, list_variants, spec
from effnet_viz.images import Photo, PhotoError, open_photo, open_sample, samples
from effnet_viz.ui.session import drawn_pictures, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.weights.catalogue import WeightSet, best_on_this_machine, on_this_machine, weight_sets
from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.memory import MemoryShortage, memory_needed

if TYPE_CHECKING:
    from effnet_viz.explain import Capture, Model

DEFAULT_VARIANT = "lite0"  # its ImageNet weights come with the installation
CUSTOM, CHECKPOINT, KEPT, UNTRAINED = "custom", "checkpoint", "kept", "untrained"
ASK_ABOVE_BYTES = 2 * 10**9  # V2-XL and L2; everything smaller loads unasked
OWN = {CUSTOM: "custom_spec", CHECKPOINT: "checkpoint", KEPT: "kept_network"}  # of this session alone; its key there
UNFAMILIAR = (
    "This network has only ever seen drawn shapes, so its answers to photos mean nothing. For photos choose a network "
    "with ImageNet weights."
)
OWN_PHOTO = "own"  # stands for an upload in the address, which carries none


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint that a visitor has opened.

    Attributes:
        source: its content, or where it lies on the server: nobody needs a copy of that.
        digest: stands for the content.
    """

    source: bytes | Path
    digest: str


def variant_options() -> list[str]:
    """What the network picker offers: every variant, and the visitor's own where there is one."""
    return [own for own, key in OWN.items() if key in st.session_state] + list_variants()


def variant_title(variant: str) -> str:
    """An option of the network picker in words."""
    if variant == CUSTOM:
        return f"Your own: {st.session_state['custom_spec'].title}"
    return {CHECKPOINT: "Your checkpoint", KEPT: "Trained by you"}.get(variant) or spec(variant).title


def chosen_variant() -> str:
    """Name of the chosen variant, `custom` or `checkpoint`."""
    chosen = st.session_state.get("variant", DEFAULT_VARIANT)
    here = OWN[chosen] in st.session_state if chosen in OWN else chosen in list_variants()
    return chosen if here else DEFAULT_VARIANT


def sets_of(variant: str) -> dict[str, WeightSet]:
    """Sets of trained weights of a variant by name, those on this machine first; none for the visitor's own."""
    if variant in OWN:
        return {}
    return {
        weights.name: weights
        for weights in sorted(weight_sets(variant), key=lambda weights: not on_this_machine(weights))
    }


def default_weights(variant: str) -> str:
    """The best set on this machine, else untrained."""
    best = None if variant in OWN else best_on_this_machine(variant)
    return UNTRAINED if best is None else best.name


def chosen_weights() -> WeightSet | None:
    """The chosen set of trained weights, also if it still has to be downloaded; None for untrained."""
    variant = chosen_variant()
    return sets_of(variant).get(st.session_state.get("weights") or default_weights(variant))


def chosen_spec() -> ModelSpec:
    """The chosen network, with the numerics and resolution of its weights."""
    variant = chosen_variant()
    if variant == CUSTOM:
        return st.session_state["custom_spec"]
    if variant in (CHECKPOINT, KEPT):
        return chosen_model().spec
    weights = chosen_weights()
    return spec(variant) if weights is None else weights.spec


def chosen_model() -> Model:
    """The chosen network with its weights, loaded once for everybody; untrained while a download is outstanding."""
    variant, device = chosen_variant(), st.session_state.get("device", "auto")
    if variant == KEPT:
        content = st.session_state["kept_network"]
        return models_and_runs.trained_model(_digest(content), content)
    if variant == CHECKPOINT:
        return checkpoint_model()
    _ask_first(chosen_spec())
    weights = chosen_weights()
    name = weights.name if weights is not None and on_this_machine(weights) else UNTRAINED
    return _within_memory(lambda device: models_and_runs.model_of(chosen_spec(), name, device), device)


def checkpoint_model() -> Model:
    """The model in the checkpoint that this session has opened, whatever network is chosen."""
    return _model_in(st.session_state["checkpoint"])


def chosen_key() -> tuple[Hashable, ...]:
    """Stands for the chosen network with its weights, which is not loaded for it."""
    if chosen_variant() in (CHECKPOINT, KEPT):
        return (chosen_model().key,)
    weights = chosen_weights()
    here = weights is not None and on_this_machine(weights)
    return chosen_spec(), weights.name if here else UNTRAINED, st.session_state.get("device", "auto")


def chosen_photo() -> Photo:
    """The chosen photo: uploaded, taken, bundled, or for the shapes networks generated."""
    task = chosen_task()
    if task is not None and not own_photo_chosen():
        return drawn_pictures.picture(st.session_state.get("picture", drawn_pictures.FIRST_SEED), task)
    if own_photo_chosen():
        return st.session_state["own_photo"]
    return sample_photo(chosen_sample())


def chosen_task() -> str | None:
    """The task of the drawn pictures that the chosen network was trained on; None where photos are its pictures."""
    if chosen_variant() == KEPT:
        return drawn_pictures.task_of(chosen_model())
    if chosen_variant() == CHECKPOINT:
        return _task_of_checkpoint()
    if chosen_variant() not in drawn_pictures.VARIANTS:
        return None
    weights = chosen_weights()
    return drawn_pictures.DEFAULT_TASK if weights is None else weights.name


def _task_of_checkpoint() -> str | None:
    """That of a file which this project's training wrote; of one that cannot be opened the page speaks."""
    try:
        model = chosen_model()
    except (ValueError, RuntimeError):
        return None
    return drawn_pictures.task_of(model) if model.provenance.limits else None


def unfamiliar_photo() -> str:
    """What is said where a network that has only ever seen drawn shapes looks at a photo; nothing elsewhere."""
    if not own_photo_chosen() or chosen_task() is None:
        return ""
    return UNFAMILIAR


def chosen_sample() -> str:
    """Name of the bundled photo that is chosen, the first by default."""
    names = [sample.name for sample in samples()]
    asked = st.session_state.get("photo")
    return asked if asked in names else names[0]


def photo_name() -> str:
    """Stands for the chosen photo, which is not opened for it."""
    if own_photo_chosen():
        return st.session_state["own_photo"].digest
    return f"{chosen_sample()} {st.session_state.get('picture', drawn_pictures.FIRST_SEED)}"


def photo_alt() -> str:
    """The chosen photo in words, for people who do not see it."""
    if own_photo_chosen():
        return f"Your photo, {st.session_state['own_photo'].name}"
    if chosen_task() is not None:
        return chosen_photo().name
    return next(sample.alt for sample in samples() if sample.name == chosen_sample())


def keep_photo(content: bytes, name: str) -> str | None:
    """Take an upload as the photo of this session; returns what is wrong with it, or None.

    Args:
        content: of the image file.
        name: of the file, shown as the photo's name.
    """
    try:
        st.session_state["own_photo"] = open_photo(content, name=name)
    except PhotoError as error:
        return str(error)
    return None


def chosen_run() -> tuple[Model, Photo, Capture]:
    """Model, photo and the one run of the model on the photo; on the CPU where the GPU has no memory left for it."""
    model, photo = chosen_model(), chosen_photo()
    try:
        return model, photo, models_and_runs.run_of(model, photo)
    except RuntimeError as error:
        model = _after_out_of_memory(error, model.device)
        return model, photo, models_and_runs.run_of(model, photo)


def keep_checkpoint(source: bytes | Path) -> str | None:
    """Take a checkpoint as this session's; returns what is wrong with it, or None. What is refused is not kept.

    Args:
        source: its content, or its file on the server.
    """
    if isinstance(source, Path):
        state = source.stat()
        given = Checkpoint(source=source, digest=_digest_of_file(source, state.st_size, state.st_ctime_ns))
    else:
        given = Checkpoint(source=source, digest=_digest(source))
    try:
        _model_in(given)
    except (CheckpointError, MemoryShortage) as error:
        return str(error)
    except ValueError:
        pass  # its class names do not fit: said on every page, until there are others
    st.session_state["checkpoint"] = given
    return None


def needs_permission(network: ModelSpec) -> int:
    """Bytes that a very large network takes and that nobody has allowed yet; 0 where there is nothing to ask."""
    needed = memory_needed(network)
    return needed if needed > ASK_ABOVE_BYTES and network not in st.session_state.get("allowed", ()) else 0


def allow(network: ModelSpec) -> None:
    """Note that the visitor wants a very large network for real."""
    st.session_state["allowed"] = {*st.session_state.get("allowed", ()), network}


def first_model() -> Model:
    """The network of the first screen, which the server loads while it starts."""
    weights = sets_of(DEFAULT_VARIANT)[default_weights(DEFAULT_VARIANT)]
    return models_and_runs.model_of(weights.spec, weights.name, "auto")


def _model_in(checkpoint: Checkpoint) -> Model:
    """The model in a checkpoint, with the class names, numerics and resolution that the visitor has given."""
    names = st.session_state.get("checkpoint_names_content")
    origin, resolution = st.session_state.get("checkpoint_origin"), st.session_state.get("checkpoint_resolution")
    source = checkpoint.source
    names_digest, name = "" if names is None else _digest(names), source.name if isinstance(source, Path) else ""
    return _within_memory(
        lambda place: models_and_runs.checkpoint_model(
            checkpoint.digest, origin, resolution, names_digest, place, name, source, names
        ),
        st.session_state.get("device", "auto"),
    )


def _ask_first(network: ModelSpec) -> None:
    needed = needs_permission(network)
    if needed:
        raise ValueError(
            f"{network.title} takes about {needed / 1e9:.1f} GB of memory to run. Its structure pages "
            "need none of it; to see it at work, press Allocate on the left."
        )


def own_photo_chosen() -> bool:
    """Whether the chosen photo is one that this visitor brought."""
    return st.session_state.get("photo_source") in ("Upload", "Camera") and "own_photo" in st.session_state


def _within_memory(load, device: str) -> Model:
    try:
        return load(device)
    except RuntimeError as error:
        _to_cpu(error, device)
        return load("cpu")


def _after_out_of_memory(error: RuntimeError, device: str) -> Model:
    _to_cpu(error, device)
    return chosen_model()


def _to_cpu(error: RuntimeError, device: str) -> None:
    """Continue on the CPU after a GPU had no memory left, and say so; any other error goes on."""
    from effnet_viz.network import is_out_of_memory, release_memory

    if device == "cpu" or not is_out_of_memory(error):
        raise error
    release_memory()
    st.session_state["device"] = "cpu"
    st.toast("The GPU had no memory left for this network, so it now runs on the CPU.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@kept
def _digest_of_file(path: Path, size: int, changed_ns: int) -> str:
    return models_and_runs.digest_of_file(path)


@kept
def sample_photo(name: str) -> Photo:
    """A bundled photo, opened once for everybody."""
    return open_sample(name)
