"""A network as one ONNX file that other programs read: whole or not at all, checked, and never over another file."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import onnx
import torch
from numpy import ndarray
from torch import Tensor

from effnet_viz.engine.graph import IMAGE, OPSET, graph_of
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.hooks import watch
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.engine.sessions import EngineError, Session
from effnet_viz.network import EfficientNet, for_inference

OLDEST_OPSET = 13  # since then every operator that is written has its present form
LARGEST_BYTES = 2**31 - 1  # of a file in this format
AGREES = 1e-4  # of the largest value: what float32 in another order of summing leaves


@dataclass(frozen=True, kw_only=True)
class OnnxFile:
    """A written and verified file.

    Attributes:
        path: where it is.
        bytes: its size.
        opset: version of the operators.
        input: name of the input, `(N, in_channels, H, W)`; all but the channels are free.
        outputs: names of the outputs; `classifier` gives the logits, `(N, num_classes)`.
        differences: output to the largest difference between ONNX Runtime and PyTorch on the image that was tried, as a
            share of the largest value there.
    """

    path: Path
    bytes: int
    opset: int
    input: str
    outputs: tuple[str, ...]
    differences: Mapping[str, float]

    @property
    def largest_difference(self) -> float:
        """Over all outputs."""
        return max(self.differences.values())

    @property
    def agrees(self) -> bool:
        """Whether both engines give the same up to rounding."""
        return self.largest_difference <= AGREES


def write_onnx(
    network: EfficientNet,
    path: str | Path,
    outputs: Sequence[str],
    images: Tensor,
    *,
    facts: Mapping[str, str],
    opset: int = OPSET,
    progress: Progress = quiet,
) -> OnnxFile:
    """Write a network, read it back and compare it with PyTorch.

    Args:
        network: on any device; a folded copy on the CPU is what is written.
        path: a file that does not exist yet.
        outputs: ids of layers to give beside the logits.
        images: what both engines are tried on, `(N, in_channels, H, W)`.
        facts: what the file says about itself, by key.
        opset: version of the operators.
        progress: told the share done; what it raises ends the work, and no file is written.

    Raises:
        ValueError: a path that is taken or cannot be written, an output that the network does not have, an opset that
            cannot be had, or a network too large for a file of this format or for this machine.
    """
    path = Path(path)
    _check_path(path)
    _check_opset(opset)
    size = 4 * sum(parameter.numel() for parameter in network.parameters())
    if size > LARGEST_BYTES:
        raise ValueError(
            f"{network.spec.title} has {size / 1e9:.1f} GB of parameters; an ONNX file holds at most 2 GB. "
            "Choose a smaller network."
        )
    try:
        folded = for_inference(network).float()
        progress(0.2)
        graph = graph_of(folded, None, _checked_outputs(folded, outputs), opset=opset)
        for key, value in facts.items():
            graph.metadata_props.add(key=key, value=value)
        progress(0.4)
        content = graph.SerializeToString()
        onnx.checker.check_model(content, full_check=True)
        progress(0.6)
        session = Session(graph)
        progress(0.8)
        differences = _differences(session, folded, images.float().cpu())
    except MemoryError:
        raise ValueError(
            f"{network.spec.title} takes about {4 * size / 1e9:.1f} GB while it is written, more than this machine has "
            "left. Choose a smaller network."
        ) from None
    except EngineError as error:
        raise ValueError(f"The file could not be verified, so it was not written. {error}") from error
    progress(1.0)
    _write_new(path, content)
    return OnnxFile(
        path=path, bytes=len(content), opset=opset, input=IMAGE, outputs=tuple(differences), differences=differences
    )


def _check_path(path: Path) -> None:
    if path.exists():
        raise ValueError(f"path is {path}, which exists already; choose another name or remove it first.")
    if not path.parent.is_dir():
        raise ValueError(f"path is {path}; there is no folder {path.parent}.")


def _check_opset(opset: int) -> None:
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST_OPSET <= opset <= newest:
        raise ValueError(f"opset is {opset}; it can be {OLDEST_OPSET} to {newest}.")


def _checked_outputs(network: EfficientNet, outputs: Sequence[str]) -> list[str]:
    """The outputs with the logits, each once.

    Raises:
        ValueError: the network has no such output; the nearest names are given.
    """
    known = [output.name for output in graph_of(network, None, None).graph.output]
    for output in outputs:
        if output not in known:
            close = difflib.get_close_matches(output, known, n=3, cutoff=0.4)
            hint = f"the nearest are {', '.join(close)}." if close else "ids look like '4.2' or '4.2.se.gate'."
            raise ValueError(f"outputs has {output!r}, which {network.spec.title} does not give; {hint}")
    return list(dict.fromkeys([*outputs, CLASSIFIER]))


def _differences(session: Session, network: EfficientNet, images: Tensor) -> dict[str, float]:
    names = session.outputs
    ours = session.run(images.contiguous().numpy(), names)
    with torch.no_grad(), watch(network, names) as seen:
        network(images.contiguous(memory_format=torch.channels_last))
    return {name: _difference(values, seen[name].numpy()) for name, values in zip(names, ours, strict=True)}


def _difference(ours: ndarray, theirs: ndarray) -> float:
    if ours.shape != theirs.shape:
        raise EngineError(f"ONNX Runtime gives the shape {ours.shape} and PyTorch {theirs.shape}.")
    return float(numpy.abs(ours - theirs).max() / max(float(numpy.abs(theirs).max()), 1e-12))


def _write_new(path: Path, content: bytes) -> None:
    """Write a file in one step, and only where there is none.

    Raises:
        ValueError: it cannot be written, or somebody else was faster; nothing is left behind.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            partial.chmod(0o644)
            path.touch(exist_ok=False)  # takes the name, so that nobody else's file is replaced
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)  # already gone by its name where all went well
    except FileExistsError:
        raise ValueError(f"path is {path}, which exists already; choose another name or remove it first.") from None
    except OSError as error:
        raise ValueError(f"path is {path}, which cannot be written: {error.strerror or error}.") from error
