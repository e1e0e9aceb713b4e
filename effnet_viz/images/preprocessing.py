"""The preprocessing that belongs to a set of weights: resize, centre crop, scale, normalise.

The steps, and each rounding in them, are those of the classification transform of torchvision and of timm's
evaluation transform, so the same photo gives the same tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from effnet_viz.images.photo import Photo
from effnet_viz.images.view import View

if TYPE_CHECKING:
    import torch

_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}

_RESIZED_PIXELS = 2**24
"""Up to this many pixels the whole photo is resized before the crop is cut out, as torchvision does it."""


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How a photo becomes the input of a network.

    Attributes:
        resize: Length that the photo's shorter edge is brought to, in pixels; the longer one follows.
        crop: Edge of the square that is cut out of the centre, in pixels; at most `resize`.
        interpolation: The filter for resizing, "bicubic" or "bilinear", always antialiased.
        mean: What is subtracted from red, green and blue in 0..1.
        std: What the differences are divided by.

    Raises:
        ValueError: A value is out of its range.

    Source:
        torchvision/transforms/_presets.py, `ImageClassification`; timm/data/transforms_factory.py,
        `transforms_imagenet_eval`, where `resize` is `floor(crop / crop_pct)`.
    """

    resize: int
    crop: int
    interpolation: Literal["bicubic", "bilinear"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if self.resize < 1:
            raise ValueError(f"resize must be at least 1 pixel, not {self.resize}")
        if not 1 <= self.crop <= self.resize:
            raise ValueError(f"crop must be from 1 pixel to resize ({self.resize}), not {self.crop}")
        if self.interpolation not in _FILTERS:
            raise ValueError(f"interpolation must be 'bicubic' or 'bilinear', not {self.interpolation!r}")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != 3:
                raise ValueError(f"{name} must hold three numbers, for red, green and blue, not {values!r}")
            object.__setattr__(self, name, tuple(float(value) for value in values))
        if min(self.std) <= 0:
            raise ValueError(f"std must be above 0, not {self.std!r}")

    def tensor(self, photo: Photo) -> torch.Tensor:
        """The normalised input, `(1, 3, crop, crop)`, float32, on the CPU."""
        import torch

        # By NumPy, because PyTorch's threads, which wait by turning round, take the cores from whoever else wants them.
        pixels = np.asarray(self.input_image(photo))  # (crop, crop, 3), 0..255
        values = np.empty((1, 3, self.crop, self.crop), np.float32)
        for channel, (mean, std) in enumerate(zip(self.mean, self.std, strict=True)):
            plane = values[0, channel]
            np.divide(pixels[..., channel], np.float32(255), out=plane)
            plane -= np.float32(mean)
            plane /= np.float32(std)
        return torch.from_numpy(values)

    def input_image(self, photo: Photo) -> Image.Image:
        """What the network sees, before normalisation: an RGB image of `crop` x `crop` pixels.

        The whole photo is resized and the crop cut out of it. When that would take very many pixels, because the photo
        is a long strip, only the crop is computed: the same picture but for the last bit of single pixels.
        """
        size = self._resized(photo.width, photo.height)
        if size[0] * size[1] > _RESIZED_PIXELS:
            box = self.view(photo.width, photo.height).box
            return photo.image.resize((self.crop, self.crop), _FILTERS[self.interpolation], box=box)
        left, top = self._corner(size)
        resized = photo.image.resize(size, _FILTERS[self.interpolation])
        return resized.crop((left, top, left + self.crop, top + self.crop))

    def view(self, width: int, height: int) -> View:
        """Which part of a photo of this size, in pixels, the network sees.

        Args:
            width: of the photo, in pixels.
            height: of the photo, in pixels.

        Raises:
            ValueError: `width` or `height` is below 1.
        """
        if width < 1 or height < 1:
            raise ValueError(f"width and height must be at least 1 pixel, not {width} x {height}")
        resized_width, resized_height = self._resized(width, height)
        left, top = self._corner((resized_width, resized_height))
        box = (
            left * width / resized_width,
            top * height / resized_height,
            (left + self.crop) * width / resized_width,
            (top + self.crop) * height / resized_height,
        )
        return View(photo_size=(width, height), box=box, input_size=(self.crop, self.crop))

    def _resized(self, width: int, height: int) -> tuple[int, int]:
        """Size after resizing: the longer edge is rounded down, as in torchvision's `_compute_resized_output_size`."""
        longer = int(self.resize * max(width, height) / min(width, height))
        return (self.resize, longer) if width <= height else (longer, self.resize)

    def _corner(self, resized: tuple[int, int]) -> tuple[int, int]:
        """Left top corner of the crop: halves go to the even pixel, as in torchvision's `center_crop`."""
        return round((resized[0] - self.crop) / 2), round((resized[1] - self.crop) / 2)
