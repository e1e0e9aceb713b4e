"""One network's sessions of ONNX Runtime, each made when it is first needed.

One session for the whole network serves every run that begins with the image, wherever it ends: giving all blocks and
gates costs it no more than giving the answer. A second one also gives what enters the gates, once somebody asks. Large
networks have a row of such sessions in place of one, so that others can have their turn between two, and that what
enters the gates of one block costs no second copy of all weights. A run that begins inside, or changes something there,
goes through a session for each part. Of many images only answers are wanted: they go through a session that stays on
one thread, several at once. All hold the weights once more, in the library's own layout.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import nn

from effnet_viz.architecture import plan
from effnet_viz.engine.as_it_was import AsItWas
from effnet_viz.engine.graph import entering_gates, graph_beside_weights, parts_of, without_copies
from effnet_viz.engine.graph_writer import CLASSIFIER, POOL
from effnet_viz.engine.sessions import EngineError, Session, onnx_runtime
from effnet_viz.network import EfficientNet, SqueezeExcitation

SLICE = 9 * 10**9  # multiply-adds of a session in a row: less than 0.1 s on two cores
VALUE = 100  # multiply-adds that take as long as a value which a layer gives: reading and writing is what costs there
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
        self._wholes: dict[tuple[int, bool], _Made] = {}  # by place in the row, and whether they give what enters gates
        self._network_as_it_was: AsItWas | None = None
        self._single: _Made | None = None
        self._parts = parts_of(network)
        self._row = _slices(network)
        self._lock = threading.Lock()
        self._given, self._everything = (
            {tensor: part for part in self._parts for tensor in self._given_by(part, inputs=inputs)}
            for inputs in (False, True)
        )
        self._places = {
            tensor: place
            for place, parts in enumerate(self._row)
            for tensor, part in self._everything.items()
            if part in parts
        }
        self.refused = _refusal(network)

    @property
    def nbytes(self) -> int:
        """Bytes of weights in all sessions that were made."""
        with self._lock:
            every = [*self._made.values(), *self._inner.values(), *self._wholes.values(), self._single]
        return sum(made.session.nbytes for made in every if made is not None)

    def forget(self) -> None:
        """Let go of all sessions."""
        with self._lock:
            self._made, self._wholes, self._single = {}, {}, None
            self._inner, self._network_as_it_was = OrderedDict(), None

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
                made = self._make([part], None if inner else usual, AsItWas(self._modules_of(part)))
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

    def row(
        self, tensors: Sequence[str], between: Callable[[], None] = lambda: None
    ) -> list[tuple[Session, list[str]]] | None:
        """Sessions from the image on, each with what is wanted of it, and last what the next one gets.

        Args:
            tensors: ids of what is wanted: outputs of parts, what is pooled, gates, and what enters their modules.
            between: called where sessions had to be made, after each: they take longer than a run.

        Returns:
            None where parts have to run one after the other.
        """
        if self.refused or not self._everything.keys() >= set(tensors):
            return None
        wanted: list[list[str]] = [[] for _ in self._row]
        for tensor in tensors:
            wanted[self._places[tensor]].append(tensor)
        last = max(place for place, some in enumerate(wanted) if some)
        row, as_it_was = [], set()
        for place, some in enumerate(wanted[: last + 1]):
            inputs = not self._given.keys() >= set(some)
            new = (place, inputs) not in self._wholes
            made = self._whole(place, inputs)
            if made is None:
                return None
            if new:
                between()
            as_it_was.add(made.modules)
            handed_on = [] if place == last else [self._row[place][-1]]
            row.append((made.session, [*(tensor for tensor in some if tensor not in handed_on), *handed_on]))
        return row if all(modules.holds() for modules in as_it_was) else None

    def _whole(self, place: int, inputs: bool) -> _Made | None:
        # A session that gives what enters gates is slower at everything else: ONNX Runtime takes it out of its layout.
        given = self._everything if inputs else self._given
        with self._lock:
            made = self._wholes.get((place, inputs))
            if made is None:
                parts = self._row[place]
                if not self._wholes or self._network_as_it_was is None:  # what no session was made of may have changed
                    self._network_as_it_was = AsItWas([self._network])
                made = self._make(
                    parts, [tensor for tensor, part in given.items() if part in parts], self._network_as_it_was
                )
                if made is not None:
                    self._wholes[place, inputs] = made
        return made

    def single(self) -> Session | None:
        """A session from the image to the logits that stays on one thread; None where parts have to run."""
        if self.refused:
            return None
        with self._lock:
            made = self._single = self._single or self._make(None, [CLASSIFIER], AsItWas([self._network]), single=True)
        return made.session if made is not None and made.modules.holds() else None

    def _make(
        self, parts: Sequence[str] | None, tensors: Sequence[str] | None, modules: AsItWas, *, single: bool = False
    ) -> _Made | None:
        """A new session; None where PyTorch has to run the parts, or where ONNX Runtime refuses, and then for good."""
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
        if part == CLASSIFIER:
            return [POOL, part]
        se = getattr(self._network.layer(part), "se", None)
        if not isinstance(se, SqueezeExcitation):
            return [part]
        return [part, *([entering_gates(self._network, part)] if inputs else []), f"{part}.se.gate"]


def _slices(network: EfficientNet) -> list[list[str]]:
    """The parts in groups that take about as long as others can wait for; a small network is one group."""
    spec = network.spec
    blocks = plan(spec, max(spec.resolution, spec.total_stride)).blocks
    work = {
        block.id: sum(layer.macs + VALUE * math.prod(layer.out_shape) for layer in block.layers) for block in blocks
    }
    row: list[list[str]] = [[]]
    done = 0
    for part in parts_of(network):
        if done >= SLICE:
            row.append([])
            done = 0
        row[-1].append(part)
        done += work.get(part, 0)
    return row


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
