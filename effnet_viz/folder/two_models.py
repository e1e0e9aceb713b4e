"""Two sets of weights of one network over the same photos: what flipped, and where along the depth they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy import ndarray

from effnet_viz.explain import Model
from effnet_viz.folder.cka import Products, linear_cka
from effnet_viz.folder.rows import Rows
from effnet_viz.folder.run import run_folder
from effnet_viz.folder.schema import identity

NOWHERE = -1  # in place of a position
Pairs = Iterator[tuple[ndarray, ndarray]]


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
    order = np.array([position.get(path, NOWHERE) for path in paths])

    def pairs(column: str) -> Pairs:
        return _pairs(rows, others, column, order)

    before, after = (np.concatenate(side) for side in zip(*pairs("top_index"), strict=True))
    maps = [np.concatenate(side) for side in zip(*pairs("cam"), strict=True)]
    kept = np.flatnonzero(order != NOWHERE)
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
        similarity={block: _similarity(pairs(f"mean.{block}"), len(kept)) for block in rows.shapes},
        gates_moved={block: _mean_change(pairs(f"gate.{block}"), len(kept)) for block in rows.gated_blocks},
    )


def _pairs(rows: Rows, others: Rows, column: str, order: ndarray) -> Pairs:
    """Entries of both for the same photos, some hundred at a time.

    Rows of a cluster come in any order, so the others' column is in memory, in the 16 bits of its file.

    Args:
        rows: of the first.
        others: of the second.
        column: of lists.
        order: for each readable photo of the first its position in the others, or `NOWHERE`.
    """
    theirs = np.concatenate([batch[column] for batch in others.lists([column])])
    start = 0
    for batch in rows.batches([column]):
        ours = batch[column]
        where = order[start : start + len(ours)]
        start += len(ours)
        shared = where != NOWHERE
        yield ours[shared], theirs[where[shared]].astype(ours.dtype)


def _similarity(pairs: Pairs, photos: int) -> float:
    """The linear CKA of all pairs; of more photos than channels no more than sums of products are kept."""
    first, second = next(pairs)
    if photos <= first.shape[1]:
        several = [(first, second), *pairs]
        return linear_cka(*(np.concatenate(side) for side in zip(*several, strict=True)))
    products = Products()
    for one, other in ((first, second), *pairs):
        products.add(one, other)
    return products.cka()


def _mean_change(pairs: Pairs, photos: int) -> ndarray:
    change: ndarray = sum(np.abs(after - before).sum(axis=0, dtype=np.float64) for before, after in pairs) / max(
        photos, 1
    )
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
