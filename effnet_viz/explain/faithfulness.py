"""Does the map mark what the network used? Take away what it marks, and compare with taking away as much elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy
import torch
from numpy import ndarray
from torch import Tensor
from torch.nn import functional

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture
from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.evidence_question import EvidenceQuestion, question_of
from effnet_viz.explain.methods.batches import batch_size, in_batches
from effnet_viz.explain.model import Model
from effnet_viz.explain.replacement import check_replacement, replaced

STEPS, DRAWS = 20, 3


@dataclass(frozen=True, kw_only=True, eq=False)
class ConfidenceCurve:
    """How sure the network is as more and more of the photo is taken away or put back.

    Attributes:
        fractions: shares of the pixels, 0 to 1, `(S,)`.
        scores: probability of the class at each, `(S,)`.
    """

    fractions: ndarray
    scores: ndarray

    @property
    def area(self) -> float:
        """Area under the curve, 0 to 1: small is good for deletion, large for insertion."""
        return float(numpy.trapezoid(self.scores, self.fractions))

    def at(self, fraction: float) -> float:
        """The score at a share of pixels, interpolated."""
        return float(numpy.interp(fraction, self.fractions, self.scores))


@dataclass(frozen=True, kw_only=True, eq=False)
class Faithfulness:
    """Deletion and insertion curves of a map beside what chance and the centre of the photo reach.

    Orders are `map` (the strongest first), `centre` (from the centre outwards) and `random` (the mean over some
    shufflings of the map's own cells, so that pieces have the same size).

    Attributes:
        deletion: order to curve.
        insertion: order to curve.
        random_deletion: the single shufflings' curves.
        random_insertion: the same for insertion.
        drop: share of the probability that is lost when the photo is multiplied by the map's positive part.
        increase: whether the probability grows by that.
        probability: of the class, on the whole photo.
        replacement: what took the place of the hidden pixels.
    """

    deletion: Mapping[str, ConfidenceCurve]
    insertion: Mapping[str, ConfidenceCurve]
    random_deletion: tuple[ConfidenceCurve, ...]
    random_insertion: tuple[ConfidenceCurve, ...]
    drop: float
    increase: bool
    probability: float
    replacement: str


def faithfulness(
    model: Model,
    run: Capture,
    evidence: ClassEvidence,
    *,
    replacement: str = "grey",
    steps: int = STEPS,
    draws: int = DRAWS,
    progress: Progress = quiet,
) -> Faithfulness:
    """Deletion, insertion, drop and increase of confidence of a map.

    With a second class (`evidence.against`) the probability is that of the first class between the two.

    Args:
        model: the model that made capture and evidence.
        run: the capture.
        evidence: the map.
        replacement: what takes the place of hidden pixels, one of `REPLACEMENTS`.
        steps: pieces that the photo is taken away in.
        draws: shufflings that the random curve is the mean of.
        progress: told the share done.

    Raises:
        ValueError: no such replacement, less than one step or draw, or a map that points nowhere.

    Source: RISE (arXiv 1806.07421), section 4.2, for deletion and insertion; Grad-CAM++ (arXiv 1710.11063), section
    4.1, for drop and increase.
    """
    if steps < 1 or draws < 1:
        raise ValueError(f"steps is {steps} and draws is {draws}; both must be at least 1.")
    check_replacement(replacement)
    check_points_somewhere(evidence)
    question = question_of(model, run, evidence.target, evidence.against)
    images, hidden = question.images, replaced(question.images, replacement)
    side = images.shape[2:]
    ranks = torch.stack([ranks_of(values, side) for values in orders(evidence.values, draws)]).to(images.device)
    count = ranks.shape[1]
    step = -(-count // steps)
    counts = [*range(0, count, step), count]
    # Both kinds of curve share their ends, the whole photo and nothing of it, which are run once.
    inner = [
        (order, put_back, kept) for order in range(len(ranks)) for put_back in (False, True) for kept in counts[1:-1]
    ]
    runs = [(0, False, 0), (0, False, count), *inner]

    def scores_of(start: int, stop: int) -> Tensor:
        chunk = runs[start:stop]
        first = ranks[[order for order, _, _ in chunk]] < column([kept for _, _, kept in chunk], images.device)
        shown = first == column([put_back for _, put_back, _ in chunk], images.device)
        pictures = torch.where(shown.reshape(len(chunk), 1, *side), images, hidden)
        return confidence(question, pictures)

    with torch.no_grad():
        scores = in_batches(len(runs), batch_size(model, side[0]), scores_of, progress).double().cpu().numpy()
        masked = float(confidence(question, images * positive_share(evidence.values, side).to(images.device)))
    whole, nothing = float(scores[0]), float(scores[1])
    inside = scores[2:].reshape(len(ranks), 2, len(counts) - 2)
    fractions = numpy.array(counts) / count
    deletions = [curve(fractions, [whole, *row[0], nothing]) for row in inside]
    insertions = [curve(fractions, [nothing, *row[1], whole]) for row in inside]
    return Faithfulness(
        deletion=by_order(deletions),
        insertion=by_order(insertions),
        random_deletion=tuple(deletions[2:]),
        random_insertion=tuple(insertions[2:]),
        drop=max(0.0, whole - masked) / (whole + 1e-7),
        increase=masked > whole,
        probability=whole,
        replacement=replacement,
    )


def runs_needed() -> int:
    """How many images `faithfulness` runs, for an estimate."""
    return 2 * (2 + DRAWS) * (STEPS - 1) + 3


def confidence(question: EvidenceQuestion, images: Tensor) -> Tensor:
    """`(N, C, H, W)` inputs to the `(N,)` probabilities of the class: among all, or between the two asked about.

    Args:
        question: which network and which classes.
        images: normalised inputs, `(N, C, H, W)`.
    """
    with question.model.lock:
        logits = question.model.runner.logits(images)
    if question.against is not None:
        return torch.sigmoid(question.score(logits))
    if logits.shape[1] == 1:
        return torch.sigmoid(logits[:, 0])
    return logits.softmax(dim=1)[:, question.target]


def orders(values: ndarray, draws: int) -> list[ndarray]:
    """Maps by which pixels are ordered, each `(H, W)`: the map, nearness to the centre, and shuffled maps.

    Args:
        values: the map, `(H, W)`.
        draws: how many shuffled maps.
    """
    height, width = values.shape
    rows, columns = numpy.mgrid[:height, :width]
    nearness = -numpy.hypot((rows + 0.5) / height - 0.5, (columns + 0.5) / width - 0.5)
    generator = numpy.random.default_rng(0)
    shuffled = [generator.permutation(values.reshape(-1)).reshape(values.shape) for _ in range(draws)]
    return [values, nearness, *shuffled]


def ranks_of(values: ndarray, side: torch.Size) -> Tensor:
    """Each pixel's place in the order from strongest to weakest, `(H * W,)`; equal ones row by row.

    Args:
        values: the map, `(H', W')`.
        side: height and width of the input, in pixels.
    """
    enlarged = enlarge(values, side)
    return torch.argsort(torch.argsort(enlarged.reshape(-1), descending=True, stable=True))


def enlarge(values: ndarray, side: torch.Size | tuple[int, int]) -> Tensor:
    """A map at the input's size, bilinear, `(H, W)`.

    Args:
        values: the map, `(H', W')`.
        side: height and width of the input, in pixels.
    """
    tensor = torch.tensor(values, dtype=torch.float32)[None, None]
    return functional.interpolate(tensor, tuple(side), mode="bilinear", align_corners=False)[0, 0]


def positive_share(values: ndarray, side: torch.Size) -> Tensor:
    """The map's positive part between 0 and 1, at the input's size, `(H, W)`.

    Args:
        values: the map, `(H', W')`.
        side: height and width of the input, in pixels.
    """
    positive = numpy.maximum(values, 0)
    positive = positive - positive.min()
    return enlarge(positive / (positive.max() + 1e-8), side)


def check_points_somewhere(evidence: ClassEvidence) -> None:
    """Refuse a map without order: nothing could be taken away first.

    Raises:
        ValueError: the map has a single cell, or is the same everywhere.
    """
    if evidence.values.size == 1:
        raise ValueError(
            f"The map at layer {evidence.layer} has a single cell, so it cannot point anywhere; choose an "
            "earlier layer or a larger resolution."
        )
    if evidence.flat:
        raise ValueError("The map is the same everywhere, so there is nothing to take away first.")


def column(values: Sequence[float], device: torch.device) -> Tensor:
    """`(N, 1)` tensor of a list, to compare with rows.

    Args:
        values: N numbers.
        device: where the tensor is put.
    """
    return torch.tensor(values, device=device)[:, None]


def curve(fractions: ndarray, scores: list[float]) -> ConfidenceCurve:
    """A curve of read-only arrays from the scores of one order.

    Args:
        fractions: shares of the pixels, 0 to 1, `(S,)`.
        scores: probability of the class at each, S numbers.
    """
    return ConfidenceCurve(fractions=fractions, scores=numpy.array(scores))


def by_order(curves: list[ConfidenceCurve]) -> Mapping[str, ConfidenceCurve]:
    """The map's curve, the centre's, and the mean of the rest."""
    chance = numpy.mean([curve.scores for curve in curves[2:]], axis=0)
    return MappingProxyType(
        {"map": curves[0], "centre": curves[1], "random": ConfidenceCurve(fractions=curves[0].fractions, scores=chance)}
    )
