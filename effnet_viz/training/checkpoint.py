"""Checkpoints of networks trained here: safetensors with what one has to know about them written inside."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from effnet_viz.architecture import ModelSpec, StageSpec
from effnet_viz.architecture import spec as spec_by_name
from effnet_viz.architecture.custom import check_limits
from effnet_viz.training.files import write_atomically
from effnet_viz.training.tasks import TASKS

FORMAT = "effnet-viz-training"
VERSION = "1"


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedCheckpoint:
    """A trained network as it lies in a file.

    Attributes:
        spec: what to build.
        tensors: its parameters by name, for `load_state_dict`.
        facts: what else is known: task, class names, command, seed, pictures seen, held-out accuracy.
    """

    spec: ModelSpec
    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def to_bytes(spec: ModelSpec, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> bytes:
    """A checkpoint as the bytes of a safetensors file, for writing or for a download.

    Args:
        spec: the network's specification.
        tensors: tensors of any shape by name.
        facts: anything JSON can hold.
    """
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "spec": json.dumps(dataclasses.asdict(spec)),
        "facts": json.dumps(dict(facts)),
    }
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, metadata=metadata)


def write_trained_checkpoint(
    path: Path, spec: ModelSpec, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> None:
    """Write a checkpoint; see `to_bytes` and `write_atomically`.

    Args:
        path: the file to replace or create.
        spec: the network's specification.
        tensors: tensors of any shape by name.
        facts: anything JSON can hold.

    Raises:
        OSError: no room, or no right to write; an earlier checkpoint is untouched.
    """
    contents = to_bytes(spec, tensors, facts)
    write_atomically(path, lambda file: file.write(contents))


def read_trained_checkpoint(source: Path | bytes) -> TrainedCheckpoint:
    """Read a checkpoint that `write_trained_checkpoint` wrote.

    Args:
        source: its path, or the bytes of the file.

    Raises:
        ValueError: the file is not such a checkpoint, is damaged, or is of another version.
        OSError: there is no such file, or it cannot be read.
    """
    where = "This file" if isinstance(source, bytes) else str(source)
    contents = source if isinstance(source, bytes) else source.read_bytes()
    try:
        tensors = load(contents)
        metadata = _metadata(contents)
    except SafetensorError as error:
        raise ValueError(f"{where} is not a whole safetensors file; copy or download it again.") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{where} was not written by the training of this project.")
    if metadata.get("version") != VERSION:
        raise ValueError(
            f"{where} is a checkpoint of version {metadata.get('version')}; this program reads version "
            f"{VERSION}. Train again, or use the program that wrote it."
        )
    try:
        return TrainedCheckpoint(
            spec=spec_from(json.loads(metadata["spec"])), tensors=tensors, facts=json.loads(metadata["facts"])
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{where} does not say which network it holds ({error}).") from error


def task_inside(contents: bytes) -> str | None:
    """The task that the network in a file was trained on; None in any file that the training did not write.

    Args:
        contents: of a file whose tensors have been read already.
    """
    try:
        metadata = _metadata(contents)
        names = json.loads(metadata["facts"])["class_names"] if metadata.get("format") == FORMAT else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return next((task.name for task in TASKS.values() if list(task.class_names) == names), None)


def network_inside(contents: bytes) -> ModelSpec | None:
    """The scaled variant that a file says its training began with; None in any file that the training did not write.

    Of what the file says only a variant's name and its scaling are taken, within what can be built: it may come from
    anybody, so the tensors have to agree.

    Args:
        contents: of a file whose tensors have been read already.
    """
    try:
        metadata = _metadata(contents)
        told = json.loads(metadata["spec"]) if metadata.get("format") == FORMAT else {}
        scale = {"width": float(told["width"]), "depth": float(told["depth"])}
        check_limits(**scale)
        return spec_by_name(told["name"]).replace(**scale, head_rule=told["head_rule"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _metadata(contents: bytes) -> dict[str, str]:
    header_length = int.from_bytes(contents[:8], "little")
    return json.loads(contents[8 : 8 + header_length]).get("__metadata__", {})


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's memory as named tensors, such as `3.exp_avg` for the first moment of the third parameter."""
    return {
        f"{parameter}.{name}": torch.as_tensor(value)
        for parameter, memory in optimizer.state_dict()["state"].items()
        for name, value in memory.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimizer back the memory that `flatten_optimizer` took.

    Args:
        optimizer: one over parameters of the same number and shapes, in the same order; changed in place.
        tensors: what `flatten_optimizer` gave, of any shape.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        parameter, name = key.split(".")
        state.setdefault(int(parameter), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def spec_from(fields: Mapping[str, Any]) -> ModelSpec:
    """A specification back from the dictionary that `dataclasses.asdict` made of it."""
    stages = tuple(StageSpec(**stage) for stage in fields["stages"])
    return ModelSpec(**{**fields, "stages": stages})
