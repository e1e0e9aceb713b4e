"""The columns of rows, and what their file says about the network that made them.

Every photo is one row. Arrays are lists of a fixed length in float16, one column for each block, so that a question
about one block reads that column and nothing else:

    path, label, error            where the photo lies, its label, and what is wrong with it (then all below is null)
    digest, bytes, width, height  of the file; SHA-256, bytes, pixels
    thumbnail                     the photo as a small JPEG, so that rows can be looked at where the photos are not
    top_index, top_probability    the most probable classes, best first, at most five
    label_index                   the class that the label names, null where it names none
    chosen, chosen_probability    the class that `cam` is about: the one asked for, else the label's, else the top one
    cam                           Grad-CAM of that class at the head, row by row, signed
    gate.2.1                      gates of a block with squeeze-and-excitation, each 0 to 1
    mean.2.1, max.2.1, place.2.1  of each channel of a block's output: mean, maximum, and the maximum's place, counted
                                  row by row, in 16 bits where they suffice; the mean of the last block is the vector
                                  that the classifier gets
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pyarrow

from effnet_viz.architecture import Plan, plan
from effnet_viz.explain import Model

FORMAT, VERSION = "effnet-viz-rows", 2
TOP = 5
HALF = pyarrow.float16()


def planned(model: Model) -> Plan:
    """The network at the resolution at which photos are shown to it."""
    return plan(model.spec, model.preprocessing.crop)


def blocks_of(network: Plan) -> dict[str, tuple[int, ...]]:
    """Stem, blocks and final convolution by id, with the shape `(C, H, W)` of what each gives."""
    return {block.id: block.out_shape for block in network.blocks if block.kind != "classifier"}


def identity(model: Model) -> str:
    """Stands for specification and weights, on whatever device."""
    return model.key.removesuffix(f"/{model.device}")


def schema_of(model: Model, target: int | None = None) -> pyarrow.Schema:
    """Columns of a model's rows, with what is to be known about them as metadata.

    Args:
        model: the network with its preprocessing.
        target: the class that was asked for, or None.
    """
    network = planned(model)
    top = min(TOP, model.spec.num_classes)
    shapes = blocks_of(network)
    height, width = shapes[str(model.spec.head_stage)][1:]
    fields: list[tuple[str, pyarrow.DataType]] = [
        ("path", pyarrow.string()),
        ("label", pyarrow.string()),
        ("error", pyarrow.string()),
        ("digest", pyarrow.string()),
        ("bytes", pyarrow.int64()),
        ("width", pyarrow.int32()),
        ("height", pyarrow.int32()),
        ("thumbnail", pyarrow.binary()),
        ("top_index", pyarrow.list_(pyarrow.int32(), top)),
        ("top_probability", pyarrow.list_(pyarrow.float32(), top)),
        ("label_index", pyarrow.int32()),
        ("chosen", pyarrow.int32()),
        ("chosen_probability", pyarrow.float32()),
        ("cam", pyarrow.list_(HALF, height * width)),
    ]
    fields += [(f"gate.{block.id}", pyarrow.list_(HALF, block.expanded_channels)) for block in network.se_blocks]
    for block, (channels, block_height, block_width) in shapes.items():
        places = pyarrow.uint16() if block_height * block_width <= 2**16 else pyarrow.int32()
        fields += [
            (f"mean.{block}", pyarrow.list_(HALF, channels)),
            (f"max.{block}", pyarrow.list_(HALF, channels)),
            (f"place.{block}", pyarrow.list_(places, channels)),
        ]
    return pyarrow.schema(fields, metadata={FORMAT: json.dumps(_about(model, network) | {"target": target})})


def _about(model: Model, network: Plan) -> dict[str, Any]:
    return {
        "version": VERSION,
        "model": identity(model),
        "title": model.spec.title,
        "weights": model.provenance.label,
        "spec": dataclasses.asdict(model.spec),
        "preprocessing": dataclasses.asdict(model.preprocessing),
        "class_names": model.class_names,
        "shapes": blocks_of(network),
    }
