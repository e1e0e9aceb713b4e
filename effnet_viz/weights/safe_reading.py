"""Reading a checkpoint file that anybody may have made: tensors only, never code, and never more than fits."""

from __future__ import annotations

import argparse
import io
import json
import pickle
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.pickle_limits import check_pickle

MAX_BYTES = 4 * 2**30
"""Largest checkpoint that is read, in bytes; EfficientNet-L2 with float32 parameters has 1.9 GB."""

# What training scripts keep their arguments in: attributes, no code. Allowed once and for all, because torch's list of
# allowed classes is one for the whole process: a reader that took its permission back would take it from all others.
torch.serialization.add_safe_globals([argparse.Namespace])

_LEGACY_PICKLES = 5  # magic number, version, machine, objects, names of the storages
NESTED = 8
"""Dictionaries around a state dict that are opened for it; in all of them tensors are looked at."""

_MAX_HEADER = 4 * 2**20  # bytes of names, shapes and notes in safetensors; EfficientNet-L2's have 0.2 million
_SLACK = 2**20  # bytes that tensors may seem to have beyond the file: views that share a little memory
_LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before PyTorch 1.6
_DAMAGED = "The safetensors file is damaged or was cut off; download or copy it again."
_HOW_TO_SAVE = "Save the tensors instead: torch.save(model.state_dict(), 'weights.pth')."
_OTHER_FORMATS = (
    (b"\x89HDF\r\n\x1a\n", "This is an HDF5 file, as Keras writes it; only PyTorch checkpoints can be read."),
    (b"version https://git-lfs", "This is a Git LFS pointer, not the weights themselves. Download the real file."),
    (b"<", "This is a web page, not a checkpoint. Download the file itself."),
    (b"\x1f\x8b", "This is a gzip archive. Unpack it first and choose the checkpoint in it."),
    (b"Rar!", "This is a RAR archive. Unpack it first and choose the checkpoint in it."),
)


