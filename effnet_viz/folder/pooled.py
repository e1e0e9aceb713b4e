"""A batch of photos through the network, and of every block only what rows keep: mean, maximum and its place.

On a CPU the batch is cut into pieces that run side by side, each in one thread: two threads that share a run wait for
each other at every layer of a small network, two runs do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from effnet_viz.engine.graph import graph_beside_weights
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.runner import WIDEST
from effnet_viz.engine.sessions import EngineError, Session, threads
from effnet_viz.explain import Model
from effnet_viz.weights.catalogue import tensor_bytes
from effnet_viz.weights.memory import memory_to_run

PIECE = 2  # photos a run on one core: with more, what lies between two layers does not fit into its cache
PIECES = 4  # runs a core and batch, so that the last of them does not leave the other cores idle for long
ON_GPU = 64  # photos a run
SCRATCH = 2**27  # bytes that one photo takes on its way, from which on a run has work enough for all threads


def memory_of_runs(model: Model) -> int:
    """Bytes that runs over many photos take at their peak: weights of a session of their own, photos side by side."""
    one = memory_to_run(model.spec, model.preprocessing.crop)
    if model.device != "cpu":
        return ON_GPU * one
    return tensor_bytes(model.spec) + one * (threads() * piece if (piece := _piece(model)) else 1)


def _piece(model: Model) -> int:
    """Photos of a run on one core of the CPU; 0 where one photo is work for all cores."""
    scratch = WIDEST * 4 * model.spec.scaled_stem_channels * (model.preprocessing.crop // 2) ** 2
    return 0 if scratch >= SCRATCH else min(PIECE, SCRATCH // scratch)


class PooledRuns:
    """Runs batches of photos. Only one thread may call it at a time, with the model's lock.

    Args:
        model: the network.
        blocks: ids of the blocks whose pooled outputs are wanted.
        whole: ids of the layers whose outputs are wanted as they are, beside the answer.

    Attributes:
        batch: how many photos at once are fast and take little memory.
    """

    def __init__(self, model: Model, blocks: Sequence[str], whole: Sequence[str]) -> None:
        self._model = model
        self._blocks, self._whole = list(blocks), [CLASSIFIER, *whole]
        self._layers = list(dict.fromkeys([*self._whole, *self._blocks]))
        self._session: Session | None = None
        if model.device != "cpu":
            self.batch = ON_GPU
        elif model.runner.refused or not _piece(model):
            self.batch = 1
        else:
            self._start(threads(), _piece(model))

    def _start(self, cores: int, piece: int) -> None:
        self._piece, self.batch = piece, cores * piece * PIECES
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="network")
        try:
            self._session = Session(*graph_beside_weights(self._model.network, None, self._layers), single=True)
        except EngineError:
            self._session = None

    def __call__(self, images: Sequence[Tensor]) -> dict[str, Tensor]:
        """Images, `(1, C, H, W)` each, to what is wanted whole by id, and `mean.ID`, `max.ID` and `place.ID`, `(N, C)`.

        A place is counted row by row.
        """
        if self._session is not None:
            pieces = [images[start : start + self._piece] for start in range(0, len(images), self._piece)]
            try:
                parts = list(self._threads.map(self._side_by_side, pieces))
            except EngineError:
                self._session = None  # the runner does it, or says in its own words why it cannot
            else:
                return {name: _together([part[name] for part in parts]) for name in parts[0]}
        return self._kept(self._model.runner.run(torch.cat(list(images)), self._layers))

    def _side_by_side(self, images: Sequence[Tensor]) -> dict[str, Tensor]:
        assert self._session is not None  # noqa: S101 - only called where there is one
        values = self._session.run(_together(images).numpy(), self._layers)
        return self._kept({name: torch.from_numpy(array) for name, array in zip(self._layers, values, strict=True)})

    def _kept(self, seen: Mapping[str, Tensor]) -> dict[str, Tensor]:
        # What a session gives lies in scratch memory, so it is copied.
        kept = {name: seen[name].clone() for name in self._whole}
        for block in self._blocks:
            kept[f"mean.{block}"], kept[f"max.{block}"], kept[f"place.{block}"] = _pooled(seen[block].flatten(2))
        return kept


def _together(tensors: Sequence[Tensor]) -> Tensor:
    """One tensor of several, by NumPy: PyTorch wakes its threads for it, which then wait by turning round."""
    return torch.from_numpy(np.concatenate([tensor.numpy() for tensor in tensors]))


def _pooled(values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, maximum and its place of `(N, C, K)`, `(N, C)` each."""
    if values.device.type != "cpu":
        maximum = values.max(dim=2)
        return values.mean(dim=2), maximum.values, maximum.indices
    array = values.numpy()  # three times as fast as PyTorch
    place = array.argmax(axis=2)
    maxima = np.take_along_axis(array, place[..., None], axis=2)[..., 0]
    mean = np.einsum("ncp->nc", array) / array.shape[2]
    return torch.from_numpy(mean), torch.from_numpy(maxima), torch.from_numpy(place)
