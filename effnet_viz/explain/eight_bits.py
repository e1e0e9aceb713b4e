"""A model in eight bits beside itself, on photos."""

from __future__ import annotations

from collections.abc import Sequence

from effnet_viz.engine.eight_bits import EightBits, in_eight_bits
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, open_sample, samples


def quantise(model: Model, photos: Sequence[Photo] | None = None, *, progress: Progress = quiet) -> EightBits:
    """What eight bits do to a model: the error behind every block, the answers, size and time.

    Args:
        model: the network with its preprocessing; it is left as it is.
        photos: to find the ranges with and to compare on; the bundled ones by default.
        progress: told the share done; what it raises ends the work.

    Returns:
        The comparison, its answers in the order of the photos.

    Raises:
        ValueError: there are no photos, or no photo fits the network.
        EngineError: ONNX Runtime is missing, or its quantiser refuses the network.
    """
    shown = [open_sample(sample.name) for sample in samples()] if photos is None else photos
    return in_eight_bits(model.network, [model.input(photo) for photo in shown], progress)
