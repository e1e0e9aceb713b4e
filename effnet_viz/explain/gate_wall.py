"""The gates that a photo moves most, each with what moved it; and all gates as files."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from numpy import ndarray

from effnet_viz.explain.capture import Capture, capture
from effnet_viz.explain.gate_baseline import GateBaseline, MovedGate, gate_baseline, moved_gates
from effnet_viz.explain.gate_evidence import GateEvidence, evidence_from
from effnet_viz.explain.model import Model
from effnet_viz.explain.reduced_maps import ReducedMaps, reduced_maps_of
from effnet_viz.images import Photo

WALL = 12  # gates


@dataclass(frozen=True, kw_only=True, eq=False)
class GateWall:
    """The gates that a photo moves most away from their usual values.

    Attributes:
        moved: the gates with both values, largest move first.
        evidence: what opened and closed each of them, in the same order.
        gates: block id to all its `(C,)` gates on this photo.
        baseline: what is usual.
    """

    moved: tuple[MovedGate, ...]
    evidence: tuple[GateEvidence, ...]
    gates: Mapping[str, ndarray]
    baseline: GateBaseline

    def csv(self) -> str:
        """All gates as a table: block, channel, gate, usual value, and their difference."""
        lines = [
            f"{block},{channel},{gate:.6f},{usual:.6f},{gate - usual:.6f}"
            for block, gates in self.gates.items()
            for channel, (gate, usual) in enumerate(zip(gates, self.baseline.usual(block), strict=True))
        ]
        return "\n".join(["block,channel,gate,usual,moved", *lines, ""])

    def npz(self) -> bytes:
        """All gates, their usual values, and the evidence of those that moved most.

        `gates_7.3` and `usual_7.3` are `(C,)`; `evidence_7.3_12` is the `(H, W)` map of gate 12 of block 7.3, and
        `pushes_7.3_12` what each channel of the descriptor added to its logit, `(C,)`.
        """
        arrays: dict[str, Any] = {f"gates_{block}": gates for block, gates in self.gates.items()}
        arrays |= {f"usual_{block}": self.baseline.usual(block) for block in self.gates}
        for evidence in self.evidence:
            arrays |= {
                f"evidence_{evidence.block}_{evidence.channel}": evidence.values,
                f"pushes_{evidence.block}_{evidence.channel}": evidence.pushes,
            }
        buffer = io.BytesIO()
        numpy.savez_compressed(buffer, **arrays)
        return buffer.getvalue()


def gate_wall(
    model: Model, photo: Photo, count: int = WALL, block: str | None = None, baseline: GateBaseline | None = None
) -> GateWall:
    """Which gates this photo moves most, and which of its places moved them.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        count: how many gates.
        block: looks at this block only; by default at all.
        baseline: what is usual; by default the mean over the photos that come with the project, run anew.

    Raises:
        ValueError: a network or a block without SE.
    """
    run = capture(model, photo)
    _check_has_gates(model, run, block)
    return gate_wall_of(model, run, gate_baseline(model) if baseline is None else baseline, count, block)


def gate_wall_of(
    model: Model,
    run: Capture,
    baseline: GateBaseline,
    count: int = WALL,
    block: str | None = None,
    *,
    reduced: Callable[[str], ReducedMaps] | None = None,
) -> GateWall:
    """The same from a finished run.

    Args:
        model: the model that made the capture.
        run: the capture.
        baseline: what is usual for this model.
        count: how many gates.
        block: looks at this block only; by default at all.
        reduced: gives what the gates of a block see, where it is kept; by default the block is computed again.

    Raises:
        ValueError: a network or a block without SE.
    """
    _check_has_gates(model, run, block)
    reduced = reduced or (lambda block: reduced_maps_of(model, run, block))
    moved = moved_gates(run.gates, baseline, count, block)
    evidence: dict[tuple[str, int | None], GateEvidence] = {}
    for id in dict.fromkeys(gate.block for gate in moved):
        channels = [gate.channel for gate in moved if gate.block == id]
        evidence |= {(id, gate.channel): gate for gate in evidence_from(model, reduced(id), channels)}
    return GateWall(
        moved=tuple(moved),
        evidence=tuple(evidence[gate.block, gate.channel] for gate in moved),
        gates=run.gates,
        baseline=baseline,
    )


def _check_has_gates(model: Model, run: Capture, block: str | None) -> None:
    if not run.gates:
        raise ValueError(f"{model.spec.title} has no squeeze-and-excitation, so it has no gates; choose one with SE.")
    if block is not None and block not in run.gates:
        raise ValueError(
            f"Block {block!r} of {model.spec.title} has no squeeze-and-excitation; blocks that have it: "
            f"{', '.join(run.gates)}."
        )
