"""One network's sessions of ONNX Runtime, each made when it is first needed.

One session for the whole network serves every run that begins with the image, wherever it ends: giving all blocks and
gates costs it no more than giving the answer. A second one also gives what enters the gates, once somebody asks. A run
that begins inside, or changes something there, goes through a session for each part. Of many images only answers are
wanted: they go through a session that stays on one thread, several at once. All hold the weights once more, in the
library's own layout.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from torch import nn

from effnet_viz.engine.as_it_was import AsItWas
from effnet_viz.engine.graph import CLASSIFIER, POOL, entering_gates, graph_beside_weights, parts_of, without_copies
from effnet_viz.engine.sessions import EngineError, Session, onnx_runtime
from effnet_viz.network import EfficientNet, SqueezeExcitation

INNER_SESSIONS = 4  # that give every step inside a part: kept for the parts last looked into


@dataclass(frozen=True)
class _Made:
    session: Session
    modules: AsItWas


class PartSessions:
    """Sessions by part, for one network. Any number of threads may ask.

    Args:
        network: whose parts. Those that ONNX Runtime cannot run as they are get no session.
    """

    def __init__(self, network: EfficientNet) -> None:
        self._network = network
        self._made: dict[str, _Made] = {}
        self._inner: OrderedDict[str, _Made] = OrderedDict()
        self._wholes: dict[bool, _Made] = {}  # by whether they give what enters gates
        self._single: _Made | None = None
        self._parts = parts_of(network)
        self._lock = threading.Lock()
        self._given, self._everything = (
            {POOL: None} | {tensor: None for part in self._parts for tensor in self._given_by(part, inputs=inputs)}
            for inputs in (False, True)
        )
        self.refused = _refusal(network)

    @property
    def nbytes(self) -> int:
        """Bytes of weights in all sessions that were made."""
        with self._lock:
            every = [*self._made.values(), *self._inner.values(), *self._wholes.values(), self._single]
        return sum(made.session.nbytes for made in every if made is not None)

    def session(self, part: str, tensors: Sequence[str]) -> Session | None:
        """A session that gives a part's tensors; None where PyTorch has to run the part.

        Args:
            part: a block's id or `classifier`.
            tensors: ids of what is wanted of it. The part's own output, its gates and what enters them cost nothing;
                other steps need a session of their own, in which ONNX Runtime cannot merge steps.
        """
        if self.refused:
            return None
        usual = self._given_by(part)
        inner = not set(tensors) <= set(usual)
        with self._lock:
            made = self._inner.get(part) if inner else self._made.get(part)
            if made is None:
                made = self._make([part], None if inner else usual)
                if made is None:
                    return None
                if inner:
                    self._inner[part] = made
                    if len(self._inner) > INNER_SESSIONS:
                        self._inner.popitem(last=False)
                else:
                    self._made[part] = made
            elif inner:
                self._inner.move_to_end(part)
        return made.session if made.modules.holds() and set(tensors) <= set(made.session.outputs) else None

    def usual(self, tensor: str) -> bool:
        """Whether the whole network's session gives a tensor: a part's output, what is pooled, gates or their input."""
        return tensor in self._everything

    def whole(self, tensors: Sequence[str]) -> Session | None:
        """A session from the image to the logits that gives tensors of any parts; None where parts have to run.

        Args:
            tensors: ids of what is wanted: outputs of parts, what is pooled, gates, and what enters their modules.
        """
        if self.refused or not self._everything.keys() >= set(tensors):
            return None
        # A session that gives what enters gates is slower at everything else: ONNX Runtime takes it out of its layout.
        inputs = not self._given.keys() >= set(tensors)
        with self._lock:
            made = self._wholes.get(inputs) or self._make(None, list(self._everything if inputs else self._given))
            if made is not None:
                self._wholes[inputs] = made
        return made.session if made is not None and made.modules.holds() else None

    def single(self) -> Session | None:
        """A session from the image to the logits that stays on one thread; None where parts have to run."""
        if self.refused:
            return None
        with self._lock:
            made = self._single = self._single or self._make(None, [CLASSIFIER], single=True)
        return made.session if made is not None and made.modules.holds() else None

    def _make(
        self, parts: Sequence[str] | None, tensors: Sequence[str] | None, *, single: bool = False
    ) -> _Made | None:
        """A new session; None where PyTorch has to run the parts, or where ONNX Runtime refuses, and then for good."""
        modules = AsItWas([self._network] if parts is None else chain.from_iterable(map(self._modules_of, parts)))
        if not modules.holds():
            return None
        try:
            graph, weights = graph_beside_weights(self._network, parts, tensors)
            return _Made(Session(without_copies(graph), weights, single=single), modules)
        except EngineError as error:
            self.refused = str(error)
            return None

    def _modules_of(self, part: str) -> list[nn.Module]:
        network = self._network
        head = [network.pool, network.dropout] if part == CLASSIFIER else []
        return [network.layer(part), *head]

    def _given_by(self, part: str, *, inputs: bool = True) -> list[str]:
        se = getattr(self._network.layer(part), "se", None)
        if not isinstance(se, SqueezeExcitation):
            return [part]
        return [part, *([entering_gates(self._network, part)] if inputs else []), f"{part}.se.gate"]


def _refusal(network: EfficientNet) -> str:
    """Why ONNX Runtime cannot run a network at all; empty where it can."""
    device = network.classifier.weight.device
    if device.type != "cpu":
        return f"The network is on {device}."
    try:
        onnx_runtime()
    except EngineError as error:
        return str(error)
    return ""
