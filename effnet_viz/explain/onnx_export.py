"""A model as an ONNX file that says how a photo has to be prepared, and what the outputs are."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from effnet_viz.engine.graph import OPSET
from effnet_viz.engine.onnx_file import OnnxFile, write_onnx
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, open_sample, samples


def export_onnx(
    model: Model,
    path: str | Path,
    outputs: Sequence[str] = (),
    *,
    photo: Photo | None = None,
    opset: int = OPSET,
    progress: Progress = quiet,
) -> OnnxFile:
    """Write a model as an ONNX file whose tensors carry our ids, verified against PyTorch on a photo.

    The file's metadata hold the preprocessing, the class names and where the parameters come from.

    Args:
        model: the network with its preprocessing.
        path: a file that does not exist yet, such as `b0.onnx`.
        outputs: ids of layers to give beside the logits, such as `4.2.se.gate`.
        photo: what both engines are tried on; a bundled photo by default.
        opset: version of ONNX's operators.
        progress: told the share done; what it raises ends the work, and no file is written.

    Returns:
        What was written, with the largest difference between ONNX Runtime and PyTorch.

    Raises:
        ValueError: a path that is taken or cannot be written, an output that the network does not have, an opset that
            cannot be had, or a network that is too large for one file or for this machine.
    """
    photo = open_sample(samples()[0].name) if photo is None else photo
    tried_on = photo.name
    if model.spec.in_channels in (1, 3):
        images = model.input(photo)
    else:  # no photo has so many channels
        shape = (1, model.spec.in_channels, model.spec.resolution, model.spec.resolution)
        images, tried_on = torch.randn(shape, generator=torch.Generator().manual_seed(0)), "random noise"
    with model.lock:
        return write_onnx(
            model.network, path, outputs, images, facts=facts_of(model, tried_on), opset=opset, progress=progress
        )


def facts_of(model: Model, tried_on: str) -> dict[str, str]:
    """What the file says about itself; values are JSON where they are more than words.

    Args:
        model: the network with its preprocessing.
        tried_on: name of the photo that the file was verified on.
    """
    preprocessing = {
        **dataclasses.asdict(model.preprocessing),
        "colours": "RGB" if model.spec.in_channels != 1 else "mean of RGB",
        "range": "0 to 1 before mean and std",
        "layout": "N, channels, height, width",
    }
    return {
        "title": model.spec.title,
        "variant": model.spec.name,
        "padding": model.spec.padding,
        "preprocessing": json.dumps(preprocessing),
        "class_names": json.dumps(model.class_names, ensure_ascii=False),
        "source": f"{model.provenance.label}. {model.provenance.detail}".strip(),
        "network_source": model.spec.source,
        "verified_on": tried_on,
    }
