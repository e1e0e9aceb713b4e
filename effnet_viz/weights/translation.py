"""Other projects' checkpoints in this project's names, strictly: all tensors, all shapes, nothing left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.architecture import spec as spec_by_name
from effnet_viz.network import EfficientNet
from effnet_viz.weights.errors import CheckpointError, shorten
from effnet_viz.weights.named_tensors import NamedTensors, read_named_tensors
from effnet_viz.weights.safe_reading import NESTED, check_finite
from effnet_viz.weights.signature import published_signatures, read_signature

_WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "weights",
    "params",
    "module",
    "state_dict_ema",
    "model_ema",
    "ema",
)
_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")
_SHOWN = 4  # names in a message about a checkpoint that does not fit


def unwrap(checkpoint: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state dict inside a checkpoint, and what stood beside it (epoch, architecture, optimizer and so on).

    Args:
        checkpoint: a state dict, or dictionaries that hold one under a usual name such as `state_dict` or `model`.

    Raises:
        CheckpointError: there is no state dict inside.
    """
    beside: dict[str, Any] = {}
    for _ in range(NESTED):  # a dictionary may hold itself
        if not isinstance(checkpoint, Mapping):
            break
        tensors = {str(name): tensor for name, tensor in checkpoint.items() if isinstance(tensor, Tensor)}
        inner = next((name for name in _WRAPPERS if isinstance(checkpoint.get(name), Mapping)), None)
        if inner is None:
            if not tensors:
                break
            return tensors, beside
        beside |= {str(name): value for name, value in checkpoint.items() if name not in _WRAPPERS}
        checkpoint = checkpoint[inner]
    raise CheckpointError("There are no named tensors in this file, so it is not a network's state dict.")


def translate(state_dict: Mapping[str, Any], spec: ModelSpec) -> dict[str, Tensor]:
    """A checkpoint's tensors under the names that `EfficientNet(spec)` has.

    Args:
        state_dict: names of this project, torchvision, timm, efficientnet-pytorch or transformers, wrapped or not.
        spec: the network that is to be filled.

    Raises:
        CheckpointError: it does not fit (the message has the first names and shapes that differ), or holds values
            that are not finite.
    """
    return translate_named(read_named_tensors(unwrap(state_dict)[0]), spec)


def translate_named(named: NamedTensors, spec: ModelSpec, *, features_only: bool = False) -> dict[str, Tensor]:
    """The same for a checkpoint that `read_named_tensors` has read.

    Args:
        named: the checkpoint.
        spec: the network that is to be filled.
        features_only: leave out what stands after the pooling; the classifier is filled with zeros.

    Raises:
        CheckpointError: it does not fit, or holds values that are not finite.
    """
    ids = [block.id for block in spec.block_specs()]
    translated: dict[str, Tensor] = {}
    surplus = [] if features_only else [f"{shorten(name)} {_shape(tensor)}" for name, tensor in named.leftover.items()]
    for (section, name), tensor in named.tensors.items():
        if isinstance(section, int) and section >= len(ids):
            surplus.append(f"{shorten(named.names[section, name])} {_shape(tensor)}")
        elif section == "classifier":
            if not features_only:
                translated[f"classifier.{name}"] = tensor
        else:
            layer = ids[section] if isinstance(section, int) else {"stem": "1", "head": str(spec.head_stage)}[section]
            translated[f"feature_extractor.{layer}.{name}"] = tensor
    if features_only:
        translated["classifier.weight"] = torch.zeros(expected_shapes(spec)["classifier.weight"])
    _check_fit(translated, named, spec, surplus)
    _check_kinds(translated)
    check_finite(translated)
    return translated


def _check_kinds(tensors: Mapping[str, Tensor]) -> None:
    """What is no floating-point number would be made one without a word: half of a complex number, say, would go."""
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() and not name.endswith("num_batches_tracked"):
            kind = str(tensor.dtype).removeprefix("torch.")
            raise CheckpointError(f"{name} holds {kind} values; weights are floating-point numbers, such as float32.")


def expected_shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all tensors in `EfficientNet(spec).state_dict()`, planned, because building takes seconds."""
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in plan(spec, spec.total_stride).layers:
        if layer.id == "classifier":
            shapes |= {"classifier.weight": (spec.num_classes, layer.in_shape[0]), "classifier.bias": layer.out_shape}
        elif layer.kind == "se":
            _, reduce, expand = layer.inner_layers
            for dense in (reduce, expand):
                inputs, outputs = dense.in_shape[0], dense.out_shape[0]
                shapes[f"feature_extractor.{dense.id}.weight"] = (outputs, inputs, 1, 1)
                shapes[f"feature_extractor.{dense.id}.bias"] = (outputs,)
        elif layer.id != "pool":
            name, channels = f"feature_extractor.{layer.id}", layer.out_shape[0]
            inputs = layer.in_shape[0] // layer.groups
            shapes[f"{name}.conv.weight"] = (channels, inputs, layer.kernel, layer.kernel)
            shapes |= {f"{name}.norm.{tensor}": (channels,) for tensor in _BATCH_NORM}
            shapes[f"{name}.norm.num_batches_tracked"] = ()
    return shapes


def load_state_dict(network: EfficientNet, state_dict: Mapping[str, Any]) -> str:
    """Fill a network with a checkpoint's parameters, strictly and in place.

    Args:
        network: what to fill; it keeps its device and type.
        state_dict: names of this project, torchvision, timm, efficientnet-pytorch or transformers, wrapped or not.

    Returns:
        Whose names were recognised: `effnet_viz`, `torchvision`, `timm`, `efficientnet-pytorch` or `transformers`.

    Raises:
        CheckpointError: a ValueError; the checkpoint does not fit, and the network is as it was.
    """
    named = read_named_tensors(unwrap(state_dict)[0])
    network.load_state_dict(translate_named(named, network.spec))
    return named.naming.name


def _check_fit(translated: dict[str, Tensor], named: NamedTensors, spec: ModelSpec, surplus: list[str]) -> None:
    """Complete what may be absent, and refuse what differs."""
    expected = expected_shapes(spec)
    for name, shape in expected.items():
        if name not in translated and name.endswith("num_batches_tracked"):
            translated[name] = torch.zeros(shape, dtype=torch.int64)
    if "classifier.weight" in translated and "classifier.bias" not in translated:
        translated["classifier.bias"] = torch.zeros(expected["classifier.bias"])

    missing = [f"{name} {shape}" for name, shape in expected.items() if name not in translated]
    surplus += [f"{shorten(name)} {_shape(tensor)}" for name, tensor in translated.items() if name not in expected]
    different = [
        f"{name} is {_shape(translated[name])}, not {shape}"
        for name, shape in expected.items()
        if name in translated and tuple(translated[name].shape) != shape
    ]
    if missing or surplus or different:
        findings = [_some("other shapes", different), _some("missing", missing), _some("surplus", surplus)]
        raise CheckpointError(
            f"The checkpoint ({named.naming.label} names{_other_variant(named, spec)}) does not fit "
            f"{spec.title} with {spec.num_classes} classes: {'; '.join(filter(None, findings))}."
        )


def _other_variant(named: NamedTensors, spec: ModelSpec) -> str:
    """Which published variant the tensors are those of, where it is another one."""
    try:
        name = published_signatures().get(read_signature(named))
    except CheckpointError:
        return ""
    return f", tensors of {spec_by_name(name).title}" if name not in (None, spec.name) else ""


def _some(title: str, items: list[str]) -> str:
    if not items:
        return ""
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return f"{title}: {', '.join(items[:_SHOWN])}{more}"


def _shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)
