"""What is put where something is hidden: there is no neutral picture, so there are three to choose from."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

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
    reach = min(math.ceil(3 * deviation), images.shape[2] - 1, images.shape[3] - 1)
    places = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    weights = torch.exp(-0.5 * (places / deviation) ** 2)
    weights = (weights / weights.sum()).repeat(images.shape[1], 1)  # (C, 2 reach + 1)
    padded = functional.pad(images, (reach, reach, reach, reach), mode="reflect")
    rows = functional.conv2d(padded, weights[:, None, None, :], groups=images.shape[1])
    return functional.conv2d(rows, weights[:, None, :, None], groups=images.shape[1])
