"""The photos that come with the project, freely licensed; `assets/photos/LICENCES.md` records where they are from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effnet_viz.images.photo import Photo, PhotoError, open_photo

PHOTOS = Path(__file__).resolve().parents[2] / "assets" / "photos"
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
_PEXELS = "https://www.pexels.com/photo/{}/"
_UNNAMED = "a Pexels contributor, name not recorded"

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
        name="zebra",
        file="zebra.jpg",
        title="Zebra",
        alt="A zebra stands on dry grass, its body cut off at the left, and turns its head towards the camera.",
        author="a Pixabay contributor, name not recorded",
        source="https://pixabay.com/photos/zebra-animale-selvatico-safari-175085/",
        licence="CC0 1.0",
    ),
    Sample(
        name="beagle",
        file="beagle.jpg",
        title="Beagle puppy",
        alt="A white, brown and black beagle puppy with a harness on a leash sits on a grey bench, its tongue out.",
        author=_UNNAMED,
        source=_PEXELS.format("adorable-animal-animal-photography-beagle-452772"),
        licence="CC0 1.0",
    ),
    Sample(
        name="flamingo",
        file="flamingo.jpg",
        title="American flamingo",
        alt="A pink flamingo stands on one leg in grey, rippled water and bends its neck down to the right.",
        author="Paul Asman and Jill Lenoble",
        source="https://commons.wikimedia.org/wiki/File:Phoenicopterus_ruber_Bonaire_2.jpg",
        licence="CC BY 2.0",
    ),
    Sample(
        name="turtle",
        file="turtle.jpg",
        title="Sea turtle",
        alt="A sea turtle swims towards the camera under water, flippers spread, in deep blue light from above.",
        author=_UNNAMED,
        source=_PEXELS.format("gray-and-green-turtle-swimming-on-water-68744"),
        licence="CC0 1.0",
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
        name="taxis",
        file="taxis.jpg",
        title="Taxis in New York",
        alt="Yellow taxis, one behind the other, drive along a wide street between high-rise buildings.",
        author=_UNNAMED,
        source=_PEXELS.format("new-york-street-cabs-taxis-8247"),
        licence="CC0 1.0",
    ),
    Sample(
        name="shuttle",
        file="shuttle.jpg",
        title="Launch of a space shuttle",
        alt="A space shuttle rises from its launch pad on a bright flame, clouds of smoke to both sides.",
        author=_UNNAMED,
        source=_PEXELS.format("flight-sky-earth-space-2166"),
        licence="CC0 1.0",
    ),
    Sample(
        name="pizza",
        file="pizza.jpg",
        title="Pizza",
        alt="A pizza with salami and melted cheese fills a white plate; a salad stands behind it.",
        author=_UNNAMED,
        source=_PEXELS.format("baked-pepperoni-pizza-774487"),
        licence="CC0 1.0",
    ),
    Sample(
        name="bridge",
        file="bridge.jpg",
        title="George Washington Bridge",
        alt="A suspension bridge with a tall tower of steel lattice leads over a wide river to a city on the far bank.",
        author="John O'Connell",
        source="https://commons.wikimedia.org/wiki/File:George_Washington_Bridge_from_New_Jersey-edit.jpg",
        licence="CC BY 2.0",
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
        raise PhotoError(f"The bundled photo {sample.path} is missing: restore the folder assets/photos.")
    return open_photo(sample.path, name=sample.title)
