"""What a method of class evidence is: a name, what it shows and what not, a formula, a source, and a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from effnet_viz.engine.progress import Progress
from effnet_viz.explain.evidence_question import EvidenceQuestion
from effnet_viz.explain.methods.kinds_of_pass import GRADIENT, KindOfPass
from effnet_viz.explain.model import Model


def one_pass(question: EvidenceQuestion) -> int:
    """For methods that take about one run of the network, with its gradient."""
    return 1


def always_there(model: Model, block: str) -> str:
    """For methods that work with every network and block.

    Args:
        model: any network.
        block: id of any block.
    """
    return ""


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to find class evidence.

    Attributes:
        name: identifier such as `grad_cam`.
        title: name for people.
        kind: `cam` (from the layer's maps and their gradients), `pixels` (from the gradient down to the input) or
            `perturbation` (change something, look at the score).
        sentence: what the map shows and what it does not.
        formula: LaTeX. `y` is the class's logit, `A_k` channel k of the layer's output, `x` the input.
        source: paper, and whose definition is followed where libraries differ.
        compute: from a question to a map, `(H, W)`; the second argument is told the progress.
        passes: how many passes it makes, for an estimate.
        kind_of_pass: what each of them runs.
        layered: whether the map depends on the chosen layer.
        signed: whether negative values mean "against the class"; False where they are absent, arbitrary, or mostly come
            from negative activations.
        knows_class: False where the map is the same for every class.
        missing: why the method cannot be had for a network and block, in a sentence; empty if it can.
    """

    name: str
    title: str
    kind: str
    sentence: str
    formula: str
    source: str
    compute: Callable[[EvidenceQuestion, Progress], Tensor]
    passes: Callable[[EvidenceQuestion], int] = one_pass
    kind_of_pass: KindOfPass = GRADIENT
    layered: bool = True
    signed: bool = True
    knows_class: bool = True
    missing: Callable[[Model, str], str] = always_there

    @property
    def slow(self) -> bool:
        """Whether it takes many runs of the network."""
        return self.passes is not one_pass
