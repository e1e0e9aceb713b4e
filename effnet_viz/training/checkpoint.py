"""Checkpoints of networks trained here: safetensors with what one has to know about them written inside.

A checkpoint is replaced in one step: the new one is written beside it under a temporary name and then renamed, so
whatever happens in between, a full disk or a pulled plug, the old one is still whole.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from effnet_viz.architecture import ModelSpec, StageSpec

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


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Give a file new contents in one step: all of them, or the old ones stay.

    Args:
        path: the file to replace or create.
        write: writes the contents to an open binary file.

    Raises:
        OSError: the file cannot be written; the old one is untouched and nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_bytes(spec: ModelSpec, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> bytes:
    """A checkpoint as the bytes of a safetensors file, for writing or for a download.

    Args:
        spec: the network's specification.
        tensors: named tensors.
        facts: anything JSON can hold.
    """
    metadata = {"format": FORMAT, "version": VERSION, "spec": json.dumps(dataclasses.asdict(spec)),
                "facts": json.dumps(dict(facts))}
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, metadata=metadata)


def write_checkpoint(path: Path, spec: ModelSpec, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint; see `to_bytes` and `write_atomically`.

    Raises:
        OSError: no room, or no right to write; an earlier checkpoint is untouched.
    """
    contents = to_bytes(spec, tensors, facts)
    write_atomically(path, lambda file: file.write(contents))


def read_checkpoint(path: Path) -> TrainedCheckpoint:
    """Read a checkpoint that `write_checkpoint` wrote.

    Raises:
        ValueError: the file is not such a checkpoint, is damaged, or is of another version.
        OSError: the file cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file ({error}).") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} was not written by the training of this project.")
    if metadata.get("version") != VERSION:
        raise ValueError(f"{path} is a checkpoint of version {metadata.get('version')}; this program reads version "
                         f"{VERSION}. Train again, or use the program that wrote it.")
    try:
        return TrainedCheckpoint(spec=_spec_from(json.loads(metadata["spec"])), tensors=tensors,
                                 facts=json.loads(metadata["facts"]))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} does not say which network it holds ({error}).") from error


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's memory as named tensors, such as `3.exp_avg` for the first moment of the third parameter."""
    return {f"{parameter}.{name}": torch.as_tensor(value)
            for parameter, memory in optimizer.state_dict()["state"].items() for name, value in memory.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimizer back the memory that `flatten_optimizer` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        parameter, name = key.split(".")
        state.setdefault(int(parameter), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _spec_from(fields: dict[str, Any]) -> ModelSpec:
    stages = tuple(StageSpec(**stage) for stage in fields.pop("stages"))
    return ModelSpec(stages=stages, **fields)
