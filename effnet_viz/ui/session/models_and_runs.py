"""What is computed once for everybody: models, runs, encoded pictures. Keys are digests of content, never arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effnet_viz.architecture import ModelSpec
from effnet_viz.images import Photo
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS, kept
from effnet_viz.weights.catalogue import path_on_this_machine, tensor_bytes, weight_set
from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.memory import memory_to_explain, memory_to_load, memory_to_run

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.engine.progress import Progress
    from effnet_viz.explain import Capture, ClassEvidence, Model
    from effnet_viz.explain.channels import ChannelEvidence

CHECKPOINT_COPIES = 3  # of a file's content, at most, while its network is built: as read, as filled, as folded


@kept(networks=True, spinner="Loading the network")
def model_of(spec: ModelSpec, weights: str, device: str) -> Model:
    """The model for a choice in the sidebar.

    Args:
        spec: what the network is built from.
        weights: name of a set of weights, or `untrained`.
        device: `auto`, `cpu`, `cuda:0` ...
    """
    from effnet_viz.loading import load

    with BUDGET.room_for(memory_to_load(spec, filled=weights != "untrained"), spec.title):
        return load(spec, weights=weights, device=device)


@kept(networks=True, spinner="Reading the checkpoint")
def checkpoint_model(
    digest: str,
    origin: str | None,
    resolution: int | None,
    names_digest: str,
    device: str,
    name: str,
    _source: bytes | Path,
    _names: bytes | None,
) -> Model:
    """The model in somebody's checkpoint; the digests stand for the contents.

    Args:
        digest: SHA-256 of the checkpoint.
        origin: `torchvision`, `timm` or `google` where names cannot tell; None finds it.
        resolution: side of the square input, in pixels; None takes the variant's usual one.
        names_digest: SHA-256 of the class names; empty where there are none.
        device: `auto`, `cpu`, `cuda:0` ...
        name: of a file on the server, which the model is called by; empty for an upload.
        _source: the checkpoint's content, or its file on the server.
        _names: text or JSON with one name a class; None takes ImageNet's for 1000 classes, else numbers.

    Raises:
        CheckpointError: it is none, or is not any more what the digest stands for.
    """
    from effnet_viz.loading import load_checkpoint

    try:
        size = len(_source) if isinstance(_source, bytes) else _source.stat().st_size
    except OSError as error:
        raise CheckpointError(f"{name} is not on the server any more; choose another checkpoint.") from error
    with BUDGET.room_for(CHECKPOINT_COPIES * size, "The checkpoint"):
        model = load_checkpoint(_source, class_names=_names, origin=origin, device=device, resolution=resolution)
    if isinstance(_source, Path) and digest_of_file(_source) != digest:
        raise CheckpointError(f"{name} has changed on the server since you chose it: clear the field and choose again.")
    return model


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file as it is now.

    Args:
        path: of the file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@kept(networks=True)
def trained_model(digest: str, _content: bytes) -> Model:
    """The model in a file that this project's training wrote; the digest stands for the content.

    Args:
        digest: SHA-256 of the file.
        _content: the file.
    """
    from effnet_viz.loading import load_trained

    return load_trained(_content)


@kept
def shipped_facts(variant: str, task: str) -> dict[str, Any] | None:
    """What is written in the file of a network trained here: accuracy, pictures seen; None without a file.

    Args:
        variant: name of the network.
        task: name of the task that it was trained on.
    """
    from effnet_viz.training.checkpoint import read_trained_checkpoint

    path = path_on_this_machine(weight_set(variant, task))
    return None if path is None else read_trained_checkpoint(path).facts


def run_of(model: Model, photo: Photo) -> Capture:
    """The one run of a model on a photo that all pages draw from.

    Args:
        model: the network.
        photo: the photo.

    Raises:
        ValueError: the memory cannot be had, or the answer is not made of numbers: then nothing on a page could be.
    """
    from effnet_viz.explain import capture
    from effnet_viz.explain.checks import check_finite

    def run() -> Capture:
        with room_to_run(model):
            seen = capture(model, photo)
        check_finite(seen.logits)
        return seen

    return CACHE.get(("run", model.key, photo.digest), run)


def room_to_run(model: Model, *, maps: bool = True) -> AbstractContextManager[None]:
    """Memory for a run; for the first one also for the weights, which the engine lays out anew.

    Args:
        model: the network.
        maps: whether what the blocks give is kept.
    """
    NETWORKS.in_use(model)  # to make room, others lose their sessions
    weights = 0 if model.runner.nbytes else tensor_bytes(model.spec)
    return BUDGET.room_for(weights + memory_to_run(model.spec, model.preprocessing.crop, maps=maps), model.spec.title)


def evidence_of(
    model: Model,
    run: Capture,
    target: int | None = None,
    layer: str | None = None,
    against: int | None = None,
    method: str = "grad_cam",
) -> ClassEvidence:
    """A map of class evidence by a method that takes about one run, computed once whoever asks, and however.

    Args:
        model: the network.
        run: its run on the photo.
        target: index of the class; None takes the most probable.
        layer: stage, block or step; None takes the final convolution.
        against: index of a second class that is held against the first, or None.
        method: name of the method.

    Raises:
        ValueError: the method cannot be had here, or the weights are not numbers.
    """
    return CACHE.get(
        evidence_key(model, run, target, layer, against, method),
        lambda: explain(model, run, method, target=target, against=against, layer=layer),
    )


def explain(
    model: Model,
    run: Capture,
    method: str,
    *,
    target: int | None,
    against: int | None,
    layer: str | None,
    progress: Progress = lambda share: None,
) -> ClassEvidence:
    """A method's map, computed now, within the memory of the server.

    Args:
        model: the network.
        run: its run on the photo.
        method: name of the method, such as `grad_cam`.
        target: index of the class; None takes the most probable.
        against: index of a second class that is held against the first, or None.
        layer: stage, block or step; None takes the final convolution.
        progress: told which share of the work is done, from 0 to 1.

    Raises:
        ValueError: the method or the memory cannot be had here, or the weights are not numbers.
    """
    from effnet_viz.explain.capture import block_of
    from effnet_viz.explain.methods import METHODS, evidence_from_capture

    chosen = METHODS[method]
    block = block_of(model, layer or str(model.spec.head_stage)) if chosen.layered else run.blocks[0]
    by_gradient = chosen.kind != "perturbation"
    needed = memory_to_explain(model.spec, run.input.shape[-1], block) if by_gradient else 0
    with BUDGET.room_for(needed, f"This map of {model.spec.title}"):
        return evidence_from_capture(model, run, method, target=target, against=against, layer=layer, progress=progress)


def evidence_key(
    model: Model, run: Capture, target: int | None, layer: str | None, against: int | None, method: str
) -> tuple[Hashable, ...]:
    """Stands for a map of class evidence: one key for the same map, also where a default is asked for by its name.

    Args:
        model: the network.
        run: the network's run on the photo.
        target: index of the class; None takes the most probable.
        layer: block that the map is seen from; None takes the final convolution.
        against: index of the class that it is compared with; None compares with nothing.
        method: name of the method, such as `grad_cam`.
    """
    from effnet_viz.explain.capture import output_of
    from effnet_viz.explain.methods import METHODS

    if target is None:
        target = int(run.logits.argmax())
    seen_from = output_of(model, layer or str(model.spec.head_stage)) if METHODS[method].layered else "input"
    return "evidence", model.key, run.photo_digest, target, seen_from, against, method


def channel_evidence_of(model: Model, run: Capture, layer: str, target: int | None = None) -> ChannelEvidence:
    """What each channel of a layer adds to the Grad-CAM map of a class.

    Args:
        model: the network.
        run: the network's run on the photo.
        layer: the layer's id, such as `4.2.se`.
        target: index of the class; None takes the most probable.
    """
    from effnet_viz.explain.channels import channel_evidence

    if target is None:
        target = int(run.logits.argmax())
    return CACHE.get(
        ("channel evidence", model.key, run.photo_digest, layer, target),
        lambda: channel_evidence(model, run, layer, target),
    )
