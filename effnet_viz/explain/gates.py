"""Squeeze-and-excitation at work: which channels a photo turns up and down."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import ndarray

from effnet_viz.displayed import Displayed
from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph import entering_gates
from effnet_viz.explain.capture import Capture, capture, to_batch
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo


@dataclass(frozen=True, kw_only=True, eq=False)
class SqueezeExcitationSteps:
    """Every number of one SE module on one photo.

    Attributes:
        block: the block's id.
        before: maps that enter, `(C, H, W)`.
        descriptor: mean of each map, `(C,)`.
        reduced: after the reducing layer, `(S,)`.
        activated: after its activation, `(S,)`.
        expanded: before the sigmoid, `(C,)`.
        gates: after it, `(C,)`, each 0 to 1.
        after: maps that leave, `(C, H, W)`.
    """

    block: str
    before: ndarray
    descriptor: ndarray
    reduced: ndarray
    activated: ndarray
    expanded: ndarray
    gates: ndarray
    after: ndarray


class Gates(dict[str, ndarray], Displayed):
    """Block id to its `(C,)` gates: a dictionary that a notebook shows as histograms and a table."""


def se_gates(model: Model, photo: Photo) -> Gates:
    """The gates of all SE blocks on a photo: block id to `(C,)` values between 0 and 1.

    A network without SE gives an empty dictionary.

    Args:
        model: the network with its preprocessing.
        photo: an upright photo.

    Source: Squeeze-and-Excitation Networks (arXiv 1709.01507), equation 3.
    """
    return Gates(capture(model, photo, keep=()).gates)


def se_steps(model: Model, run: Capture, block_id: str) -> SqueezeExcitationSteps:
    """All steps inside one SE module, from a finished run.

    Args:
        model: the network with its preprocessing.
        run: what one run of this network kept.
        block_id: id of a block with SE, such as `4.2`.

    Raises:
        ValueError: the block has no SE.
    """
    check_has_gates(model, block_id)
    se = f"{block_id}.se"
    steps = [f"{se}.{name}" for name in ("squeeze", "reduce", "activation", "expand", "gate")]
    before = entering_gates(model.network, block_id)
    x = to_batch(run.block_input(block_id), model.device)
    with model.lock:
        seen = model.runner.run(x, [before, *steps, se], start=block_id)
        descriptor, reduced, activated, expanded, gates = (to_array(seen[step]).reshape(-1) for step in steps)
        return SqueezeExcitationSteps(
            block=block_id,
            before=to_array(seen[before]),
            descriptor=descriptor,
            reduced=reduced,
            activated=activated,
            expanded=expanded,
            gates=gates,
            after=to_array(seen[se]),
        )


def check_has_gates(model: Model, block_id: str) -> None:
    """Refuse a block without SE.

    Args:
        model: the network with its preprocessing.
        block_id: id of a block.

    Raises:
        ValueError: names the blocks that have it.
    """
    having = model.runner.blocks_with_gates
    if block_id not in having:
        raise ValueError(
            f"Block {block_id!r} of {model.spec.title} has no squeeze-and-excitation; blocks that have "
            f"it: {', '.join(having) or 'none'}."
        )
