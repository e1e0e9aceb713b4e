"""From a name or a file to a model that is ready to explain: network, trained parameters, preprocessing, names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from effnet_viz.architecture import ModelSpec
from effnet_viz.architecture import spec as spec_by_name
from effnet_viz.explain import Model, Provenance
from effnet_viz.images import Preprocessing
from effnet_viz.network import build, for_inference, resolve_device
from effnet_viz.training.checkpoint import network_inside, read_trained_checkpoint, task_inside
from effnet_viz.training.tasks import task_named
from effnet_viz.weights.catalogue import WeightSet, best_on_this_machine, path_on_this_machine, weight_set
from effnet_viz.weights.class_names import default_names, imagenet_names, read_class_names
from effnet_viz.weights.detection import Detection, detect
from effnet_viz.weights.download import DownloadProgress
from effnet_viz.weights.memory import check_memory
from effnet_viz.weights.safe_reading import read_checkpoint
from effnet_viz.weights.signature import signature
from effnet_viz.weights.sources import load_weights
from effnet_viz.weights.translation import load_state_dict

NO_CLASSIFIER = "no classifier in this checkpoint"
_FRESH = "Its batch norms still have their first values, so the network was saved before it had learned anything."
_FRESH_ENDS = "Its gates and its classifier still have their first values, so neither has learned anything."


def load(
    network: ModelSpec | str, weights: str = "auto", device: str = "auto", *, progress: DownloadProgress | None = None
) -> Model:
    """A model ready to explain.

    Args:
        network: a variant's name such as `lite0`, or a specification (custom ones have no trained weights).
        weights: `auto` takes the best trained set that is on this machine and fresh parameters where there is none;
            `untrained` takes fresh ones; else the name of a set such as `torchvision-v1`, downloaded if need be.
        device: `auto` (first GPU, else CPU), `cpu`, `cuda:0` ...
        progress: called with bytes here and bytes in all during a download.

    Raises:
        ValueError: no such variant, set or device, or more memory needed than this machine has.
        DownloadError: the set is not here and could not be fetched.
    """
    spec = spec_by_name(network) if isinstance(network, str) else network
    device_name = str(resolve_device(device))
    chosen = _chosen_set(spec, weights)
    if chosen is None:
        return _untrained(spec, device_name)
    check_memory(chosen.spec)
    built = build(chosen.spec)
    built.load_state_dict(load_weights(chosen, progress=progress))
    names = imagenet_names()
    accuracy = "" if chosen.top1 is None else f" Top-1 {chosen.top1:.1f}% on ImageNet."
    if chosen.kind == "trained_here" and (path := path_on_this_machine(chosen)):
        facts = read_trained_checkpoint(path).facts
        names, accuracy = (
            tuple(facts["class_names"]),
            (f" {facts['pictures']:,} pictures seen, {facts['held_out_accuracy']:.1%} of held-out ones right."),
        )
    return Model(
        spec=chosen.spec,
        network=for_inference(built, device_name),
        preprocessing=chosen.preprocessing,
        class_names=names,
        device=device_name,
        key=f"{chosen.variant}/{chosen.name}/{device_name}",
        provenance=Provenance(
            kind=chosen.kind, label=chosen.label, detail=f"{chosen.licence}.{accuracy} {chosen.note}".strip()
        ),
    )


def load_checkpoint(
    checkpoint: str | Path | bytes,
    class_names: str | Path | bytes | None = None,
    origin: str | None = None,
    device: str = "auto",
    *,
    resolution: int | None = None,
) -> Model:
    """A model from somebody's own checkpoint; variant, head, class count and channels are found from the tensors.

    Args:
        checkpoint: path or content of a `.pth`, `.pt`, `.bin` or `.safetensors` file.
        class_names: path or content of a text or JSON file with one name a class; ImageNet's for 1000 classes and
            numbers otherwise where none is given; a file of this project's training brings its own. A checkpoint
            without classifier gets one output that says so.
        origin: `torchvision`, `timm` or `google` where names cannot tell (timm's `tf_` and plain networks share
            theirs).
        device: `auto`, `cpu`, `cuda:0` ...
        resolution: side of the square input, in pixels, where the variant's usual one is not what it was trained at.

    Raises:
        CheckpointError: the file is not a checkpoint of an EfficientNet, or not a safe one; a `ValueError`.
        ValueError: the class names do not fit, or there is no such device.
    """
    detection = detect(read_checkpoint(checkpoint), origin=origin, resolution=resolution)
    source = checkpoint if isinstance(checkpoint, bytes) else Path(checkpoint).read_bytes()
    if origin is None and resolution is None:
        detection = _as_trained(detection, source)
    check_memory(detection.spec)
    built = build(detection.spec)
    built.load_state_dict(detection.state_dict)
    task = task_inside(source)
    if not detection.has_classifier:
        names: tuple[str, ...] = (NO_CLASSIFIER,)
    elif class_names is None:
        names = default_names(detection.spec.num_classes)
        if task is not None and len(task_named(task).class_names) == len(names):
            names = task_named(task).class_names
    else:
        names = read_class_names(class_names, detection.spec.num_classes)
    device_name = str(resolve_device(device))
    # A name may hold a line break, so only JSON tells where one ends.
    both = json.dumps([hashlib.sha256(source).hexdigest(), names])
    digest = hashlib.sha256(both.encode()).hexdigest()[:16]
    fresh = detection.looks_fresh or detection.fresh_ends
    name = "uploaded checkpoint" if isinstance(checkpoint, bytes) else Path(checkpoint).name
    return Model(
        spec=detection.spec,
        network=for_inference(built, device_name),
        preprocessing=detection.preprocessing,
        class_names=names,
        device=device_name,
        key=f"checkpoint/{digest}/{detection.spec.origin}/{detection.spec.resolution}/{device_name}",
        provenance=Provenance(
            kind="untrained" if fresh else "checkpoint" if task is None else "trained_here",
            label=f"{name}, {detection.naming_label} names",
            detail=" ".join(
                [
                    *([_FRESH] if detection.looks_fresh else [_FRESH_ENDS] if detection.fresh_ends else []),
                    *detection.assumptions,
                ]
            ),
        ),
    )


def _as_trained(detection: Detection, source: bytes) -> Detection:
    """Of a file of this project's training what was trained: no tensor shows strides, resolution and preprocessing."""
    network = network_inside(source)
    if network is None or network.family != "shapes" or not detection.has_classifier:
        return detection
    found = detection.spec
    network = network.replace(num_classes=found.num_classes, in_channels=found.in_channels)
    if signature(network) != signature(found):
        return detection
    preprocessing = weight_set("shapes", "shapes").preprocessing
    return replace(detection, spec=network, preprocessing=preprocessing, assumptions=())


def load_trained(content: bytes) -> Model:
    """A model from a file that this project's own training wrote.

    Args:
        content: bytes of the safetensors file.

    Raises:
        ValueError: the file is not one of this project's training, or of another version.
    """
    trained = read_trained_checkpoint(content)
    built = build(trained.spec)
    load_state_dict(built, trained.tensors)
    device_name = str(resolve_device())
    facts = trained.facts
    return Model(
        spec=trained.spec,
        network=for_inference(built, device_name),
        device=device_name,
        preprocessing=weight_set("shapes", "shapes").preprocessing,
        class_names=tuple(facts["class_names"]),
        key=f"trained/{hashlib.sha256(content).hexdigest()[:16]}/{device_name}",
        provenance=Provenance(
            kind="trained_here",
            label=f"trained by you, {facts['held_out_accuracy']:.1%} right on held-out pictures",
            detail=f"{facts['pictures']:,} pictures seen.",
        ),
    )


def _chosen_set(spec: ModelSpec, weights: str) -> WeightSet | None:
    """The set that a name stands for; None for fresh parameters."""
    if weights == "untrained":
        return None
    if spec.family == "custom":
        if weights != "auto":
            raise ValueError(f"weights is {weights!r}; a custom network has no trained weights, only 'untrained'.")
        return None
    return best_on_this_machine(spec.name) if weights == "auto" else weight_set(spec.name, weights)


def _untrained(spec: ModelSpec, device_name: str) -> Model:
    """Fresh parameters, the same in every run, so that a picture seen once can be seen again."""
    check_memory(spec)
    built = build(spec, seed=0)
    # Enlarged a little and cropped, as the published evaluations do.
    preprocessing = Preprocessing(
        resize=round(spec.resolution / 0.875),
        crop=spec.resolution,
        interpolation="bicubic",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    return Model(
        spec=spec,
        network=for_inference(built, device_name),
        preprocessing=preprocessing,
        class_names=default_names(spec.num_classes),
        device=device_name,
        key=f"untrained/{hashlib.sha256(repr(spec).encode()).hexdigest()[:16]}/{device_name}",
        provenance=Provenance(
            kind="untrained",
            label="untrained",
            detail="Fresh random parameters: what is seen shows the arithmetic, not anything learned.",
        ),
    )
