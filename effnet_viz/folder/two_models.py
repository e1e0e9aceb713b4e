"""Two sets of weights of one network over the same photos: what flipped, and where along the depth they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy import ndarray

from effnet_viz.explain import Model
from effnet_viz.folder.rows import Rows
from effnet_viz.folder.run import run_folder
from effnet_viz.folder.schema import identity


@dataclass(frozen=True, kw_only=True, eq=False)
class Flip:
    """A photo that got another answer.

    Attributes:
        path: of the photo.
        before: index of the first model's answer.
        after: index of the second model's answer.
        map_before: the first model's Grad-CAM of the class that its row is about, `(H, W)`.
        map_after: the second model's, of its own.
    """

    path: str
    before: int
    after: int
    map_before: ndarray
    map_after: ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelComparison:
    """Two sets of weights of one network, over the same photos.

    Attributes:
        photos: how many photos both could be asked about.
        flips: those with another answer.
        weight_change: block id (and `classifier`) to the size of the change of its weights, as a share of their size.
        similarity: block id to the linear CKA of its pooled outputs, 0 to 1; 1 means the same up to rotation and scale.
        gates_moved: block id to the mean absolute change of each gate, `(C,)`.
    """

    photos: int
    flips: tuple[Flip, ...]
    weight_change: Mapping[str, float]
    similarity: Mapping[str, float]
    gates_moved: Mapping[str, ndarray]


def compare_models(first: Model, second: Model, rows: Rows) -> ModelComparison:
    """Hold two sets of weights of one network against each other.

    Args:
        first: such as the network before fine-tuning.
        second: such as the network after it; blocks and classes are the same.
        rows: of the first, over the photos; the second is run over the same ones.

    Raises:
        ValueError: the networks differ in more than their weights, or the rows are not those of the first.
    """
    check_alike(first, second, rows)
    with TemporaryDirectory(prefix="effnet-viz-rows-") as folder:
        others = run_folder(second, readable_paths(rows), Path(folder) / "rows", target=rows.about["target"])
        return compare_rows(first, second, rows, others)


def check_alike(first: Model, second: Model, rows: Rows) -> None:
    """Whether two models differ in nothing but their weights, and rows are those of the first.

    Args:
        first: as for `compare_models`.
        second: as for `compare_models`.
        rows: as for `compare_models`.

    Raises:
        ValueError: they do differ, or the rows are not.
    """
    if identity(first) != rows.model:
        raise ValueError(f"rows are those of {rows.about['title']} ({rows.about['weights']}), not of the first model.")
    shapes = [{name: values.shape for name, values in model.network.state_dict().items()} for model in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{first.spec.title} with {first.spec.num_classes} classes and {second.spec.title} with "
            f"{second.spec.num_classes} have tensors of other shapes; only two sets of weights of one network compare."
        )


def compare_rows(first: Model, second: Model, rows: Rows, others: Rows) -> ModelComparison:
    """The same from rows of both, over the photos that both have.

    Args:
        first: as for `compare_models`.
        second: as for `compare_models`.
        rows: of the first.
        others: of the second.
    """
    paths = readable_paths(rows)
    position = {path: at for at, path in enumerate(readable_paths(others))}
    kept = [at for at, path in enumerate(paths) if path in position]
    order = [position[paths[at]] for at in kept]

    def both(column: str) -> tuple[ndarray, ndarray]:
        return rows.numbers(column)[kept], others.numbers(column)[order]

    before, after = both("top_index")
    maps = both("cam")
    shape = rows.shapes[rows.head][1:]
    flips = tuple(
        Flip(
            path=paths[kept[at]],
            before=int(before[at, 0]),
            after=int(after[at, 0]),
            map_before=maps[0][at].reshape(shape),
            map_after=maps[1][at].reshape(shape),
        )
        for at in np.flatnonzero(before[:, 0] != after[:, 0])
    )
    return ModelComparison(
        photos=len(kept),
        flips=flips,
        weight_change=_weight_change(first, second),
        similarity={block: linear_cka(*both(f"mean.{block}")) for block in rows.shapes},
        gates_moved={block: _mean_change(*both(f"gate.{block}")) for block in rows.gated_blocks},
    )


def linear_cka(first: ndarray, second: ndarray) -> float:
    """Centred kernel alignment of two descriptions of the same photos, `(M, K)` and `(M, L)`, 0 to 1.

    NaN where one of them is the same for all photos.

    Args:
        first: K numbers for each photo, `(M, K)`.
        second: L numbers for each photo, `(M, L)`, photos in the same order.

    Source: Similarity of Neural Network Representations Revisited (arXiv 1905.00414), section 3, linear kernel.
    """
    x, y = (values - values.mean(axis=0, dtype=np.float64) for values in (first, second))
    if len(x) < max(x.shape[1], y.shape[1]):  # both ways give the same; this one is quick for few photos
        mine, others = x @ x.T, y @ y.T
        shared, size = np.sum(mine * others), np.linalg.norm(mine) * np.linalg.norm(others)
    else:
        shared, size = np.sum((x.T @ y) ** 2), np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y)
    return float(shared / size) if size > 0 else float("nan")


def _mean_change(before: ndarray, after: ndarray) -> ndarray:
    change: ndarray = np.abs(after - before).mean(axis=0)
    return change


def _weight_change(first: Model, second: Model) -> dict[str, float]:
    changes = {}
    for part in [*first.network.blocks(), "classifier"]:
        pairs = zip(first.network.layer(part).parameters(), second.network.layer(part).parameters(), strict=True)
        squares = torch.zeros(2, dtype=torch.float64)
        for ours, theirs in pairs:
            values = ours.detach().double().cpu()
            squares += torch.stack((((theirs.detach().double().cpu() - values) ** 2).sum(), (values**2).sum()))
        changes[part] = float((squares[0] / squares[1]).sqrt())
    return changes


def readable_paths(rows: Rows) -> list[str]:
    """Paths of the photos that could be read."""
    return [path for path, good in zip(rows.words("path"), rows.good, strict=True) if good and path]
