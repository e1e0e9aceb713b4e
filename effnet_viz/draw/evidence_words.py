"""Sentences about evidence maps: made from the method, the preprocessing and the measured curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effnet_viz.images import Preprocessing
from effnet_viz.images.view import View

if TYPE_CHECKING:  # these rooms import torch
    from effnet_viz.explain.faithfulness import Faithfulness
    from effnet_viz.explain.methods import Method

ALIKE, UNLIKE = 0.6, 0.3  # rank correlations from which two maps count as alike, and up to which as different
SEEN = 0.005  # area between two curves, in probability, under which nobody sees that they differ
UNNATURAL = (
    "A photo with hidden parts is no natural photo: nothing like it was in the training, and a part of the change may "
    "come from that."
)


def question_words(method: Method, why: str) -> str:
    """What a map answers; a method that does not know the class cannot say why.

    Args:
        method: the method of the map.
        why: the class, or one class rather than another.
    """
    return f"{method.title}: why {why}?" if method.knows_class else f"{method.title}: the same map for every class"


def all_negative_words(method: Method, why: str) -> str:
    """What it means that a map has no positive value.

    Args:
        method: the method of the map.
        why: the class, or one class rather than another.
    """
    if method.signed and method.knows_class:
        return (
            f"Nothing here speaks for {why}: every value is negative. The signed map is shown in place of a blank one; "
            "blue speaks against the class."
        )
    return (
        "Here every value is negative. With this method that does not speak against the class: it comes from negative "
        "activations. The signed map is shown in place of a blank one."
    )


def bright_words(method: Method, *, signed: bool) -> str:
    """What the strongest places of a shown map are, and what they are not.

    Args:
        method: the method of the map.
        signed: whether the map is shown in red and blue.
    """
    if not method.knows_class:
        return "A bright place is strong in the layer's maps; it would be for every class."
    if not signed:
        return (
            "By this method, the score of the class depends most on bright places. That is no proof that the network "
            "understood them."
        )
    if not method.signed:
        return "Only red places speak for the class; a blue one is a negative activation."
    return (
        "By this method, red places speak for the class and blue ones against it. That is no proof that the network "
        "understood them."
    )


def framed_words(view: View) -> str:
    """That a part of the photo was cut off before the network saw it; nothing where it saw the whole photo.

    Args:
        view: where on the photo the network looked.
    """
    if view.whole:
        return ""
    if view.elongated:
        return "Of this long photo only the part is shown that the network saw."
    return "Only the framed square was seen by the network."


def randomisation_words(similarity: float) -> str:
    """What is left of a map when all weights are random.

    Args:
        similarity: rank correlation of the map with random weights and the map with the network's own.

    Source: Adebayo et al. 2018 (arXiv 1810.03292); the limits are ours.
    """
    if similarity > ALIKE:
        return "With all weights random the map still looks alike: it shows the photo more than the weights."
    if similarity > UNLIKE:
        return "With all weights random a part of the map is left: only the rest depends on the weights."
    return "With all weights random the map is another one: it depends on the weights."


def grey_words(preprocessing: Preprocessing) -> str:
    """What colour zero is after normalisation; it belongs to the weights."""
    colour = [255 * value for value in preprocessing.mean]
    if all(abs(value - 127.5) < 0.01 for value in colour):
        return "mid-grey (127.5 of 255), which these weights take as zero"
    words = ", ".join(f"{value:.0f}" for value in colour)
    return f"the mean colour that these weights take as zero (red, green, blue {words} of 255)"


def noise_words(preprocessing: Preprocessing, radius: float) -> str:
    """How strong a noise is in grey levels of the photo.

    Args:
        preprocessing: its standard deviation turns normalised values into grey levels.
        radius: largest change of a normalised value.
    """
    return f"{255 * radius * max(preprocessing.std):.2f} grey levels of 255"


def verdict(curves: Faithfulness) -> str:
    """What the areas say, in a few words: both curves, one, or none; where all are nearly alike, none."""
    deletion, insertion = curves.deletion["map"].area, curves.insertion["map"].area
    better = (
        deletion < min(curve.area for curve in curves.random_deletion) - SEEN,
        insertion > max(curve.area for curve in curves.random_insertion) + SEEN,
    )
    count = len(curves.random_deletion)
    if not any(better):
        return f"Neither curve is better than {count} random orders: this check does not support the map"
    if not all(better):
        which = "hiding" if better[0] else "showing"
        return f"Only {which} is better than {count} random orders: this check gives no clear answer"
    if deletion >= curves.deletion["centre"].area and insertion <= curves.insertion["centre"].area:
        return f"Better than {count} random orders, but no better than starting at the centre of the photo"
    return f"Better than {count} random orders: what the map marks matters to the network"
