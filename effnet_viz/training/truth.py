"""Whether maps of class evidence show the shape that the class is about: possible here, where every mask is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from effnet_viz.training.drawing import Array


@dataclass(frozen=True, kw_only=True)
class Truth:
    """How well maps of class evidence find the shape, next to what a map that knows nothing would reach.

    Attributes:
        pointing: share of the maps whose highest place lies on the shape (the pointing game).
        energy: share of the maps' positive evidence that lies on the shape, on average.
        chance: share of the picture that the shape covers, on average: what both would be for a constant map.
        count: number of maps.
    """

    pointing: float
    energy: float
    chance: float
    count: int


def truth(maps: Iterable[Array], masks: Iterable[Array]) -> Truth:
    """Hold maps of class evidence against the masks of the shapes they should show.

    Args:
        maps: one for each picture, ``(H, W)``, already as large as the masks; only what is positive counts as
            evidence. A map without positive evidence hits nothing.
        masks: one for each picture, ``(H, W)`` bool.

    Raises:
        ValueError: a map has another size than its mask, or there are no maps.

    Source: the pointing game is that of Excitation Backprop (arXiv 1608.00507), without its tolerance margin; energy
        in the mask that of Score-CAM (arXiv 1910.01279), section 4.3.
    """
    hits, energies, areas = [], [], []
    for values, mask in zip(maps, masks, strict=True):
        if values.shape != mask.shape:
            raise ValueError(f"maps has a map of {values.shape}, but its mask is {mask.shape}; enlarge the map first.")
        positive = np.maximum(values, 0)
        evidence = float(positive.sum())
        hits.append(bool(mask.flat[positive.argmax()]) if evidence > 0 else False)
        energies.append(float(positive[mask].sum()) / evidence if evidence > 0 else 0.0)
        areas.append(float(mask.mean()))
    if not hits:
        raise ValueError("maps is empty; at least 1 map is needed.")
    return Truth(pointing=float(np.mean(hits)), energy=float(np.mean(energies)), chance=float(np.mean(areas)),
                 count=len(hits))
