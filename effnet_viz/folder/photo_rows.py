"""From a batch of photos to their rows: the same class on this machine and on a cluster."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import torch
from numpy import ndarray
from PIL import Image
from torch import Tensor

from effnet_viz.explain import Model
from effnet_viz.folder.labels import class_of_label
from effnet_viz.folder.pooled import PooledRuns
from effnet_viz.folder.schema import TOP, blocks_of, planned, schema_of
from effnet_viz.folder.sources import Listed
from effnet_viz.images import PhotoError, open_photo
from effnet_viz.images.photo import MAX_BYTES
from effnet_viz.one_line import one_line

GATE = ".se.gate"
LARGEST_HALF = float(np.finfo(np.float16).max)
NONE = -1  # in place of the number of a class
NO_LETTER, SHOWN = "\ufffd", 80  # what stands for bytes that are no UTF-8; letters of a name in a sentence
THUMBNAIL, QUALITY = 128, 80  # pixels of the longer side, and of the JPEG; some 4 kB


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """A photo as the network takes it, or what is wrong with its file.

    Attributes:
        listed: which photo.
        facts: digest, bytes, width, height and thumbnail, as far as they are known.
        tensor: `(1, in_channels, H, W)`, or None where there is an error or it is no longer needed.
        error: one sentence, empty if all is well.
    """

    listed: Listed
    facts: Mapping[str, Any]
    tensor: Tensor | None
    error: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What the network says of a batch.

    Attributes:
        photos: all of them, without their tensors.
        columns: by name, one entry for each photo without an error.
    """

    photos: Sequence[Decoded]
    columns: Mapping[str, ndarray]


