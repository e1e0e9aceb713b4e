"""The words that pages use: a sentence for each, and the page where it is seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the field.

    Attributes:
        word: the word.
        meaning: one sentence.
        page: name of the page where it is seen.
        query: what the page is opened with.
    """

    word: str
    meaning: str
    page: str
    query: tuple[tuple[str, str], ...] = ()


def _lesson(number: int) -> tuple[tuple[str, str], ...]:
    return (("lesson", str(number)),)


TERMS = (
    Term(
        word="Activation (function)",
        page="lessons",
        query=_lesson(1),
        meaning="A function applied to each number after a convolution, such as SiLU or ReLU6.",
    ),
    Term(
        word="Activation (value)",
        page="feature_maps",
        meaning="A number that a layer gives for one channel at one place.",
    ),
    Term(
        word="Batch normalisation",
        page="lessons",
        query=_lesson(1),
        meaning="A step that subtracts a mean, divides by a spread, and then applies a learned factor and shift to "
        "each channel.",
    ),
    Term(
        word="Block",
        page="architecture",
        meaning="A group of layers that is repeated, such as MBConv; `4.2` is the second block of stage 4.",
    ),
    Term(
        word="Channel",
        page="feature_maps",
        meaning="One of the maps that a layer gives; red, green and blue are the channels of a photo.",
    ),
    Term(
        word="Class evidence",
        page="evidence",
        meaning="A map that gives each place of the photo a number for how much it speaks for a class.",
    ),
    Term(
        word="Classifier",
        page="lessons",
        query=_lesson(7),
        meaning="The last layer, which computes one weighted sum of all pooled numbers for each class.",
    ),
    Term(
        word="Compound scaling",
        page="scaling",
        meaning="Making a network deeper, wider and its input larger at once, all by one number phi.",
    ),
    Term(
        word="Depthwise convolution",
        page="lessons",
        query=_lesson(2),
        meaning="A convolution that filters each channel by itself and mixes no channels.",
    ),
    Term(
        word="Descriptor",
        page="lessons",
        query=_lesson(3),
        meaning="The list of all channels' means, from which squeeze and excitation computes the gates.",
    ),
    Term(
        word="Dropout",
        page="lessons",
        query=_lesson(7),
        meaning="In training, random numbers before the classifier are set to 0; at inference nothing happens.",
    ),
    Term(
        word="Expansion ratio",
        page="lessons",
        query=_lesson(4),
        meaning="How many times as many channels a block has inside as come into it.",
    ),
    Term(
        word="Faithfulness",
        page="evidence",
        query=(("part", "trust"),),
        meaning="Whether the places that a map marks are those that change the network's answer when they are hidden.",
    ),
    Term(
        word="Feature map",
        page="feature_maps",
        meaning="The activations of one channel, arranged like a small picture.",
    ),
    Term(
        word="Fused MBConv",
        page="compare",
        query=(("left", "b0"), ("right", "v2_s")),
        meaning="A block in which one full convolution takes the place of expansion and depthwise convolution.",
    ),
    Term(
        word="Gate",
        page="se_attention",
        meaning="A number between 0 and 1 by which squeeze and excitation multiplies all of one channel.",
    ),
    Term(
        word="Grad-CAM",
        page="evidence",
        meaning="A method that weighs each channel's map by how much the score of a class grows with it, and adds all "
        "maps.",
    ),
    Term(
        word="Head",
        page="architecture",
        meaning="The end of the network: the last 1×1 convolution, pooling and classifier.",
    ),
    Term(
        word="Held-out picture",
        page="train",
        meaning="A picture that the training never sees, used to measure how good the network is.",
    ),
    Term(
        word="Inference",
        page="overview",
        meaning="Running a trained network to get its answer, without training it further.",
    ),
    Term(
        word="Kernel",
        page="lessons",
        query=_lesson(1),
        meaning="The small grid of weights that a convolution lays over every place of a picture.",
    ),
    Term(
        word="Logit",
        page="lessons",
        query=_lesson(7),
        meaning="The score of a class before softmax turns all scores into probabilities.",
    ),
    Term(
        word="MACs",
        page="architecture",
        meaning="Multiply-adds: how many times a number is multiplied and added for one image.",
    ),
    Term(
        word="MBConv",
        page="lessons",
        query=_lesson(4),
        meaning="A block that makes more channels, filters each by itself, and makes fewer channels again.",
    ),
    Term(
        word="Parameter",
        page="architecture",
        meaning="A number that training finds; all parameters together are the network's weights.",
    ),
    Term(
        word="Phi",
        page="scaling",
        meaning="The number of compound scaling: depth, width and resolution are each a base to the power of phi.",
    ),
    Term(
        word="Pointwise convolution",
        page="lessons",
        query=_lesson(2),
        meaning="A 1×1 convolution: it mixes channels and looks at no neighbouring places.",
    ),
    Term(
        word="Pooling",
        page="lessons",
        query=_lesson(7),
        meaning="Taking the mean of each map, so that one number for each channel is left.",
    ),
    Term(
        word="Quantisation",
        page="architecture",
        query=(("beneath", "eight_bits"),),
        meaning="Storing numbers with few bits, for example as whole numbers from 0 to 255.",
    ),
    Term(
        word="Rank correlation",
        page="evidence",
        query=(("part", "side_by_side"),),
        meaning="A number from −1 to 1; at 1 two maps put all places in the same order.",
    ),
    Term(
        word="Receptive field",
        page="architecture",
        meaning="The part of the photo that one value can depend on through convolutions.",
    ),
    Term(word="Resolution", page="scaling", meaning="Side of the square picture that the network gets, in pixels."),
    Term(
        word="Saturated",
        page="se_attention",
        meaning="At the end of its range, such as a gate near 0 or 1, or a value at 6 behind ReLU6.",
    ),
    Term(
        word="Skip connection",
        page="lessons",
        query=_lesson(4),
        meaning="Adding a block's input to its output, where both have the same shape.",
    ),
    Term(
        word="Softmax",
        page="lessons",
        query=_lesson(7),
        meaning="A function that turns scores into positive numbers that sum to 1.",
    ),
    Term(
        word="Squeeze and excitation (SE)",
        page="se_attention",
        meaning="A small part of a block that computes one gate for each channel from the whole picture.",
    ),
    Term(
        word="Stage",
        page="architecture",
        meaning="Blocks of one kind in a row; only the first of them may make the maps smaller.",
    ),
    Term(word="Stem", page="architecture", meaning="The first convolution of the network."),
    Term(
        word="Stochastic depth",
        page="lessons",
        query=_lesson(4),
        meaning="In training, random blocks are left out; at inference all blocks run.",
    ),
    Term(
        word="Stride",
        page="lessons",
        query=_lesson(1),
        meaning="How many pixels a convolution moves from one window to the next.",
    ),
    Term(
        word="Top-1 accuracy",
        page="compare",
        meaning="The share of test photos for which the most probable class is the right one.",
    ),
    Term(
        word="Width and depth multiplier",
        page="scaling",
        meaning="By how much the numbers of channels and of blocks are multiplied to get a larger network.",
    ),
)
