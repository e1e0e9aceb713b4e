"""A tiny EfficientNet built by hand that answers to red and to nothing else: every method must point at the red."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from effnet_viz.architecture import ModelSpec, StageSpec
from effnet_viz.explain import Model, Provenance, capture
from effnet_viz.explain.faithfulness import faithfulness
from effnet_viz.explain.manual_occlusion import hand_test, hide
from effnet_viz.explain.methods import METHODS, evidence_from_capture
from effnet_viz.images import Preprocessing, open_photo
from effnet_viz.network import build, for_inference

SIDE = 64
QUADRANTS = {"top left": (0, 0), "top right": (0, 1), "bottom left": (1, 0), "bottom right": (1, 1)}


@pytest.fixture(scope="module")
def model() -> Model:
    """Class 0 is the mean of "red minus the other colours"; class 1 is a constant.

    Stem: channel 0 is red minus half of green and blue, minus a threshold. The one block passes channel 0 on, its SE
    opens channel 0's gate fully and leaves the others half open. Head and classifier pass it on to class 0.
    """
    spec = ModelSpec(
        name="red",
        title="Red detector",
        family="custom",
        width=1.0,
        depth=1.0,
        resolution=SIDE,
        train_resolution=SIDE,
        dropout=0.0,
        stem_channels=8,
        head_channels=8,
        activation="relu",
        num_classes=2,
        source="built by hand",
        stages=(StageSpec(operator="mbconv", kernel=3, stride=2, expansion=1, channels=8, repeats=1, se_ratio=0.25),),
    )
    network = build(spec).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.fill_(1)
        stem, block, head = network.layer("1"), network.layer("2.1"), network.layer("3")
        stem.conv.weight[0, :, 1, 1] = torch.tensor([1.0, -0.5, -0.5])
        stem.norm.bias[0] = -0.6
        block.depthwise.conv.weight[0, 0] = 1 / 9
        block.se.expand.bias[0] = 10.0
        block.project.conv.weight[0, 0] = 1
        head.conv.weight[0, 0] = 1
        network.classifier.weight[0, 0] = 14
        network.classifier.bias[1] = 1
    return Model(
        spec=spec,
        network=for_inference(network),
        device="cpu",
        key="red",
        class_names=("red", "not red"),
        preprocessing=Preprocessing(resize=SIDE, crop=SIDE, interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3),
        provenance=Provenance(kind="checkpoint", label="built by hand"),
    )


def red_in(row: int, column: int):
    """Grey and green noise with red in one quadrant."""
    generator = np.random.default_rng(5)
    pixels = generator.integers(90, 160, (SIDE, SIDE, 1), dtype=np.uint8).repeat(3, axis=2)
    half = SIDE // 2
    pixels[: half // 2, :, 1] = 190
    pixels[row * half + 4 : (row + 1) * half - 4, column * half + 4 : (column + 1) * half - 4] = (230, 30, 30)
    return open_photo(Image.fromarray(pixels))


def share_in_quadrant(values: np.ndarray, row: int, column: int) -> float:
    """Share of a map's positive part that lies in one quadrant."""
    positive = np.maximum(values, 0)
    height, width = values.shape
    inside = positive[row * height // 2 : (row + 1) * height // 2, column * width // 2 : (column + 1) * width // 2]
    return float(inside.sum() / positive.sum())


@pytest.mark.parametrize("place", list(QUADRANTS))
@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_points_at_the_quadrant_that_counts(model, method, place):
    row, column = QUADRANTS[place]
    run = capture(model, red_in(row, column))
    layer = "2.1" if method == "se_ablation" else None
    values = evidence_from_capture(model, run, method, target=0, layer=layer).values
    assert share_in_quadrant(values, row, column) > 0.8
    strongest = np.unravel_index(values.argmax(), values.shape)
    assert (2 * strongest[0] // values.shape[0], 2 * strongest[1] // values.shape[1]) == (row, column)


def test_the_difference_of_classes_turns_round_with_them(model):
    run = capture(model, red_in(0, 1))
    values = evidence_from_capture(model, run, target=0, against=1).values
    np.testing.assert_allclose(values, -evidence_from_capture(model, run, target=1, against=0).values)


def test_map_curve_and_hand_tell_one_story(model):
    photo = red_in(1, 0)
    run = capture(model, photo)
    evidence = evidence_from_capture(model, run, target=0)
    curves = faithfulness(model, run, evidence, steps=16)
    assert curves.deletion["map"].area < min(curve.area for curve in curves.random_deletion)
    assert curves.deletion["map"].area < curves.deletion["centre"].area
    assert curves.insertion["map"].area > max(curve.area for curve in curves.random_insertion)
    box = [(0, SIDE // 2, SIDE // 2, SIDE)]
    test = hand_test(model, run, capture(model, hide(photo, box, model.preprocessing, "grey")), evidence, box, "grey")
    nothing = 1 / (1 + np.e)  # both logits without any red: 0 and 1
    assert test.before > 0.6
    assert test.by_hand == pytest.approx(nothing, abs=0.01) and test.by_map == pytest.approx(nothing, abs=0.05)
    assert test.at_random > test.by_map + 0.1
    wrong = [(SIDE // 2, 0, SIDE, SIDE // 2)]
    hidden = capture(model, hide(photo, wrong, model.preprocessing, "grey"))
    elsewhere = hand_test(model, run, hidden, evidence, wrong, "grey")
    assert elsewhere.by_hand == pytest.approx(test.before, abs=0.01)