def read_checkpoint(source: str | Path | bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """What a `.pth`, `.pt`, `.bin` or `.safetensors` file holds: tensors and plain values, on the CPU.

    The kind of file is told from its content. No code in it is run.

    Args:
        source: path of the file, or its bytes.
        max_bytes: size above which it is not read.

    Raises:
        CheckpointError: empty, too large, truncated, no checkpoint, or it needs code to be opened.
    """
    size, start = _measure(source)
    if size == 0:
        raise CheckpointError("The file is empty.")
    if size > max_bytes:
        raise CheckpointError(f"The file has {size / 1e6:,.0f} MB; up to {max_bytes / 1e6:,.0f} MB are read.")
    for magic, sentence in _OTHER_FORMATS:
        if start.lstrip().startswith(magic):
            raise CheckpointError(sentence)
    if start[:2] == b"PK":
        _check_archive(source, size)
        checkpoint = _load_torch(source)
    elif start[8:9] == b"{":
        checkpoint = _load_safetensors(source, size, start)
    elif start.startswith(_LEGACY_MAGIC):
        with _open(source) as file:
            for _ in range(_LEGACY_PICKLES):
                check_pickle(file)
        checkpoint = _load_torch(source)
    elif start[:1] == b"\x80":
        raise CheckpointError(
            f"This is a pickle, but not one that torch.save wrote, so it was not opened. {_HOW_TO_SAVE}"
        )
    else:
        raise CheckpointError("This is not a PyTorch checkpoint: it is neither a torch.save file nor safetensors.")
    _check_tensors(checkpoint, size)
    return checkpoint


def check_finite(tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not finite numbers.

    Raises:
        CheckpointError: names the first of them.
    """
    broken = [
        name
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and not tensor.is_meta and not torch.isfinite(tensor).all()
    ]
    if broken:
        more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        raise CheckpointError(
            f"The weights hold values that are not finite (NaN or infinity) in "
            f"{', '.join(broken[:3])}{more}; the training that made them has diverged."
        )


def _measure(source: str | Path | bytes) -> tuple[int, bytes]:
    """Size and first bytes."""
    if isinstance(source, bytes):
        return len(source), source[:32]
    path = Path(source)
    if not path.is_file():
        raise CheckpointError(f"There is no file {path.name!r}.")
    with path.open("rb") as file:
        return path.stat().st_size, file.read(32)


def _open(source: str | Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")


def _check_archive(source: str | Path | bytes, size: int) -> None:
    """torch.save stores its members uncompressed, so together they cannot be larger than the file."""
    try:
        with _open(source) as file, zipfile.ZipFile(file) as archive:
            members = {member.filename.split("/", 1)[-1]: member for member in archive.infolist()}
            if "constants.pkl" in members:
                raise CheckpointError(f"This is a TorchScript program, not a checkpoint. {_HOW_TO_SAVE}")
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise CheckpointError(
                    "The file is a compressed archive, which torch.save does not write. If it is a "
                    "ZIP with a checkpoint inside, unpack it first."
                )
            if sum(member.file_size for member in archive.infolist()) > size:
                raise CheckpointError(
                    "The file claims to unpack to more than it holds; it is damaged or was made to exhaust memory."
                )
            if "data.pkl" not in members:
                raise CheckpointError("The file is a ZIP archive but not one that torch.save wrote.")
            with archive.open(members["data.pkl"]) as objects:
                check_pickle(objects)
    except (zipfile.BadZipFile, OSError, struct.error, NotImplementedError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError("The file is damaged or was cut off; download or copy it again.") from error


def _load_torch(source: str | Path | bytes) -> Any:
    try:
        with _open(source) as file:
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(_refusal(str(error))) from error
    except MemoryError as error:
        raise CheckpointError("This machine's memory does not suffice for the file.") from error
    except Exception as error:  # torch's readers raise nearly anything on damaged files
        raise CheckpointError("The file is damaged or was cut off; download or copy it again.") from error


def _refusal(message: str) -> str:
    """Why torch's weights-only reader would not open a file, in words for people."""
    match = re.search(r"(?:GLOBAL|global|function|class) `?([A-Za-z_][\w.]*\.\w+)", message)
    if not match:
        return f"The file is damaged or was cut off, or it holds something other than tensors. {_HOW_TO_SAVE}"
    needed = match[1]
    if needed.startswith(("torch.nn.", "torchvision.", "timm.", "efficientnet", "transformers.", "effnet_viz.")):
        return f"The file holds a whole pickled network ({needed}), and opening that would run code. {_HOW_TO_SAVE}"
    return f"Opening the file would call {needed}, so it was not opened. {_HOW_TO_SAVE}"


def _load_safetensors(source: str | Path | bytes, size: int, start: bytes) -> dict[str, Tensor]:
    import safetensors.torch

    header_size = int.from_bytes(start[:8], "little")
    if header_size > size:
        raise CheckpointError(_DAMAGED)
    if header_size > _MAX_HEADER:  # what is made of it takes thirty times as much
        raise CheckpointError(
            f"The list of tensors in the file has {header_size / 1e6:,.0f} MB, which no network's has; it was not "
            "opened, because reading it could exhaust this machine's memory."
        )
    try:
        with _open(source) as file:
            file.seek(8)
            header = json.loads(file.read(header_size))
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
        if 8 + header_size + end > size:
            raise ValueError("tensors reach beyond the end")
        return safetensors.torch.load(source) if isinstance(source, bytes) else safetensors.torch.load_file(source)
    except Exception as error:  # safetensors has its own error types, JSON and Unicode theirs
        raise CheckpointError(_DAMAGED) from error


def _check_tensors(checkpoint: Any, size: int) -> None:
    """Tensors are plain ones and have memory of their own, no more of it than the file has."""
    tensors = list(_tensors(checkpoint))
    if any(tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized for tensor in tensors):
        raise CheckpointError("The file holds sparse, quantised or empty (meta) tensors; only plain ones can be used.")
    if sum(tensor.numel() * tensor.element_size() for tensor in tensors) > 2 * size + _SLACK:
        raise CheckpointError(
            "The tensors in the file claim to be larger than the file; it was made to exhaust memory."
        )


def _tensors(checkpoint: Any) -> Iterator[Tensor]:
    """All tensors in dictionaries a few levels deep; each dictionary is looked into once."""
    waiting = [(checkpoint, 0)]
    seen: set[int] = set()
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, Mapping) and depth <= NESTED and id(value) not in seen:
            seen.add(id(value))
            waiting.extend((item, depth + 1) for item in value.values())
