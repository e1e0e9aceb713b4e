"""A model in eight bits beside itself, on photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effnet_viz.engine.eight_bits import EightBits, in_eight_bits
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, open_sample, samples
from effnet_viz.images.photo_folder import open_folder

MOST = 100  # photos of a folder: ranges are known after some dozen, and all are in memory at once, prepared


def quantise(
    model: Model, photos: Sequence[Photo] | str | Path | None = None, *, progress: Progress = quiet
) -> EightBits:
    """What eight bits do to a model: the error behind every block, the answers, size and time.

    Args:
        model: the network with its preprocessing; it is left as it is.
        photos: to find the ranges with and to compare on, or the folder where they lie, of which the first hundred
            by name are taken; the bundled ones by default.
        progress: told the share done; what it raises ends the work.

    Returns:
        The comparison, its answers in the order of the photos.

    Raises:
        ValueError: there are no photos, no such folder, or no photo fits the network.
        EngineError: ONNX Runtime is missing, or its quantiser refuses the network.
    """
    if photos is None:
        photos = [open_sample(sample.name) for sample in samples()]
    shown = open_folder(photos, MOST) if isinstance(photos, (str, Path)) else photos
    return in_eight_bits(model.network, [model.input(photo) for photo in shown], progress)
