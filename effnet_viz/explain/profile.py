"""The price of every block of a model, on this machine."""

from __future__ import annotations

from effnet_viz.engine.profile import ROUNDS, Profile, profile_network
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.model import Model


def profile(
    model: Model, resolution: int | None = None, *, batch: int = 1, rounds: int = ROUNDS, progress: Progress = quiet
) -> Profile:
    """Milliseconds of every block and step, measured here, beside multiply-adds and bytes.

    Args:
        model: the network, in the engine that answers for it.
        resolution: side of the square input, in pixels; the model's own by default.
        batch: photos at once.
        rounds: runs that the medians are over.
        progress: told the share done; what it raises ends the work.

    Returns:
        The costs, with `.rows()` for a table and `.sentence()` for what is to be learned.

    Raises:
        ValueError: a resolution that cannot be planned, less than one photo or run, or too many of them.

    Source: Roofline, Williams et al. 2009 (doi 10.1145/1498765.1498785).
    """
    side = model.preprocessing.crop if resolution is None else resolution
    return profile_network(model.network, side, batch=batch, rounds=rounds, lock=model.lock, progress=progress)
