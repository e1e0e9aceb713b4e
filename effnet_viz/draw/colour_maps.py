"""From a number between 0 and 1 to a colour: the same few colour maps everywhere.

Magma and viridis (CC0, by the matplotlib project) are perceptually uniform: equal steps of the number are equal steps
for the eye, also in grey and for colour-blind people.
"""

from __future__ import annotations

from functools import lru_cache

import numpy
from numpy import ndarray

# Evenly spaced anchors; colours between them are mixed.
_ANCHORS = {
    "magma": "000004 030312 0a0822 130d34 1d1147 29115a 36106b 440f76 51127c 5d177f 6a1c81 762181 832681 902a81 9c2e7f "
    "aa337d b73779 c43c75 d0416f dc4869 e75263 ef5d5e f56b5c f9795d fc8961 fd9869 fea772 feb67c fec488 fed395 "
    "fde2a3 fcf0b2 fcfdbf",
    "viridis": "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e 2c728e 297a8e "
    "26828e 23898e 21918c 1f988b 1fa088 22a785 28ae80 32b67a 3fbc73 4ec36b 5ec962 70cf57 84d44b 98d83e "
    "addc30 c2df23 d8e219 ece51b fde725",
    # Blue for negative, red for positive, white at zero.
    "diverging": "1f4e9c 4a7cc2 86acdc c3d8ef f7f7f7 f3c9bd e28f7c c8533f 9c1c1c",
    # Gates: off is dark, half open grey-orange, open bright; fixed to 0..1, so that two pictures can be compared.
    "gates": "1a1423 4a2432 80352c b34a1c d55e00 e88a33 f2b36b f9d8ad fff6e6",
    "grey": "000000 ffffff",
}
COLOUR_MAPS = tuple(_ANCHORS)


@lru_cache(maxsize=len(_ANCHORS))
def _table(name: str) -> ndarray:
    """256 colours, `(256, 3)`, uint8."""
    anchors = numpy.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in _ANCHORS[name].split()])
    places = numpy.linspace(0, 1, len(anchors))
    channels = [numpy.interp(numpy.linspace(0, 1, 256), places, anchors[:, channel]) for channel in range(3)]
    return numpy.stack(channels, axis=1).round().astype(numpy.uint8)


def colour(values: ndarray, name: str) -> ndarray:
    """Colours of values between 0 and 1; what lies outside gets the nearest end, what is not a number the lower.

    Args:
        values: any shape.
        name: one of `COLOUR_MAPS`.

    Returns:
        uint8 array with a last axis of 3 (red, green, blue) added.

    Raises:
        ValueError: no such colour map.
    """
    if name not in _ANCHORS:
        raise ValueError(f"colour map is {name!r}; it can be {', '.join(COLOUR_MAPS)}.")
    return _table(name)[(numpy.nan_to_num(values).clip(0, 1) * 255).round().astype(numpy.uint8)]


def palette(name: str) -> list[int]:
    """The colour map's 256 colours as Pillow's palettes take them: red, green, blue, red ...

    Raises:
        ValueError: no such colour map.
    """
    return colour(numpy.linspace(0, 1, 256), name).reshape(-1).tolist()


def css_gradient(name: str) -> str:
    """The colour map as a CSS gradient from left to right, for scales beside pictures."""
    stops = [*_table(name)[::32].tolist(), _table(name)[-1].tolist()]
    return "linear-gradient(to right, " + ", ".join(f"rgb({r},{g},{b})" for r, g, b in stops) + ")"


def css_colour(value: float, name: str) -> str:
    """The colour of one value between 0 and 1 as `#RRGGBB`.

    Args:
        value: what lies outside gets the nearest end.
        name: one of `COLOUR_MAPS`.

    Raises:
        ValueError: no such colour map.
    """
    return "#{:02X}{:02X}{:02X}".format(*colour(numpy.array(value), name).tolist())


def css_colours(name: str) -> list[str]:
    """Evenly spaced colours of the map as `#RRGGBB`, for charts that mix between them."""
    return ["#{:02X}{:02X}{:02X}".format(*code) for code in _table(name)[[*range(0, 255, 17), 255]].tolist()]
