"""Gates of photos and what they see, computed once for everybody; for many photos without keeping large maps."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numpy import ndarray

from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.session.models_and_runs import room_to_run
from effnet_viz.weights.memory import bytes_before_gates

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.explain import Capture, Model, SqueezeExcitationSteps
    from effnet_viz.explain.reduced_maps import AllGates, ReducedMaps

MOST_BEFORE_GATES = 32 * 2**20  # bytes; of larger networks one block's reduced maps are kept as they are asked for


@dataclass(frozen=True, kw_only=True, eq=False)
class GatesSeen:
    """What is kept of a run where no maps are needed.

    Attributes:
        gates: block id to its gates, `(C,)`, each 0 to 1.
        best: index of the most probable class.
    """

    gates: Mapping[str, ndarray]
    best: int


def gates_of(model: Model, photo: Photo) -> GatesSeen:
    """Gates and answer of a photo, for those that are compared by the dozen: a run of which no large maps are kept.

    Args:
        model: the network.
        photo: the photo.
    """
    from effnet_viz.explain import capture

    def seen() -> GatesSeen:
        run = CACHE.peek(("run", model.key, photo.digest))
        if run is None:
            with room_to_run(model, maps=False):
                # Whoever compares photos will look at more than one block.
                run = capture(model, photo, keep=()) if one_by_one(model) else _all_gates(model, photo)
        return GatesSeen(gates=run.gates, best=int(run.logits.argmax()))

    return CACHE.get(_gates_key(model, photo), seen)


def one_by_one(model: Model) -> bool:
    """Whether a network is so large that what its gates see is computed block by block.

    Args:
        model: the network.
    """
    return bytes_before_gates(model.spec, model.preprocessing.crop) > MOST_BEFORE_GATES


def _all_gates(model: Model, photo: Photo) -> AllGates:
    """One run of the network gives what the gates of every block see, so that no other block is asked for again."""
    from effnet_viz.explain.reduced_maps import all_gates

    began = time.monotonic()
    run = all_gates(model, photo)
    for block, maps in run.reduced.items():
        CACHE.put(_reduced_key(model, photo.digest, block), maps, time.monotonic() - began)
    return run


def gates_are_here(model: Model, photo: Photo) -> bool:
    """Whether `gates_of` needs no run.

    Args:
        model: the network.
        photo: the photo.
    """
    return any(CACHE.peek(key) is not None for key in (_gates_key(model, photo), ("run", model.key, photo.digest)))


def _gates_key(model: Model, photo: Photo) -> tuple[Hashable, ...]:
    return "gates", model.key, photo.digest


def se_steps_of(model: Model, run: Capture, block: str) -> SqueezeExcitationSteps:
    """Every number of one SE module.

    Args:
        model: the network.
        run: the network's run on the photo.
        block: the block's id, such as `4.2`.
    """
    from effnet_viz.explain import se_steps

    return CACHE.get(("se steps", model.key, run.photo_digest, block), lambda: se_steps(model, run, block))


def reduced_of(model: Model, photo: Photo, run: Capture | None, block: str) -> ReducedMaps:
    """What the gates of a block see of a photo: small enough to be kept for many photos.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it, where there is one.
        block: the block's id, such as `4.2`.

    Raises:
        ValueError: a block without SE.
    """
    from effnet_viz.explain.gates import check_has_gates
    from effnet_viz.explain.reduced_maps import reduced_maps, reduced_maps_of

    def reduced() -> ReducedMaps:
        if one_by_one(model):
            return reduced_maps(model, photo, block) if run is None else reduced_maps_of(model, run, block)
        check_has_gates(model, block)
        return _all_gates(model, photo).reduced[block]

    return CACHE.get(_reduced_key(model, photo.digest, block), reduced)


def reduced_is_here(model: Model, digest: str, block: str) -> bool:
    """Whether `reduced_of` needs no run.

    Args:
        model: the network.
        digest: of the photo.
        block: the block's id.
    """
    return CACHE.peek(_reduced_key(model, digest, block)) is not None


def _reduced_key(model: Model, digest: str, block: str) -> tuple[Hashable, ...]:
    return "reduced maps", model.key, digest, block
