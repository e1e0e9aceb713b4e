"""What a layer saw: its output, one map per channel."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import ndarray

from effnet_viz.displayed import Displayed
from effnet_viz.engine.arrays import to_array
from effnet_viz.explain.capture import Capture, block_of, to_batch
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMaps(Displayed):
    """A layer's output on a photo.

    Attributes:
        values: `(C, H, W)`, unscaled.
        layer: the layer's id.
        view: which part of the photo the maps lie on.
    """

    values: ndarray
    layer: str
    view: View


def feature_maps(model: Model, photo: Photo, layer: str) -> FeatureMaps:
    """A layer's feature maps on a photo.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        layer: stage, block or step: `4`, `4.2`, `4.2.depthwise`.

    Raises:
        ValueError: no such layer, or one without maps.
    """
    block_of(model, layer)  # says which layers have maps
    with model.lock:
        values = model.runner.of_one(model.input(photo), [layer])[layer]
    view = model.preprocessing.view(photo.width, photo.height)
    return FeatureMaps(values=values, layer=layer, view=view)


def maps_of(model: Model, run: Capture, layer: str) -> FeatureMaps:
    """A layer's feature maps from a finished run; only the layer's own block runs again, and only for a step.

    Args:
        model: the network with its preprocessing.
        run: what one run of this network kept.
        layer: id of a layer, such as `4.2.depthwise`.
    """
    block = block_of(model, layer)
    if layer == block or "." not in layer:
        return FeatureMaps(values=run.output(block), layer=layer, view=run.view)
    x = to_batch(run.block_input(block), model.device)
    with model.lock:
        values = to_array(model.runner.run(x, [layer], start=block)[layer])
    return FeatureMaps(values=values, layer=layer, view=run.view)
