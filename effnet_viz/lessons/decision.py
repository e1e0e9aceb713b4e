"""Lesson 7: the logit of a class, taken apart into what every channel adds to it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy
from numpy import ndarray

from effnet_viz.explain import Capture, Model
from effnet_viz.explain.checks import check_target
from effnet_viz.lessons.quiz import QuizQuestion, ask, ask_order

WIDEST_GAP = 12.0  # of two logits that are asked about: the first is then 160,000 times as probable
SEEN = 0.01  # smaller numbers, as of untrained networks, would be 0.00 in a question


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """Where the logit of one class comes from; arrays are `(C,)`, one entry a channel of the final convolution.

    Attributes:
        target: index of the class.
        pooled: mean of each channel's last map.
        weights: the classifier's weight from each channel to the class.
        bias: the classifier's bias of the class.
        logit: what the network gave.
    """

    target: int
    pooled: ndarray
    weights: ndarray
    bias: float
    logit: float

    @property
    def contributions(self) -> ndarray:
        """What each channel adds to the logit: its mean times its weight."""
        return self.pooled * self.weights

    @property
    def total(self) -> float:
        """Contributions and bias together; the logit, up to rounding."""
        return float(self.contributions.sum(dtype=numpy.float64)) + self.bias

    def largest(self, count: int) -> list[int]:
        """Channels that speak most for the class, the largest first."""
        return [int(channel) for channel in numpy.argsort(-self.contributions, kind="stable")[:count]]

    def smallest(self, count: int) -> list[int]:
        """Channels that speak most against it, the strongest first."""
        return [int(channel) for channel in numpy.argsort(self.contributions, kind="stable")[:count]]


def decide(model: Model, run: Capture, target: int | None = None) -> Decision:
    """Take a class's logit apart.

    Args:
        model: the model that made the capture.
        run: the capture.
        target: index of the class; None takes the most probable.

    Raises:
        ValueError: the network has no such class.
    """
    check_target(model, target)
    target = int(run.logits.argmax()) if target is None else target
    head = run.activations[str(model.spec.head_stage)]
    classifier = model.network.classifier
    return Decision(
        target=target,
        pooled=head.mean(axis=(1, 2)),
        weights=classifier.weight[target].detach().float().cpu().numpy(),
        bias=float(classifier.bias[target]),
        logit=float(run.logits[target]),
    )


def questions(model: Model, run: Capture, decision: Decision, dice: random.Random) -> list[QuizQuestion]:
    """About the decision on the screen.

    Args:
        model: the model that made the capture.
        run: the capture.
        decision: a class's logit taken apart.
        dice: decide which channels are offered, and the order of the options.
    """
    order = decision.largest(len(decision.pooled))
    best = order[0]
    others = dice.sample(order[5:], 3)
    shown = [best, *others]
    dice.shuffle(shown)
    pooled, weight = float(decision.pooled[best]), float(decision.weights[best])
    label = model.class_names[decision.target]
    quiz = [
        ask_order(
            dice,
            f"Which of these channels adds most to the logit of “{label}”?",
            [f"channel {channel}" for channel in shown],
            f"channel {best}",
            "; ".join(f"{channel}: {decision.contributions[channel]:+.3g}" for channel in shown) + ".",
        )
    ]
    if abs(pooled * weight) >= SEEN:
        quiz.append(
            ask(
                dice,
                f"Channel {best} has a mean of {pooled:.3f}, and the classifier gives it a weight of {weight:.3f} "
                f"for “{label}”. What does it add to the logit?",
                f"{pooled * weight:.3f}",
                [f"{pooled + weight:.3f}", f"{pooled - weight:.3f}", f"{-pooled * weight:.3f}", f"{weight:.3f}"],
                f"{pooled:.3f} · {weight:.3f} = {pooled * weight:.3f}; {len(order):,} such products and the bias "
                f"make the logit {decision.logit:.3f}.",
            )
        )
    likeliest = numpy.argsort(-run.logits, kind="stable")[:2]
    if len(likeliest) == 2 and SEEN <= run.logits[likeliest[0]] - run.logits[likeliest[1]] <= WIDEST_GAP:
        quiz.append(_softmax_question(model, run, dice, *map(int, likeliest)))
    return quiz


def _softmax_question(model: Model, run: Capture, dice: random.Random, first: int, second: int) -> QuizQuestion:
    gap = float(run.logits[first] - run.logits[second])
    ratio = math.exp(gap)  # not of the two probabilities: a small one may be rounded to 0
    return ask(
        dice,
        f"The logits of “{model.class_names[first]}” and “{model.class_names[second]}” differ by {gap:.2f}. How "
        "many times as probable is the first?",
        f"{ratio:,.1f} times",
        [f"{gap:,.1f} times", f"{2 * gap + 1:,.1f} times", f"{ratio**2 + 1:,.1f} times"],
        f"Softmax turns differences into ratios: e^{gap:.2f} = {ratio:,.1f}.",
    )
