"""Which network a checkpoint holds, found from its tensors; what they cannot tell is assumed, and said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from torch import Tensor

from effnet_viz.architecture import ModelSpec, list_variants, spec, with_origin
from effnet_viz.images.preprocessing import Preprocessing
from effnet_viz.weights.catalogue import WeightSet, weight_sets
from effnet_viz.weights.errors import CheckpointError, shorten
from effnet_viz.weights.named_tensors import NamedTensors, read_named_tensors
from effnet_viz.weights.namings import NAMINGS, Section
from effnet_viz.weights.published_sets import IMAGENET
from effnet_viz.weights.signature import published_signatures, read_signature
from effnet_viz.weights.translation import translate_named, unwrap
from effnet_viz.weights.unpublished import unpublished_network

MOST_CLASSES = 100_000
"""More than anybody trains; every picker of a class sends all their names, and a million took two seconds a page."""

_ACTIVATIONS = {"silu": "SiLU", "relu6": "ReLU6", "relu": "ReLU"}
_PADDING = {
    "torchvision": "symmetric padding, as torchvision",
    "timm": "symmetric padding, as timm's own networks",
    "google": "TensorFlow's SAME padding, as Google's weights (timm's tf_ networks)",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """A checkpoint, understood.

    Attributes:
        spec: the network that it fills; with one output, always 0, where the checkpoint has no classifier.
        naming: whose names the tensors have, a key of `NAMINGS`.
        preprocessing: the preprocessing that is assumed.
        assumptions: sentences about what the tensors do not tell.
        has_classifier: whether predictions can be made; features can be shown in any case.
    """

    spec: ModelSpec
    naming: str
    preprocessing: Preprocessing
    assumptions: tuple[str, ...]
    has_classifier: bool
    _named: NamedTensors = field(repr=False)

    @property
    def naming_label(self) -> str:
        """Whose names the tensors have, for people."""
        return NAMINGS[self.naming].label

    @cached_property
    def looks_fresh(self) -> bool:
        """Whether every batch norm still has the statistics it is made with: the network has never seen a picture."""
        tensors = self._named.tensors.items()
        means = [tensor for (_, name), tensor in tensors if name.endswith("running_mean")]
        variances = [tensor for (_, name), tensor in tensors if name.endswith("running_var")]
        return (
            bool(means) and not any(mean.any() for mean in means) and all((values == 1).all() for values in variances)
        )

    @cached_property
    def fresh_ends(self) -> bool:
        """Whether all gates and the classifier still have the values that layers are made with."""
        tensors = self._named.tensors
        layers = [key for key in tensors if key[1] in ("se.reduce.weight", "se.expand.weight")]
        layers += [key for key in [("classifier", "weight")] if key in tensors]
        return self.spec.has_se and bool(layers) and all(self._just_made(*layer) for layer in layers)

    def _just_made(self, section: Section, name: str) -> bool:
        """A bias of zeros, as torchvision begins, or PyTorch's even spread up to 1 over the root of the inputs."""
        weight = self._named.tensors[section, name].flatten(1)
        bias = self._named.tensors.get((section, name.replace("weight", "bias")))
        if bias is None:
            return False
        if not bias.any():
            return True
        bound = weight.shape[1] ** -0.5 * (1 + 1e-4)
        within = bool((weight.abs() <= bound).all() and (bias.abs() <= bound).all())
        even = abs(float(weight.std(unbiased=False)) / bound * 3**0.5 - 1)  # 0 for a uniform distribution
        return within and even < 4 / weight.numel() ** 0.5

    @cached_property
    def state_dict(self) -> dict[str, Tensor]:
        """The tensors under the names of `EfficientNet(self.spec)`.

        Raises:
            CheckpointError: some have other shapes than the network needs, or are missing.
        """
        return translate_named(self._named, self.spec, features_only=not self.has_classifier)


def detect(checkpoint: Any, *, origin: str | None = None, resolution: int | None = None) -> Detection:
    """Find out which network a checkpoint holds.

    Args:
        checkpoint: what `read_checkpoint` gave, or any state dict, wrapped or not.
        origin: whose padding and batch-norm epsilon to take, where the assumption is wrong.
        resolution: side of the square input, in pixels, where the assumption is wrong.

    Raises:
        CheckpointError: it is no EfficientNet, or one that cannot be built here.
        ValueError: the origin does not exist.
    """
    state_dict, beside = unwrap(checkpoint)
    named = read_named_tensors(state_dict)
    sizes = read_signature(named)
    assumptions: list[str] = []
    variant = published_signatures().get(sizes)
    network = spec(variant) if variant else unpublished_network(sizes, named, assumptions)
    network = _with_origin(network, named, beside, origin, assumptions)

    weights = _plainest_weights(network)
    preprocessing = _preprocessing(network, weights, resolution)
    channels = named.tensors["stem", "conv.weight"].shape[1]
    network = _with_sizes(network, resolution=preprocessing.crop, in_channels=channels)
    assumptions.append(_preprocessing_sentence(preprocessing, weights if resolution is None else None))
    if not network.has_se:
        assumptions.append(f"Activations are not stored; {_ACTIVATIONS[network.activation]} is assumed.")

    _refuse_foreign_blocks(named)
    extra = tuple(dict.fromkeys(shorten(name.rpartition(".")[0]) for name in named.leftover))
    classifier = named.shape("classifier", "weight")
    if extra and classifier:  # the first of several layers has the classifier's name
        extra = (named.names["classifier", "weight"].rpartition(".")[0], *extra)
    has_classifier = classifier is not None and not extra
    if not has_classifier:
        assumptions.append(_no_classifier_sentence(extra))
    elif named.shape("classifier", "bias") is None:
        assumptions.append("The classifier has no bias.")
    if named.outside:
        names = ", ".join(shorten(name) for name in list(named.outside)[:3])
        assumptions.append(f"Tensors outside the network were left aside ({len(named.outside)}): {names}.")
    classes = classifier[0] if classifier and has_classifier else 1
    if classes > MOST_CLASSES:
        raise CheckpointError(f"The classifier has {classes:,} classes; networks of up to {MOST_CLASSES:,} are opened.")
    network = _with_sizes(network, num_classes=classes)
    return Detection(
        spec=network,
        naming=named.naming.name,
        preprocessing=preprocessing,
        assumptions=tuple(assumptions),
        has_classifier=has_classifier,
        _named=named,
    )


