"""From a batch of photos to their rows: the same class on this machine and on a cluster."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import torch
from PIL import Image
from torch import Tensor

from effnet_viz.explain import Model
from effnet_viz.folder.labels import class_of_label
from effnet_viz.folder.schema import TOP, blocks_of, planned, schema_of
from effnet_viz.folder.sources import Listed
from effnet_viz.images import PhotoError, open_photo

LARGEST_HALF = float(np.finfo(np.float16).max)
THUMBNAIL, QUALITY = 128, 80  # pixels of the longer side, and of the JPEG; some 4 kB


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """A photo as the network takes it, or what is wrong with its file.

    Attributes:
        listed: which photo.
        facts: digest, bytes, width, height and thumbnail, as far as they are known.
        tensor: `(1, in_channels, H, W)`, or None where there is an error.
        error: one sentence, empty if all is well.
    """

    listed: Listed
    facts: Mapping[str, Any]
    tensor: Tensor | None
    error: str = ""


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
        self._runner = model.runner
        self._blocks = list(blocks_of(planned(model)))
        self._gates = [block.id for block in planned(model).se_blocks]

    def decode(self, listed: Listed) -> Decoded:
        """Read one photo; what cannot be read becomes a sentence, never an exception."""
        facts: dict[str, Any] = {}
        try:
            content = Path(listed.path).read_bytes()
            facts = {"bytes": len(content), "digest": hashlib.sha256(content).hexdigest()}
            photo = open_photo(content, name=Path(listed.path).name)
            facts |= {"width": photo.width, "height": photo.height, "thumbnail": thumbnail(photo.image)}
            return Decoded(listed=listed, facts=facts, tensor=self.model.input(photo))
        except PhotoError as error:
            return Decoded(listed=listed, facts=facts, tensor=None, error=str(error))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or " ".join(str(error).split())
            return Decoded(listed=listed, facts=facts, tensor=None, error=f"The file cannot be read: {reason}.")

    def rows(self, photos: Sequence[Decoded]) -> pyarrow.Table:
        """Run the network on what was decoded, all at once; rows in the same order."""
        good = [photo for photo in photos if photo.tensor is not None]
        columns = self._columns(good) if good else {}
        position = {id(photo): index for index, photo in enumerate(good)}
        order = pyarrow.array([position.get(id(photo)) for photo in photos], pyarrow.int32())
        table: dict[str, pyarrow.Array] = {
            "path": pyarrow.array([photo.listed.path for photo in photos]),
            "label": pyarrow.array([photo.listed.label for photo in photos], pyarrow.string()),
            "error": pyarrow.array([photo.error or None for photo in photos], pyarrow.string()),
        }
        for field in self.schema:
            if field.name in ("digest", "bytes", "width", "height", "thumbnail"):
                table[field.name] = pyarrow.array([photo.facts.get(field.name) for photo in photos], field.type)
            elif field.name not in table:
                values = columns.get(field.name, pyarrow.array([], field.type))
                table[field.name] = values.take(order)
        return pyarrow.table(table, schema=self.schema)

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> pyarrow.Table:
        """Rows of a batch with the columns `path` and `label`, as Ray Data hands it over."""
        listed = [
            Listed(path=str(path), label=label or None)
            for path, label in zip(batch["path"], batch["label"], strict=True)
        ]
        return self.rows([self.decode(photo) for photo in listed])

    def _columns(self, photos: Sequence[Decoded]) -> dict[str, pyarrow.Array]:
        model, head = self.model, str(self.model.spec.head_stage)
        x = torch.cat([photo.tensor for photo in photos if photo.tensor is not None])
        layers = ["classifier", *self._blocks, *(f"{block}.se.gate" for block in self._gates)]
        labels = [class_of_label(photo.listed.label, model.class_names) for photo in photos]
        with torch.no_grad(), model.lock:
            seen = self._runner.run(x, layers)
            logits = seen["classifier"].float()
            probabilities = logits.softmax(dim=1) if logits.shape[1] > 1 else logits.sigmoid()
            top = probabilities.topk(min(TOP, logits.shape[1]), dim=1)
            chosen = [
                self.target if self.target is not None else label if label is not None else int(best)
                for label, best in zip(labels, top.indices[:, 0], strict=True)
            ]
            # Behind the head there is only a mean and one linear layer, so the gradient of a class's logit is its
            # weight over the number of cells, everywhere: Grad-CAM without a backward pass.
            maps = seen[head]
            weights = model.network.classifier.weight[chosen] / maps[0, 0].numel()
            cam = torch.einsum("nc,nchw->nhw", weights, maps).flatten(1)
            columns = {
                "top_index": top.indices,
                "top_probability": top.values,
                "cam": cam,
                "chosen_probability": probabilities[torch.arange(len(chosen)), chosen],
            }
            for block in self._gates:
                columns[f"gate.{block}"] = seen[f"{block}.se.gate"].flatten(1)
            for block in self._blocks:
                flat = seen[block].flatten(2)
                maximum = flat.max(dim=2)
                columns |= {
                    f"mean.{block}": flat.mean(dim=2),
                    f"max.{block}": maximum.values,
                    f"place.{block}": maximum.indices,
                }
            arrays = {name: values.cpu().numpy() for name, values in columns.items()}
        return {
            **{name: self._list(name, values) for name, values in arrays.items()},
            "label_index": pyarrow.array(labels, pyarrow.int32()),
            "chosen": pyarrow.array(chosen, pyarrow.int32()),
        }

    def _list(self, name: str, values: np.ndarray) -> pyarrow.Array:
        """`(N, K)` values as lists of a fixed length, `(N,)` values as they are, in the type of the column."""
        kind = self.schema.field(name).type
        item = kind.value_type if pyarrow.types.is_fixed_size_list(kind) else kind
        if item == pyarrow.float16():
            values = np.clip(values, -LARGEST_HALF, LARGEST_HALF)
        flat = pyarrow.array(np.ascontiguousarray(values.astype(item.to_pandas_dtype())).reshape(-1), item)
        return flat if values.ndim == 1 else pyarrow.FixedSizeListArray.from_arrays(flat, values.shape[1])


def thumbnail(image: Image.Image) -> bytes:
    """A photo as a small JPEG; one that is small already keeps its pixels."""
    scale = min(1.0, THUMBNAIL / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BOX, reducing_gap=2.0).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
