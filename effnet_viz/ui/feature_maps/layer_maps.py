"""What the feature pages draw from, computed once: a layer's maps, its channels' order, its evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from PIL import Image

from effnet_viz.architecture import BlockPlan, Plan, plan
from effnet_viz.explain import Capture, Model, maps_of
from effnet_viz.explain.channels import ChannelStatistics, ceiling_of, channel_statistics
from effnet_viz.images import Photo, View
from effnet_viz.images.view import large_part
from effnet_viz.ui.session.byte_cache import CACHE, kept
from effnet_viz.ui.session.models_and_runs import channel_evidence_of

OUTPUT = "output"
STEP_TITLES = {
    "expand": "Expand 1×1",
    "depthwise": "Depthwise",
    "fused": "Fused convolution",
    "se": "After SE",
    "project": "Project 1×1",
    OUTPUT: "Output",
}
SORTS = {
    "mean": "Mean",
    "maximum": "Maximum",
    "variance": "Variance",
    "gate": "SE gate",
    "evidence": "Class evidence",
    "index": "Channel number",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """The layer that a visitor looks at, on the chosen photo.

    Attributes:
        model: the network.
        photo: the photo.
        run: the network's run on it.
        block: plan of the layer's block.
        step: name of a step, or `output` for the block's output.
    """

    model: Model
    photo: Photo
    run: Capture
    block: BlockPlan
    step: str

    @property
    def id(self) -> str:
        return self.block.id if self.step == OUTPUT else f"{self.block.id}.{self.step}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Stands for the layer's maps in caches."""
        return self.model.key, self.photo.digest, self.id

    @property
    def shown(self) -> tuple[Image.Image, View]:
        """What is shown of the photo, and where on it the network looked."""
        return large_part(self.photo.image, self.run.view)

    @property
    def title(self) -> str:
        return f"{self.block.id} · {STEP_TITLES[self.step].lower()}"

    @property
    def maps(self) -> ndarray:
        """`(C, H, W)`."""
        return CACHE.get(("maps", *self.key), lambda: maps_of(self.model, self.run, self.id).values)

    @property
    def gates(self) -> ndarray | None:
        """The SE gates of these very channels, `(C,)`, or None where the layer has none."""
        return self.run.gates.get(self.block.id) if self.step in ("expand", "depthwise", "fused", "se") else None

    @property
    def statistics(self) -> ChannelStatistics:
        return _statistics(*self.key, self)

    @property
    def evidence(self) -> ndarray:
        """What each channel adds to the Grad-CAM map of the most probable class, `(C,)`."""
        return channel_evidence_of(self.model, self.run, self.id).contributions


def network_plan(model: Model, run: Capture) -> Plan:
    """The plan at the resolution that the network ran at.

    Args:
        model: the network.
        run: the network's run on a photo.
    """
    return plan(model.spec, run.input.shape[-1])


def steps_of_block(block: BlockPlan) -> list[str]:
    """Names of the layers of a block that have maps, the output last; stem and head have only that."""
    return [layer.step for layer in block.layers if layer.step in STEP_TITLES] + [OUTPUT]


def sorts_of(layer: Layer) -> list[str]:
    """Ways in which a layer's channels can be sorted."""
    return [name for name in SORTS if name != "gate" or layer.gates is not None]


def sort_values(layer: Layer, sort: str) -> ndarray:
    """The number by which channels are sorted, `(C,)`; for the channel number, their mean.

    Args:
        layer: the layer with its maps.
        sort: one of `SORTS`.
    """
    if sort == "gate":
        return layer.gates
    if sort == "evidence":
        return layer.evidence
    return getattr(layer.statistics, "mean" if sort == "index" else sort)


def sorted_channels(layer: Layer, sort: str) -> ndarray:
    """Numbers of the channels, `(C,)`, largest first; by number where that is asked for.

    Args:
        layer: the layer with its maps.
        sort: one of `SORTS`.
    """
    values = sort_values(layer, sort)
    return np.arange(values.size) if sort == "index" else np.argsort(-values, kind="stable")


@kept
def _statistics(model_key: str, photo_digest: str, layer_id: str, _layer: Layer) -> ChannelStatistics:
    return channel_statistics(_layer.maps, ceiling=ceiling_of(_layer.model, layer_id))
