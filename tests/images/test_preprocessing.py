"""The same photo gives the same tensor as torchvision's and timm's own transforms."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

from effnet_viz.images import Photo, Preprocessing, open_photo

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}

TORCHVISION = [
    (256, 224, "bicubic", IMAGENET),  # B0
    (256, 240, "bicubic", IMAGENET),  # B1, first recipe
    (255, 240, "bilinear", IMAGENET),  # B1, second recipe
    (288, 288, "bicubic", IMAGENET),  # B2
    (320, 300, "bicubic", IMAGENET),  # B3
    (384, 380, "bicubic", IMAGENET),  # B4
    (384, 384, "bilinear", IMAGENET),  # V2-S
    (480, 480, "bicubic", HALF),  # V2-L
]
SIZES = [(600, 400), (451, 300), (512, 512), (333, 777), (31, 17), (224, 224), (256, 256), (257, 256), (1, 1), (90, 7)]


def noise(width: int, height: int, seed: int = 0) -> Photo:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return open_photo(Image.fromarray(pixels))


def torchvision_tensor(preprocessing: Preprocessing, photo: Photo) -> torch.Tensor:
    transform = ImageClassification(
        crop_size=preprocessing.crop,
        resize_size=preprocessing.resize,
        mean=preprocessing.mean,
        std=preprocessing.std,
        interpolation=InterpolationMode(preprocessing.interpolation),
    )
    return transform(photo.image)[None]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("resize", "crop", "interpolation", "colours"), TORCHVISION, ids=str)
def test_tensor_equals_torchvisions(resize, crop, interpolation, colours, size):
    preprocessing = Preprocessing(resize=resize, crop=crop, interpolation=interpolation, **colours)
    photo = noise(*size)
    tensor = preprocessing.tensor(photo)
    assert tensor.shape == (1, 3, crop, crop)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, torchvision_tensor(preprocessing, photo))


@pytest.mark.parametrize(
    ("crop", "crop_pct"), [(224, 0.875), (240, 0.882), (260, 0.89), (300, 0.904), (380, 0.922), (528, 0.942)]
)
@pytest.mark.parametrize("size", [(600, 400), (300, 451), (77, 1000)], ids=str)
def test_tensor_equals_timms(crop, crop_pct, size):
    photo = noise(*size)
    transform = create_transform((3, crop, crop), interpolation="bicubic", crop_pct=crop_pct, **HALF)
    preprocessing = Preprocessing(resize=int(crop / crop_pct), crop=crop, interpolation="bicubic", **HALF)
    torch.testing.assert_close(preprocessing.tensor(photo)[0], transform(photo.image), rtol=0, atol=1e-6)


def test_the_input_image_is_the_tensor_before_normalisation():
    preprocessing = Preprocessing(resize=256, crop=224, interpolation="bicubic", **IMAGENET)
    photo = noise(500, 400)
    image = preprocessing.input_image(photo)
    assert image.mode == "RGB" and image.size == (224, 224)
    mean, std = (torch.tensor(IMAGENET[key]).view(3, 1, 1) for key in ("mean", "std"))
    pixels = (preprocessing.tensor(photo)[0] * std + mean) * 255
    np.testing.assert_allclose(pixels.permute(1, 2, 0), np.asarray(image), atol=1e-3)


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (3, 8000), (700, 16), (16_000, 60)], ids=str)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_long_strips(size, interpolation):
    """Above some length only the crop is resized: as torchvision's, but for one step of 255 in a few pixels."""
    preprocessing = Preprocessing(resize=64, crop=56, interpolation=interpolation, **HALF)
    photo = noise(*size)
    steps = (preprocessing.tensor(photo) - torchvision_tensor(preprocessing, photo)).abs() * 255 / 2
    assert steps.max() < 1.001
    assert (steps > 0.5).float().mean() < 0.01


@pytest.mark.parametrize("size", [(1, 4000), (4000, 1), (16_384, 1)], ids=str)
def test_the_longest_strips_at_full_size_stay_cheap(size):
    preprocessing = Preprocessing(resize=256, crop=224, interpolation="bicubic", **HALF)
    assert preprocessing.tensor(noise(*size)).shape == (1, 3, 224, 224)


def test_strips_are_resized_to_the_crop_only(monkeypatch):
    asked = []
    resize = Image.Image.resize

    def spy(self, size, *args, **kwargs):
        asked.append(size)
        return resize(self, size, *args, **kwargs)

    photo = noise(4000, 1)
    monkeypatch.setattr(Image.Image, "resize", spy)
    Preprocessing(resize=256, crop=224, interpolation="bicubic", **HALF).input_image(photo)
    assert asked == [(224, 224)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"resize": 0, "crop": 0}, "resize"),
        ({"crop": 0}, "crop"),
        ({"crop": 257}, "crop"),
        ({"interpolation": "nearest"}, "interpolation"),
        ({"mean": (0.5, 0.5)}, "mean"),
        ({"std": (0.5,) * 4}, "std"),
        ({"std": (0.5, 0.0, 0.5)}, "std"),
    ],
)
def test_impossible_values_name_the_argument(change, words):
    values = {"resize": 256, "crop": 224, "interpolation": "bicubic", **HALF} | change
    with pytest.raises(ValueError, match=f"^{words} must"):
        Preprocessing(**values)


def test_equal_values_are_one_cache_key():
    first = Preprocessing(resize=256, crop=224, interpolation="bicubic", mean=[0.5] * 3, std=[0.5] * 3)
    second = Preprocessing(resize=256, crop=224, interpolation="bicubic", **HALF)
    assert first == second and hash(first) == hash(second)


def test_neither_torch_nor_streamlit_comes_with_the_room():
    code = """
import sys
from effnet_viz.images import Preprocessing, open_sample, samples
half = (0.5, 0.5, 0.5)
preprocessing = Preprocessing(resize=256, crop=224, interpolation="bicubic", mean=half, std=half)
preprocessing.input_image(open_sample("coffee"))
print(sorted({"torch", "torchvision", "streamlit"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