class PhotoRows:
    """Makes rows of photos.

    Args:
        model: the network with its preprocessing.
        target: index of the class that `cam` and `chosen_probability` are about; None takes the label's, else the
            most probable.

    Raises:
        ValueError: there is no such class.
    """

    def __init__(self, model: Model, target: int | None = None) -> None:
        if target is not None and not 0 <= target < model.spec.num_classes:
            raise ValueError(f"target is {target}; {model.spec.title} has classes 0 to {model.spec.num_classes - 1}.")
        self.model = model
        self.target = target
        self.schema = schema_of(model, target)
        self._head = str(model.spec.head_stage)
        network = planned(model)
        gates = [block.id + GATE for block in network.se_blocks]
        self._runs = PooledRuns(model, list(blocks_of(network)), [self._head, *gates])

    @property
    def batch(self) -> int:
        """How many photos at once are fast and take little memory."""
        return self._runs.batch

    def decode(self, listed: Listed) -> Decoded:
        """Read one photo; what cannot be read becomes a sentence, never an exception."""
        path = Path(listed.path)
        facts: dict[str, Any] = {}
        try:
            if NO_LETTER in listed.path and not path.exists():
                raise PhotoError(f"{one_line(path.name, SHOWN)} has a name that is not UTF-8: rename the file.")
            if path.is_file():
                facts["bytes"] = path.stat().st_size
            content = path.read_bytes() if facts.get("bytes", MAX_BYTES + 1) <= MAX_BYTES else None
            if content is not None:
                facts["digest"] = hashlib.sha256(content).hexdigest()
            photo = open_photo(path if content is None else content, name=path.name)
            facts |= {"width": photo.width, "height": photo.height, "thumbnail": thumbnail(photo.image)}
            return Decoded(listed=listed, facts=facts, tensor=self.model.input(photo))
        except PhotoError as error:
            return Decoded(listed=listed, facts=facts, tensor=None, error=str(error))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or " ".join(str(error).split())
            return Decoded(listed=listed, facts=facts, tensor=None, error=f"The file cannot be read: {reason}.")

    def rows(self, photos: Sequence[Decoded]) -> pyarrow.Table:
        """Run the network on what was decoded, all at once; rows in the same order."""
        return self.table([self.answers(photos)])

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> pyarrow.Table:
        """Rows of a batch with the columns `path` and `label`, as Ray Data hands it over."""
        listed = [
            Listed(path=str(path), label=label or None)
            for path, label in zip(batch["path"], batch["label"], strict=True)
        ]
        return self.rows([self.decode(photo) for photo in listed])

    def answers(self, photos: Sequence[Decoded]) -> Answers:
        """Run the network on what was decoded, all at once."""
        tensors = [photo.tensor for photo in photos if photo.tensor is not None]
        labels = [photo.listed.label for photo in photos if photo.tensor is not None]
        return Answers(
            photos=[dataclasses.replace(photo, tensor=None) for photo in photos],
            columns=self._columns(tensors, labels) if tensors else {},
        )

    def table(self, several: Sequence[Answers]) -> pyarrow.Table:
        """Answers as rows, in their order; arrays are made once for all of them."""
        photos = [photo for answers in several for photo in answers.photos]
        columns = [answers.columns for answers in several if answers.columns]
        good = np.array([not photo.error for photo in photos], dtype=bool)
        order = None if good.all() else pyarrow.array(np.cumsum(good) - 1, pyarrow.int32(), mask=~good)
        table: dict[str, pyarrow.Array] = {
            "path": pyarrow.array([photo.listed.path for photo in photos]),
            "label": pyarrow.array([photo.listed.label for photo in photos], pyarrow.string()),
            "error": pyarrow.array([photo.error or None for photo in photos], pyarrow.string()),
        }
        for field in self.schema:
            if field.name in ("digest", "bytes", "width", "height", "thumbnail"):
                table[field.name] = pyarrow.array([photo.facts.get(field.name) for photo in photos], field.type)
            elif field.name not in table and not columns:
                table[field.name] = pyarrow.nulls(len(photos), field.type)
            elif field.name not in table:
                values = _arrow(np.concatenate([arrays[field.name] for arrays in columns]), field.type)
                table[field.name] = values if order is None else values.take(order)
        return pyarrow.table(table, schema=self.schema)

    def _columns(self, images: Sequence[Tensor], labels: Sequence[str | None]) -> dict[str, ndarray]:
        model = self.model
        named = [class_of_label(label, model.class_names) for label in labels]
        with torch.no_grad(), model.lock:
            seen = self._runs(images)
            logits, maps = seen.pop("classifier").float(), seen.pop(self._head)
            probabilities = logits.softmax(dim=1) if logits.shape[1] > 1 else logits.sigmoid()
            top = probabilities.topk(min(TOP, logits.shape[1]), dim=1)
            chosen = [
                self.target if self.target is not None else label if label is not None else int(best)
                for label, best in zip(named, top.indices[:, 0], strict=True)
            ]
            # Behind the head there is only a mean and one linear layer, so the gradient of a class's logit is its
            # weight over the number of cells, everywhere: Grad-CAM without a backward pass.
            weights = model.network.classifier.weight[chosen] / maps[0, 0].numel()
            columns = {
                "top_index": top.indices,
                "top_probability": top.values,
                "cam": _weighted(weights, maps.flatten(2)),
                "chosen_probability": probabilities[torch.arange(len(chosen)), chosen],
            }
            for name, values in seen.items():
                columns[f"gate.{name.removesuffix(GATE)}" if name.endswith(GATE) else name] = values.flatten(1)
            arrays = {name: values.cpu().numpy() for name, values in columns.items()}
        arrays["label_index"] = np.array([NONE if label is None else label for label in named])
        arrays["chosen"] = np.array(chosen)
        return arrays


def _weighted(weights: Tensor, maps: Tensor) -> Tensor:
    """`(N, C)` weights times `(N, C, K)` maps, summed over channels, `(N, K)`; on a CPU in this thread alone."""
    if maps.device.type == "cpu":
        return torch.from_numpy(np.einsum("nc,nck->nk", weights.numpy(), maps.numpy()))
    return torch.einsum("nc,nck->nk", weights, maps)


def _arrow(values: ndarray, kind: pyarrow.DataType) -> pyarrow.Array:
    """`(N, K)` values as lists of a fixed length, `(N,)` values as they are, in the type of the column."""
    item = kind.value_type if pyarrow.types.is_fixed_size_list(kind) else kind
    if item == pyarrow.float16():
        values = np.clip(values, -LARGEST_HALF, LARGEST_HALF)
    flat = np.ascontiguousarray(values.astype(item.to_pandas_dtype())).reshape(-1)
    if values.ndim == 1:
        return pyarrow.array(flat, item, mask=flat == NONE)
    return pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(flat, item), values.shape[1])


def thumbnail(image: Image.Image) -> bytes:
    """A photo as a small JPEG; one that is small already keeps its pixels."""
    scale = min(1.0, THUMBNAIL / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BOX, reducing_gap=2.0).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
