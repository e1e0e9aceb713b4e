"""Pictures on their way into a network: from bytes to an upright RGB photo, to the tensor, and back to the photo.

This room imports Pillow and numpy; torch is imported only when a tensor is asked for.
"""

from __future__ import annotations

from effnet_viz.images.photo import Photo, PhotoError, open_photo
from effnet_viz.images.preprocessing import Preprocessing
from effnet_viz.images.samples import Sample, open_sample, samples
from effnet_viz.images.view import View

__all__ = ["Photo", "PhotoError", "Preprocessing", "Sample", "View", "open_photo", "open_sample", "samples"]
