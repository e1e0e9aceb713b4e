"""The colours that mean something, and the words for what they mean: one table for every picture.

Source: Okabe & Ito, "Color Universal Design" (https://jfly.uni-koeln.de/color/), a set that colour-blind people can
tell apart.
"""

from __future__ import annotations

BLUE, GREEN, SKY = "#0072B2", "#009E73", "#56B4E9"
ORANGE, PINK, RED, GREY = "#E69F00", "#CC79A7", "#D55E00", "#999999"

# Kinds of blocks and of layers, as the plan names them.
KIND_COLOURS = {
    "stem": BLUE,
    "head": BLUE,
    "stem_head": BLUE,
    "mbconv": GREEN,
    "fused_mbconv": SKY,
    "depthwise": ORANGE,
    "pointwise": PINK,
    "se": RED,
    "pool": GREY,
    "classifier": GREY,
}
KIND_LABELS = {
    "stem": "Stem",
    "head": "Head",
    "stem_head": "Stem and head",
    "mbconv": "MBConv",
    "fused_mbconv": "Fused MBConv",
    "depthwise": "Depthwise convolution",
    "pointwise": "Pointwise convolution (1×1)",
    "se": "Squeeze and excitation",
    "pool": "Pooling",
    "classifier": "Classifier",
}

LEFT, RIGHT = BLUE, RED  # two networks compared
COMPARED = (LEFT, RIGHT, GREEN, PINK)  # up to four of them

DARK_TEXT, LIGHT_TEXT = "#000000", "#FFFFFF"  # one of the two has a contrast of 4.58 on every colour
LABEL = "#5F6977"  # for words in charts: readable on paper; pages put their own in its place (base.css)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of `#RRGGBB`.

    Raises:
        ValueError: not a colour of that form.
    """
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"colour is {colour!r}; write it as #RRGGBB.")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it, channel by channel.

    Args:
        colour: a colour as `#RRGGBB`.
        other: the colour that is mixed in, as `#RRGGBB`.
        share: 0 gives `colour`, 1 gives `other`.
    """
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(rgb(colour), rgb(other), strict=True))


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white).

    Source: WCAG 2.2, "relative luminance".
    """
    linear = []
    for value in rgb(colour):
        share = value / 255
        linear.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21.

    Args:
        colour: a colour as `#RRGGBB`.
        other: a colour as `#RRGGBB`; the order of the two does not matter.

    Source: WCAG 2.2, "contrast ratio".
    """
    low, high = sorted((luminance(colour), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """The better readable of dark and light text on a colour."""
    return max((DARK_TEXT, LIGHT_TEXT), key=lambda text: contrast(text, colour))
