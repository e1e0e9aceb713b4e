"""What is put where something is hidden: there is no neutral picture, so there are three to choose from."""

from __future__ import annotations

import math

import torch
from torch import Tensor

REPLACEMENTS = {
    "grey": "the colour that normalisation takes to zero",
    "mean": "the photo's own mean colour",
    "blur": "the photo, blurred",
}
BLUR = 1 / 14  # standard deviation as a share of the side: shapes go, colours stay


def check_replacement(replacement: str) -> None:
    """Refuse a replacement that does not exist.

    Raises:
        ValueError: names the choices.
    """
    if replacement not in REPLACEMENTS:
        raise ValueError(f"replacement is {replacement!r}; it can be {', '.join(REPLACEMENTS)}.")


def replaced(images: Tensor, replacement: str) -> Tensor:
    """What an input looks like when all of it is hidden, `(1, C, H, W)` like the normalised input.

    Args:
        images: the normalised input, `(1, C, H, W)`.
        replacement: one of `REPLACEMENTS`.

    Raises:
        ValueError: no such replacement.
    """
    check_replacement(replacement)
    if replacement == "grey":
        return torch.zeros_like(images)  # what colour that is, the preprocessing says
    if replacement == "mean":
        return images.mean(dim=(2, 3), keepdim=True).expand_as(images)
    return blurred(images, images.shape[2] * BLUR)


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Gaussian blur with mirrored borders, along rows and then along columns; the shape stays.

    Args:
        images: `(N, C, H, W)`.
        deviation: standard deviation of the Gaussian, in pixels.
    """
    down, across = (_smoothing(side, deviation).to(images) for side in images.shape[2:])
    return down @ images @ across.T


def _smoothing(side: int, deviation: float) -> Tensor:
    """The blur of a line of pixels as a matrix, `(side, side)`: wide ones are far cheaper so than as kernels."""
    reach = min(math.ceil(3 * deviation), side - 1)
    steps = torch.arange(-reach, reach + 1)
    weights = torch.exp(-0.5 * (steps / deviation) ** 2)
    sources = (torch.arange(side)[:, None] + steps).abs()
    sources = torch.where(sources < side, sources, 2 * (side - 1) - sources)  # mirrored at both ends
    return torch.zeros(side, side).scatter_add_(1, sources, (weights / weights.sum()).expand(side, -1))
