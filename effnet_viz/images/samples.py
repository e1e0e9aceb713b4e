"""The photos that come with the project, freely licensed; `assets/photos/LICENCES.md` records where they are from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effnet_viz.home import HOME
from effnet_viz.images.photo import Photo, PhotoError, open_photo

PHOTOS = HOME / "assets" / "photos"
"""The folder of the bundled photos, beside the package."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A bundled photo.

    Attributes:
        name: Its short name, as in URLs: "coffee".
        file: Name of the file in `assets/photos`.
        title: What to print under it.
        alt: What is to be seen, for people who do not see it.
        author: Who took it.
        source: Address of its origin.
        licence: Under which it may be used: "CC0 1.0", "CC BY 2.0" or "Public domain".
    """

    name: str
    file: str
    title: str
    alt: str
    author: str
    source: str
    licence: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return PHOTOS / self.file


_SCIKIT_IMAGE = "https://github.com/scikit-image/scikit-image/blob/main/src/skimage/data/{}"
_COMMONS = "https://commons.wikimedia.org/wiki/File:{}"

_SAMPLES = (
    Sample(
        name="coffee",
        file="coffee.png",
        title="Cup of espresso",
        alt="A red cup, white inside, with espresso on a red saucer with a spoon, on a wooden table, seen from above.",
        author="Rachel Michetti, courtesy of Pikolo Espresso Bar",
        source=_SCIKIT_IMAGE.format("coffee.png"),
        licence="CC0 1.0",
    ),
    Sample(
        name="chelsea",
        file="chelsea.png",
        title="Chelsea the cat",
        alt="The face of a light brown, striped cat with yellow-green eyes, close up, looking past the camera.",
        author="Stéfan van der Walt",
        source=_SCIKIT_IMAGE.format("chelsea.png"),
        licence="CC0 1.0",
    ),
    Sample(
        name="shepherd",
        file="shepherd.jpg",
        title="German shepherd",
        alt="A black and tan German shepherd stands on dry grass, seen from the side, its tongue out.",
        author="Hans Kemperman",
        source=_COMMONS.format("German-shepherd-4040871920._(2).jpg"),
        licence="Public domain",
    ),
    Sample(
        name="panda",
        file="panda.jpg",
        title="Giant panda",
        alt="A giant panda sits behind flat stones in front of bare trees and looks down to the left.",
        author="Jeff Kubina",
        source=_COMMONS.format("Giant_Panda_2004-03-2.jpg"),
        licence="Public domain",
    ),
    Sample(
        name="bee",
        file="bee.jpg",
        title="Honey bee on an aster",
        alt="A honey bee, close up, drinks from the yellow centre of a flower with narrow purple petals.",
        author="John Severns",
        source=_COMMONS.format("European_honey_bee_extracts_nectar.jpg"),
        licence="Public domain",
    ),
    Sample(
        name="castle",
        file="castle.jpg",
        title="Neuschwanstein Castle",
        alt="A white castle with pointed towers stands on a wooded hill in front of a plain with lakes.",
        author="cameralends",
        source=_COMMONS.format("Neuschwanstein_Castle_(532850).jpg"),
        licence="CC0 1.0",
    ),
    Sample(
        name="chameleon",
        file="chameleon.jpg",
        title="Common chameleon",
        alt="A green chameleon with dark spots walks to the left along a bare twig, in front of blurred leaves.",
        author="Benny Trapp",
        source=_COMMONS.format("BennyTrapp_Chamaeleo_chamaeleon_Samos_Griechenland.jpg"),
        licence="CC BY 3.0",
    ),
    Sample(
        name="koala",
        file="koala.jpg",
        title="Koala",
        alt="A grey koala sits in the fork of a tree, one paw on a branch, its face towards the camera.",
        author="BurningWell",
        source=_COMMONS.format("Koala_Perth_Zoo.jpg"),
        licence="Public domain",
    ),
    Sample(
        name="citrus",
        file="citrus.jpg",
        title="Slices of citrus fruits",
        alt="Round slices of orange, grapefruit, lemon and lime lie side by side on white and let light through.",
        author="US Department of Agriculture",
        source=_COMMONS.format("Citrus_fruits.jpg"),
        licence="Public domain",
    ),
    Sample(
        name="camera",
        file="camera.png",
        title="Man with a camera",
        alt="Black and white: a man in a dark coat on a lawn, seen from the side, looks into a camera on a tripod.",
        author="Lav Varshney",
        source=_SCIKIT_IMAGE.format("camera.png"),
        licence="CC0 1.0",
    ),
    Sample(
        name="aqueduct",
        file="aqueduct.jpg",
        title="Pont du Gard, a Roman aqueduct",
        alt="A bridge of pale stone, arches above arches, crosses a river valley full of trees.",
        author="Mimova",
        source=_COMMONS.format("Pontdugard.jpg"),
        licence="Public domain",
    ),
    Sample(
        name="giraffes",
        file="giraffes.jpg",
        title="Giraffes, an animal that ImageNet has no class for",
        alt="Two giraffes stand close together in dry savanna, right of the middle, bare trees behind them.",
        author="Mike and Lara Wolfe",
        source=_COMMONS.format("Giraffe_courtship_(25657342808).jpg"),
        licence="CC0 1.0",
    ),
    Sample(
        name="pagoda",
        file="pagoda.jpg",
        title="Pagoda above a lake",
        alt="A Chinese tower with curved roofs, red columns and green panels stands among trees above a hazy lake.",
        author="danielbuechele",
        source="https://www.flickr.com/photos/danielbuechele/6061409035/",
        licence="CC BY 2.0",
    ),
    Sample(
        name="dahlia",
        file="dahlia.jpg",
        title="Dahlia, a flower that ImageNet has no class for",
        alt="An orange dahlia in full bloom in front of dark green leaves, a second one at the lower edge.",
        author="vultilion",
        source="https://www.flickr.com/photos/vultilion/6056698931/",
        licence="CC BY 2.0",
    ),
    Sample(
        name="astronaut",
        file="astronaut.jpg",
        title="Astronaut Eileen Collins",
        alt="A smiling woman in an orange space suit, helmet in front of her, between a flag and a model rocket.",
        author="NASA",
        source="https://flic.kr/p/r9qvLn",
        licence="Public domain",
    ),
)


def samples() -> tuple[Sample, ...]:
    """The bundled photos, the best to begin with first."""
    return _SAMPLES


def open_sample(name: str) -> Photo:
    """Open a bundled photo by its short name.

    Raises:
        ValueError: There is no sample of this name.
        PhotoError: Its file is missing or damaged.
    """
    sample = next((sample for sample in _SAMPLES if sample.name == name), None)
    if sample is None:
        names = ", ".join(sample.name for sample in _SAMPLES)
        raise ValueError(f"name must be one of {names}, not {name!r}")
    if not sample.path.is_file():
        raise PhotoError(f"The bundled photo {sample.file} is missing: restore the folder assets/photos.")
    return open_photo(sample.path, name=sample.title)