def _with_sizes(network: ModelSpec, **sizes: int) -> ModelSpec:
    """The network with sizes that its tensors have; those that nothing can have are the checkpoint's mistake."""
    try:
        return network.replace(**sizes)
    except ValueError as error:
        raise CheckpointError(f"{error} The checkpoint's tensors ask for that.") from error


def _refuse_foreign_blocks(named: NamedTensors) -> None:
    """Layers inside a block that no EfficientNet has would be left out, and every map behind them would be wrong."""
    foreign = [name for name in named.leftover if named.naming.block.fullmatch(name.removeprefix(named.prefix))]
    if foreign:
        modules = list(dict.fromkeys(shorten(name.rpartition(".")[0]) for name in foreign))
        more = f" and {len(modules) - 3} more" if len(modules) > 3 else ""
        raise CheckpointError(
            f"The blocks of this network have layers that no EfficientNet has ({', '.join(modules[:3])}{more}); "
            "without them its maps and answers would be wrong, so it was not opened."
        )


def _with_origin(
    network: ModelSpec, named: NamedTensors, beside: dict[str, Any], origin: str | None, assumptions: list[str]
) -> ModelSpec:
    """Padding and batch-norm epsilon, which no tensor shows."""
    if origin is not None:
        return with_origin(network, origin)
    naming = named.naming.name
    architecture = str(beside.get("arch", ""))  # timm's training script notes it
    if naming == "torchvision":
        assumed = "torchvision" if _has_origin(network, "torchvision") else "timm"
    elif naming in ("efficientnet-pytorch", "transformers"):
        assumed = "google"
    elif naming == "effnet_viz":
        assumed = network.origin
    elif architecture:
        assumed = "google" if architecture.startswith("tf_") else "timm"
    else:
        origins = (
            {weights.origin for weights in weight_sets(network.name)} if network.name in list_variants() else set()
        )
        assumed = "google" if "google" in origins and "timm" not in origins else "timm"
    if naming == "effnet_viz" or (naming == "timm" and not architecture):
        assumptions.append(f"The names do not tell the padding at stride 2; {_PADDING[assumed]}, is assumed.")
    return with_origin(network, assumed) if assumed != network.origin else network


def _has_origin(network: ModelSpec, origin: str) -> bool:
    try:
        with_origin(network, origin)
    except ValueError:
        return False
    return True


def _plainest_weights(network: ModelSpec) -> WeightSet | None:
    """The set of published weights whose preprocessing a person's own training most probably kept."""
    if network.name not in list_variants():
        return None
    sets = [weights for weights in weight_sets(network.name) if weights.origin == network.origin]
    return sets[-1] if sets else None


def _preprocessing(network: ModelSpec, weights: WeightSet | None, resolution: int | None) -> Preprocessing:
    if weights and resolution is None:
        return weights.preprocessing
    crop = resolution or network.resolution
    mean, std = (weights.preprocessing.mean, weights.preprocessing.std) if weights else IMAGENET
    return Preprocessing(resize=math.floor(crop / 0.875), crop=crop, interpolation="bicubic", mean=mean, std=std)


def _preprocessing_sentence(preprocessing: Preprocessing, weights: WeightSet | None) -> str:
    like = f", as for this variant's own weights ({weights.label})" if weights else ""
    kind = "0.5" if preprocessing.mean == (0.5, 0.5, 0.5) else "ImageNet's mean"
    return (
        f"A checkpoint does not store its preprocessing; {preprocessing.crop} pixels, normalised by {kind}, "
        f"are assumed{like}."
    )


def _no_classifier_sentence(extra: tuple[str, ...]) -> str:
    if not extra:
        return "The checkpoint has no classifier: features can be shown, predictions cannot."
    more = f" and {len(extra) - 4} more" if len(extra) > 4 else ""
    return (
        f"The checkpoint has layers of its own in place of the classifier ({', '.join(extra[:4])}{more}): features "
        "can be shown, predictions cannot."
    )
