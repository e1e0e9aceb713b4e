"""Two more numbers about a map, as in Captum: do its values predict what hiding does, and does noise change it?"""

from __future__ import annotations

import numpy
import torch
from captum.metrics import sensitivity_max
from torch import Tensor

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture
from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.evidence_question import question_of
from effnet_viz.explain.faithfulness import check_points_somewhere, enlarge
from effnet_viz.explain.methods.batches import batch_size, in_batches
from effnet_viz.explain.methods.evidence import answer
from effnet_viz.explain.methods.hiding import greyed
from effnet_viz.explain.model import Model

SQUARES = 32
NOISES, RADIUS = 5, 0.02  # Captum's default radius: of a normalised value; in grey levels 255 * std * radius


def infidelity(
    model: Model, run: Capture, evidence: ClassEvidence, *, squares: int = SQUARES, progress: Progress = quiet
) -> float:
    """How badly the map predicts the drop of the score when a random square is greyed; 0 is perfect, 1 no help.

    The map's sum over the square, at the best common scale, is held against the drop; the mean squared error is
    given as a share of the mean squared drop.

    Args:
        model: the model that made the capture.
        run: the capture that the map is about.
        evidence: the map.
        squares: how many random squares are greyed.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: the map points nowhere.

    Source: Yeh et al. 2019 (arXiv 1901.09392), definition 2.1 with square removal, normalised as Captum does.
    """
    check_points_somewhere(evidence)
    question = question_of(model, run, evidence.target, evidence.against)
    images = question.images
    side = images.shape[2]
    places = random_squares(side, squares)
    values = enlarge(evidence.values, images.shape[2:]).double().numpy()
    predicted = numpy.array([values[rows, columns].sum() for rows, columns in places])

    def scores_of(start: int, stop: int) -> Tensor:
        return question.score_of_images(greyed(images, places[start:stop]))

    whole = float(question.score(torch.tensor(run.logits)[None]))
    with torch.no_grad():
        scores = in_batches(squares, batch_size(model, side), scores_of, progress)
    drops = whole - scores.double().cpu().numpy()
    scale = (predicted @ drops) / (predicted @ predicted) if predicted.any() else 0.0
    missed, all_of_it = ((scale * predicted - drops) ** 2).mean(), (drops**2).mean()
    return float(missed / all_of_it) if all_of_it > 0 else 1.0


def random_squares(side: int, count: int) -> list[tuple[slice, slice]]:
    """Rows and columns of squares from an eighth to half of the side; always the same ones.

    Args:
        side: of the input, in pixels.
        count: how many squares.
    """
    generator = torch.Generator().manual_seed(0)
    squares = []
    for _ in range(count):
        edge = int(torch.randint(max(1, side // 8), max(2, side // 2), (), generator=generator))
        top, left = torch.randint(0, side - edge + 1, (2,), generator=generator).tolist()
        squares.append((slice(top, top + edge), slice(left, left + edge)))
    return squares


def sensitivity(
    model: Model,
    run: Capture,
    evidence: ClassEvidence,
    method: str,
    *,
    noises: int = NOISES,
    progress: Progress = quiet,
) -> float:
    """How much the map changes at most, as a share of its own norm, under a little noise.

    Args:
        model: the model that made capture and evidence.
        run: the capture.
        evidence: the map.
        method: name of the method that made it, which runs again for every noise.
        noises: how many.
        progress: told the share done.

    Source: Yeh et al. 2019 (arXiv 1901.09392), definition 3.1; Captum's `sensitivity_max`.
    """
    layer = None if evidence.layer == "input" else evidence.layer
    question = question_of(model, run, evidence.target, evidence.against, layer)

    def explain(images: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        known = torch.equal(images[0], question.images)  # Captum asks for the map itself, too
        values = evidence.values if known else answer(question.about(images[0]), method).values
        return (torch.tensor(values)[None, None],)

    # A generator of its own: the global one is shared with every other thread, and numbers would differ by chance.
    generator = torch.Generator().manual_seed(0)

    def noisy(images: Tensor, radius: float) -> tuple[Tensor, ...]:
        noise = torch.rand(images.shape, generator=generator).to(images)
        return (images + (2 * noise - 1) * radius,)

    # One noise at a time: the methods take one photo, and others get their turn in between.
    worst = 0.0
    for done in range(noises):
        change = sensitivity_max(explain, question.images, noisy, perturb_radius=RADIUS, n_perturb_samples=1)
        worst = max(worst, float(change))
        progress((done + 1) / noises)
    return worst
