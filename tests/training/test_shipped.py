"""The networks that come with the project do what their model card says: computed again from the files."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from PIL import Image

from effnet_viz.architecture import plan
from effnet_viz.explain import grad_cam
from effnet_viz.explain.pointing_game import pointing, pointing_game
from effnet_viz.images import open_photo
from effnet_viz.loading import load
from effnet_viz.network import build, for_inference
from effnet_viz.training.checkpoint import read_trained_checkpoint
from effnet_viz.training.evaluation import Evaluation, between_class_share, evaluate
from effnet_viz.training.tasks import HELD_OUT_PICTURES, held_out, task_named

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "shapes"
FILES = sorted(path.name for path in FOLDER.glob("*.safetensors"))
ROW = re.compile(
    r"\| `(?P<file>[\w-]+\.safetensors)` \| (?P<task>\w+) \| (?P<se>yes|no) \| (?P<params>[\d,]+) \| "
    r"(?P<pictures>[\d,]+) \| (?P<accuracy>[\d.]+)% \|"
)
ROWS = {match["file"]: match for match in ROW.finditer((FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8"))}


def number(text: str) -> int:
    return int(text.replace(",", ""))


@lru_cache
def said(file: str) -> Evaluation:
    saved = read_trained_checkpoint(FOLDER / file)
    network = build(saved.spec)
    network.load_state_dict(saved.tensors)
    return evaluate(for_inference(network), saved.facts["task"])


def test_card_names_every_file():
    assert sorted(ROWS) == FILES
    assert {"shapes.safetensors", "shapes_no_se.safetensors"} <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_file_and_card_agree(file):
    saved, row = read_trained_checkpoint(FOLDER / file), ROWS[file]
    assert (FOLDER / file).stat().st_size < 1_000_000
    assert plan(saved.spec).params == number(row["params"])
    assert saved.spec.has_se == (row["se"] == "yes")
    assert saved.facts["task"] == row["task"]
    assert saved.facts["pictures"] == number(row["pictures"])
    assert saved.facts["finished"]
    assert saved.facts["held_out_pictures"] == HELD_OUT_PICTURES
    assert tuple(saved.facts["class_names"]) == task_named(row["task"]).class_names
    assert f"{100 * saved.facts['held_out_accuracy']:.1f}" == row["accuracy"]
    assert f"`{saved.facts['command']}`" in (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_accuracy_of_the_card_is_what_the_network_reaches(file):
    assert 100 * said(file).accuracy == pytest.approx(float(ROWS[file]["accuracy"]), abs=0.15)


@pytest.mark.slow
def test_network_with_se_reaches_95_percent():
    assert said("shapes.safetensors").accuracy >= 0.95


@pytest.mark.slow
def test_gates_depend_on_the_class_more_and_more_with_depth():
    told = said("shapes.safetensors")
    shares = [between_class_share(values, told.labels) for values in told.gates.values()]
    assert shares[-1] - shares[0] >= 0.4


@pytest.mark.parametrize("file", FILES)
def test_parameters_are_plain_numbers(file):
    for name, tensor in read_trained_checkpoint(FOLDER / file).tensors.items():
        assert tensor.dtype == (torch.int64 if name.endswith("num_batches_tracked") else torch.float32)
        assert torch.isfinite(tensor).all()


@pytest.mark.slow
def test_grad_cam_points_at_the_shape_far_more_often_than_chance():
    model = load("shapes", device="cpu")
    drawn = next(iter(held_out("shapes", 60)))
    game = pointing_game(
        pointing(grad_cam(model, open_photo(Image.fromarray(pixels.transpose(1, 2, 0))), target=int(label)), mask)
        for pixels, label, mask in zip(drawn.pixels, drawn.labels, drawn.masks, strict=True)
    )
    assert game.pointing > 2 * game.chance
    assert game.energy > 1.5 * game.chance
