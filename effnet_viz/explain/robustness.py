"""Two more numbers about a map, by Captum: do its values predict what hiding does, and does noise change it?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from captum.metrics import infidelity as captum_infidelity
from captum.metrics import sensitivity_max
from torch import Tensor

from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.capture import Capture
from effnet_viz.explain.class_evidence import ClassEvidence
from effnet_viz.explain.evidence_question import question_of
from effnet_viz.explain.faithfulness import check_points_somewhere, enlarge
from effnet_viz.explain.methods.batches import batch_size, counted
from effnet_viz.explain.methods.evidence import answer
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

    Source: Yeh et al. 2019 (arXiv 1901.09392), definition 2.1 with square removal, normalised; Captum's `infidelity`.
    """
    check_points_somewhere(evidence)
    question = question_of(model, run, evidence.target, evidence.against)
    images = question.images
    side = images.shape[2]
    values = enlarge(evidence.values, images.shape[2:]).to(images.device)
    attribution = (values / images.shape[1]).expand_as(images)
    size = batch_size(model, side)
    score = counted(question.score_of_images, 2 * (squares + 1), progress)
    with torch.no_grad():
        missed, all_of_it = (
            float(
                captum_infidelity(
                    score,
                    removed_squares(side),
                    images,
                    given,
                    n_perturb_samples=squares,
                    max_examples_per_batch=size,
                    normalize=normalised,
                )
            )
            for given, normalised in ((attribution, True), (torch.zeros_like(images), False))
        )
    return missed / all_of_it if all_of_it > 0 else 1.0


def removed_squares(side: int) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Captum's kind of perturbation: where a square is (1 inside), and the input without it; always the same ones."""
    generator = torch.Generator().manual_seed(0)

    def perturb(images: Tensor) -> tuple[Tensor, Tensor]:
        squares = torch.zeros_like(images)
        for square in squares:
            edge = int(torch.randint(max(1, side // 8), max(2, side // 2), (), generator=generator))
            top, left = torch.randint(0, side - edge + 1, (2,), generator=generator).tolist()
            square[:, top : top + edge, left : left + edge] = 1
        return squares, images * (1 - squares)

    return perturb


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
        values = answer(question.about(images[0]), method).values
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
