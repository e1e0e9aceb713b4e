"""Why is this gate open? What opened or closed it, traced back to places of the photo without remainder.

The descriptor `d` is a mean over places, and a gate's logit is a small function of it:
`z(d) = W2 act(W1 d + b1) + b2`. Integrated gradients from `d = 0` give one coefficient for every channel of the
descriptor; a place contributes its activations, weighted by these coefficients, over the number of places. With one
narrow middle the integral needs no steps: along the straight line from 0 to `d` every middle unit moves straight from
`b1` to `b1 + W1 d`, and the mean of its slope is what its activation rose by over what went in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from numpy import ndarray

from effnet_viz.displayed import Displayed
from effnet_viz.explain.capture import Capture
from effnet_viz.explain.gates import SqueezeExcitationSteps
from effnet_viz.explain.model import Model
from effnet_viz.explain.reduced_maps import ReducedMaps, reduce_maps, reduced_maps, reduced_maps_of
from effnet_viz.images import Photo, View

SMALLEST_STEP = 1e-6  # a shorter way has the slope of one this long; in float64


@dataclass(frozen=True, kw_only=True, eq=False)
class GateEvidence(Displayed):
    """What opened (positive) and what closed (negative) a gate; in units of the gate's logit.

    Attributes:
        values: `(H, W)` at the resolution of the maps that the gate multiplies; their sum is `logit - resting_logit`.
        pushes: `(C,)`, what each channel of the descriptor added; their sum is the same.
        logit: what the sigmoid gets on this photo, `z(d)`.
        resting_logit: what it would get from a descriptor of zeros, `z(0)`.
        block: the block's id.
        channel: index of the gate; None for the mean over all gates of the block.
        against: index of the gate whose logit was subtracted, or None.
        view: which part of the photo the map lies on.
    """

    values: ndarray
    pushes: ndarray
    logit: float
    resting_logit: float
    block: str
    channel: int | None
    against: int | None
    view: View

    @property
    def gate(self) -> float | None:
        """How far the gate is open on this photo, 0 to 1; None for a mean or a difference, which no sigmoid sees."""
        return _sigmoid(self.logit) if self.channel is not None and self.against is None else None

    @property
    def resting_gate(self) -> float | None:
        """The same for a descriptor of zeros."""
        return _sigmoid(self.resting_logit) if self.gate is not None else None

    def openers(self, count: int = 10) -> list[tuple[int, float]]:
        """The channels of the descriptor that opened the gate most: pairs of channel and push, largest first."""
        order = numpy.argsort(-self.pushes, kind="stable")[:count]
        return [(int(channel), float(self.pushes[channel])) for channel in order if self.pushes[channel] > 0]

    def closers(self, count: int = 10) -> list[tuple[int, float]]:
        """The channels that closed it most: pairs of channel and push, most negative first."""
        order = numpy.argsort(self.pushes, kind="stable")[:count]
        return [(int(channel), float(self.pushes[channel])) for channel in order if self.pushes[channel] < 0]


def gate_evidence(
    model: Model, photo: Photo, block: str, channel: int | None = None, against: int | None = None
) -> GateEvidence:
    """Which places of a photo opened a gate, and which closed it: signed, and complete.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        block: id of a block with SE, such as `7.3`.
        channel: index of the gate; None takes the mean over the logits of all gates of the block.
        against: index of a second gate; the map then explains the difference of the two logits.

    Raises:
        ValueError: a block without SE, a gate that it does not have, or the difference of a gate to itself.

    Source: integrated gradients, Sundararajan et al. 2017 (arXiv 1703.01365), equation 1, for the excitation of
        Squeeze-and-Excitation Networks (arXiv 1709.01507), equation 3.
    """
    return evidence_from(model, reduced_maps(model, photo, block), [channel], against)[0]


def gate_evidence_of(
    model: Model, run: Capture, block: str, channel: int | None = None, against: int | None = None
) -> GateEvidence:
    """The same from a finished run: only the one block is computed again.

    Args:
        model: the model that made the capture.
        run: the capture.
        block: as for `gate_evidence`.
        channel: as for `gate_evidence`.
        against: as for `gate_evidence`.

    Raises:
        ValueError: as for `gate_evidence`.
    """
    return evidence_of_gates(model, run, block, [channel], against)[0]


def evidence_of_gates(
    model: Model,
    run: Capture,
    block: str,
    channels: Sequence[int | None] | None = None,
    against: int | None = None,
    *,
    se: SqueezeExcitationSteps | None = None,
) -> list[GateEvidence]:
    """Many gates of one block at once, for little more than the price of one.

    Args:
        model: the model that made the capture.
        run: the capture.
        block: id of a block with SE.
        channels: indices of gates, None among them for the mean over all; all gates by default.
        against: index of a gate whose logit is subtracted from each, or None.
        se: what `se_steps` gave for this block and run, where it is there already.

    Raises:
        ValueError: as for `gate_evidence`.
    """
    reduced = reduced_maps_of(model, run, block) if se is None else reduce_maps(model, block, se.before, run.view)
    return evidence_from(model, reduced, channels, against)


def evidence_from(
    model: Model, reduced: ReducedMaps, channels: Sequence[int | None] | None = None, against: int | None = None
) -> list[GateEvidence]:
    """The same from a block's reduced maps, without a run of anything.

    Args:
        model: the model that the maps come from.
        reduced: what the gates of the block see of a photo.
        channels: as for `evidence_of_gates`.
        against: as for `evidence_of_gates`.

    Raises:
        ValueError: as for `gate_evidence`.
    """
    block, gates = reduced.block, reduced.descriptor.size
    channels = range(gates) if channels is None else channels
    readouts = numpy.stack([_readout(block, gates, channel, against) for channel in channels])  # (K, C)

    module: Any = model.network.layer(f"{block}.se")
    reduce, reduce_bias = _parameters(module.reduce)  # (S, C), (S,)
    expand, expand_bias = _parameters(module.expand)  # (C, S), (C,)
    height, width = reduced.maps.shape[1:]
    middle = reduced.maps.reshape(-1, height * width)
    way = middle.mean(axis=1)
    step = numpy.where(numpy.abs(way) < SMALLEST_STEP, SMALLEST_STEP, way)
    slopes = (_activated(module, reduce_bias + step) - _activated(module, reduce_bias)) / step  # (S,)

    read_middle = readouts @ expand  # (K, S)
    coefficients = read_middle * slopes
    resting = read_middle @ _activated(module, reduce_bias) + readouts @ expand_bias
    logits = resting + coefficients @ way
    maps = coefficients @ middle / (height * width)
    pushes = coefficients @ reduce * reduced.descriptor
    return [
        GateEvidence(
            values=_read_only(values.reshape(height, width)),
            pushes=_read_only(push),
            logit=float(logit),
            resting_logit=float(start),
            block=block,
            channel=None if channel is None else int(channel),
            against=against,
            view=reduced.view,
        )
        for channel, values, push, logit, start in zip(channels, maps, pushes, logits, resting, strict=True)
    ]


def _readout(block: str, gates: int, channel: int | None, against: int | None) -> ndarray:
    """Which sum of the block's logits is explained: one, the mean of all, or one minus another; `(C,)`."""
    for name, index in (("channel", channel), ("against", against)):
        if index is not None and not 0 <= index < gates:
            raise ValueError(f"{name} is {index}; block {block} has gates 0 to {gates - 1}.")
    if against is not None and against == channel:
        raise ValueError(f"against is {against}, the gate itself; choose another gate to compare with.")
    readout = numpy.full(gates, 1 / gates) if channel is None else numpy.zeros(gates)
    if channel is not None:
        readout[channel] = 1.0
    if against is not None:
        readout[against] -= 1.0
    return readout


def _parameters(layer: Any) -> tuple[ndarray, ndarray]:
    """Weight `(out, in)` and bias `(out,)` of a 1x1 convolution."""
    return layer.weight.detach().double().flatten(1).cpu().numpy(), layer.bias.detach().double().cpu().numpy()


def _activated(module: Any, values: ndarray) -> ndarray:
    """What the module's own activation makes of `(S,)` values, in float64."""
    return module.activation(torch.from_numpy(values.copy())).numpy()


def _sigmoid(logit: float) -> float:
    return float(torch.sigmoid(torch.tensor(logit, dtype=torch.float64)))


def _read_only(values: ndarray) -> ndarray:
    values.flags.writeable = False
    return values
