"""What is put where something is hidden: there is no neutral picture, so there are three to choose from."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

FILLS = {
    "grey": "grey, the mean colour of the training images",
    "mean": "the photo's own mean colour",
    "blur": "the photo, blurred",
}
BLUR = 1 / 14  # standard deviation as a share of the side: shapes go, colours stay


def check_fill(fill: str) -> None:
    """Refuse a fill that does not exist.

    Raises:
        ValueError: names the choices.
    """
    if fill not in FILLS:
        raise ValueError(f"fill is {fill!r}; it can be {', '.join(FILLS)}.")


def filled(images: Tensor, fill: str) -> Tensor:
    """What an input looks like when all of it is hidden, `(1, C, H, W)` like the normalised input.

    Raises:
        ValueError: no such fill.
    """
    check_fill(fill)
    if fill == "grey":
        return torch.zeros_like(images)  # normalisation takes the mean colour to zero
    if fill == "mean":
        return images.mean(dim=(2, 3), keepdim=True).expand_as(images)
    return blurred(images, images.shape[2] * BLUR)


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Gaussian blur with mirrored borders, along rows and then along columns."""
    reach = min(math.ceil(3 * deviation), images.shape[2] - 1, images.shape[3] - 1)
    places = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    weights = torch.exp(-0.5 * (places / deviation) ** 2)
    weights = (weights / weights.sum()).repeat(images.shape[1], 1)  # (C, 2 reach + 1)
    padded = functional.pad(images, (reach, reach, reach, reach), mode="reflect")
    rows = functional.conv2d(padded, weights[:, None, None, :], groups=images.shape[1])
    return functional.conv2d(rows, weights[:, None, :, None], groups=images.shape[1])
