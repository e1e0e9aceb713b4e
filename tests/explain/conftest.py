"""Small models whose answers are worth comparing: random parameters, with gates and batch norms that do something."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
import torch
from PIL import Image

from effnet_viz.architecture import ModelSpec, spec
from effnet_viz.explain import Model, Provenance
from effnet_viz.images import Photo, Preprocessing, open_photo
from effnet_viz.network import EfficientNet, build, for_inference

SIDE = 96
Answer = TypeVar("Answer")


def stir(network: torch.nn.Module) -> torch.nn.Module:
    """Give batch norms statistics and SE layers biases, so that no step is an identity."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
                module.weight.uniform_(0.8, 1.2, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator)
            elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                module.bias.normal_(0, 1, generator=generator)
    return network.eval()


def model_of(network: EfficientNet, key: str) -> Model:
    classes = network.spec.num_classes
    return Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key=key,
        preprocessing=Preprocessing(
            resize=SIDE, crop=SIDE, interpolation="bilinear", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
        ),
        class_names=tuple(f"class {index}" for index in range(classes)),
        provenance=Provenance(kind="untrained", label="random parameters"),
    )


@pytest.fixture(scope="session")
def make_model():
    """`make_model("b0", num_classes=10)` or `make_model(spec)`: a model with stirred random parameters."""

    def make(name: str | ModelSpec, num_classes: int = 10) -> Model:
        torch.manual_seed(7)
        chosen = spec(name, num_classes=num_classes) if isinstance(name, str) else name
        return model_of(stir(build(chosen)), key=f"test-{chosen.name}")

    return make


@pytest.fixture(scope="session")
def b0(make_model) -> Model:
    return make_model("b0")


@pytest.fixture(scope="session")
def lite0(make_model) -> Model:
    return make_model("lite0")


def noise_photo(seed: int, size: tuple[int, int] = (150, 120)) -> Photo:
    """A photo of soft random blobs."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    return open_photo(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), name=f"noise {seed}")


@pytest.fixture(scope="session")
def photo() -> Photo:
    return noise_photo(0)


@pytest.fixture(scope="session")
def other_photo() -> Photo:
    return noise_photo(1)


def answers_of_threads(ask: Callable[[], Answer], count: int = 8) -> list[Answer]:
    """What each of several threads gets, all begun together, while the global generator is drawn from."""
    answers: list[Answer] = []
    together = threading.Barrier(count)

    def run() -> None:
        together.wait()
        torch.rand(1)
        answers.append(ask())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers
