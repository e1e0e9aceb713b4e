"""The one way to run a network without gradients, with two engines behind it.

Each part of the network, or a small network at once, runs in ONNX Runtime where that is possible, and in PyTorch
where it is not: on a GPU, where ONNX Runtime is missing, where somebody has put a hook on the part or changed its
parameters, or where what one of its layers gives is replaced.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary, ref

import torch
from numpy import ndarray
from torch import Tensor

from effnet_viz.engine.arrays import of_batch, to_array
from effnet_viz.engine.graph import IMAGE
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.hooks import Change, watch
from effnet_viz.engine.many_images import at_a_time, logits_of_many
from effnet_viz.engine.part_sessions import PartSessions
from effnet_viz.engine.sessions import EngineError, free_scratch, free_scratch_when_idle, threads
from effnet_viz.engine.whereabouts import Whereabouts
from effnet_viz.network import EfficientNet

WIDEST = 18  # the scratch a block needs: about three tensors, each six times what enters
LITTLE = 2**27  # bytes of scratch that stay for good, as B4's

Given = dict[str, Tensor]
Arrays = dict[str, ndarray]

_runners: WeakKeyDictionary[EfficientNet, ref[Runner]] = WeakKeyDictionary()
_runners_lock = threading.Lock()


def runner_of(network: EfficientNet) -> Runner:
    """The runner of a network, the same for all who ask while one of them keeps it: sessions are made once."""
    with _runners_lock:
        kept = _runners.get(network)
        runner = None if kept is None else kept()
        if runner is None:
            runner = Runner(network)
            _runners[network] = ref(runner)
        return runner


class Runner:
    """Runs a network, or some of its blocks, in the fastest engine that gives its values.

    Somebody's hooks are called wherever they are. Several threads may run it at once, but under a lock of the caller's
    where parts run in PyTorch: `watch` sets hooks on what they share.

    Args:
        network: in evaluation mode; ONNX Runtime can run the folded copy on the CPU (`for_inference`).

    Attributes:
        blocks: ids of stem, blocks and final convolution, in the order in which they run.
        blocks_with_gates: those that have squeeze-and-excitation.
        kept_scratch: bytes of scratch memory that may stay for the next run, as B7's does; more is handed back after
            each, which makes B7 slower. A server that is short of memory sets less for all its runners.
    """

    kept_scratch = 2**29

    def __init__(self, network: EfficientNet) -> None:
        self.network = network
        self._where = Whereabouts(network)
        self._parts = self._where.parts
        self._sessions = PartSessions(network)
        self.blocks = tuple(self._parts[:-1])
        self.blocks_with_gates = tuple(block for block in self.blocks if self._sessions.usual(f"{block}.se.gate"))

    @property
    def engine(self) -> str:
        """Which engine answers, for people."""
        return "PyTorch" if self._sessions.refused else "ONNX Runtime"

    @property
    def nbytes(self) -> int:
        """Bytes of weights that ONNX Runtime's sessions hold, beside the network's own."""
        return self._sessions.nbytes

    def forget_sessions(self) -> None:
        """Give back what ONNX Runtime holds; whatever runs goes on, and the next run makes what it needs anew."""
        self._sessions.forget()

    @property
    def refused(self) -> str:
        """Why ONNX Runtime does not answer, in a sentence; empty where it does."""
        return self._sessions.refused

    def logits(self, x: Tensor, *, start: str | None = None, change: Mapping[str, Change] | None = None) -> Tensor:
        """Images, or what enters the block `start`, `(N, C, H, W)`, to `(N, num_classes)`.

        Args:
            x: images, or what enters the block `start`, `(N, C, H, W)`.
            start: the block to begin at; the whole network by default.
            change: for some ids a function from the layer's output to what the rest gets instead.
        """
        return self.run(x, [CLASSIFIER], start=start, change=change)[CLASSIFIER]

    def entering(self, block: str) -> str:
        """Name of the tensor that enters a block: the block before it, or `image`.

        Args:
            block: id of the block, such as `4.2`.
        """
        return self._where.entering(block)

    def before(self, x: Tensor, block: str) -> Tensor:
        """Images `(N, C, H, W)` to what enters a block.

        Args:
            x: images, `(N, C, H, W)`.
            block: id of the block, such as `4.2`.
        """
        name = self.entering(block)
        return x if name == IMAGE else self.run(x, [name])[name]

    def run(
        self,
        x: Tensor,
        outputs: Iterable[str],
        *,
        start: str | None = None,
        change: Mapping[str, Change] | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> Given:
        """Outputs of layers by id. Nothing behind the last of them runs but the head, and no gradient is kept.

        Args:
            x: images, or what enters the block `start`, `(N, C, H, W)`.
            outputs: ids such as `4.2.depthwise`, `4.2.se.gate`, `4.2`, `4` (its last block), `pool` or `classifier`.
            start: the block to begin with; None begins with the image.
            change: for some ids a function from the layer's output to what the rest gets instead, as `watch` takes it.
            between: called between two slices of a long run, to let others have the device.

        Raises:
            ValueError: the network has no such layer, or the run starts behind it.
        """
        wanted = {id: self._where.tensor_of(id) for id in outputs}
        changed = {self._where.tensor_of(id): function for id, function in (change or {}).items()}
        first = self._parts.index(self._where.part_of(start)) if start else 0
        positions = {tensor: self._where.position(tensor) for tensor in wanted.values()}
        for id, tensor in wanted.items():
            if positions[tensor] < first:
                raise ValueError(f"outputs has {id!r}, which lies before block {start!r}, where the run starts.")
        tensors, last = list(positions), max(positions.values(), default=first - 1)
        singly = self._singly(first, last, tensors, changed)
        gathered = None
        if start is None:
            entered = [self._parts[index - 1] for index in singly if index and index - 1 not in singly]
            outside = [tensor for tensor, position in positions.items() if position not in singly]
            values = self._at_once(x, list(dict.fromkeys([*entered, *outside])), between)
            if values is not None:
                gathered = {tensor: torch.from_numpy(array) for tensor, array in values.items()}
        if gathered is None:
            if start is None and CLASSIFIER in tensors and self._hooked_as_a_whole():
                return self._whole_in_pytorch(x, wanted, changed)
            gathered, singly = {}, range(first, last + 1)
        with torch.no_grad():
            for index in singly:
                part = self._parts[index]
                if index > first and index - 1 not in singly:
                    x = gathered[self._parts[index - 1]]
                of_part = [tensor for tensor in tensors if self._where.part_of(tensor) == part]
                new = {tensor: function for tensor, function in changed.items() if self._where.part_of(tensor) == part}
                x, given = self._in_onnx_runtime(part, x, of_part, new) or self._in_pytorch(part, x, of_part, new)
                gathered |= given
        return self._by_asked_ids(wanted, gathered)

    def of_one(
        self,
        x: Tensor,
        outputs: Iterable[str],
        *,
        change: Mapping[str, Change] | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> Arrays:
        """Outputs of layers for one image, by id: read-only float32 arrays `(C, H, W)`, or `(C,)` behind the pooling.

        Args:
            x: the image, `(1, C, H, W)`.
            outputs: ids, as `run` takes them.
            change: as `run` takes it.
            between: called between two slices of a long run, to let others have the device.

        Raises:
            ValueError: the network has no such layer.
        """
        wanted = {id: self._where.tensor_of(id) for id in outputs}
        values = None if change else self._at_once(x, list(dict.fromkeys(wanted.values())), between)
        if values is None:
            seen = self.run(x, wanted, change=change, between=between)
            return {id: to_array(tensor) for id, tensor in seen.items()}
        return {id: of_batch(values[tensor]) for id, tensor in wanted.items()}

    def _singly(self, first: int, last: int, tensors: Sequence[str], changed: Mapping[str, Change]) -> Sequence[int]:
        """Positions of the parts that run for themselves: those of which a step is wanted, and all from a change on."""
        start = min((self._where.position(tensor) for tensor in changed), default=last + 1)
        inside = {self._where.position(tensor) for tensor in tensors if not self._sessions.usual(tensor)}
        return [index for index in range(first, last + 1) if index >= start or index in inside]

    def _at_once(self, x: Tensor, tensors: Sequence[str], between: Callable[[], None]) -> Arrays | None:
        """Tensors of the whole network from its row of sessions; None where parts have to run one after the other."""
        if x.dtype != torch.float32 or not tensors:
            return None
        if len(x) > 1 and tensors == [CLASSIFIER]:
            return self._many(x)
        row = self._sessions.row(tensors, between)
        if row is None:
            return None
        entering, values = x.contiguous().numpy(), Arrays()
        for place, (session, wanted) in enumerate(row):
            if place:
                between()
            try:
                values |= session.run_to_keep(entering, wanted)
            except EngineError:
                return None
            entering = values[wanted[-1]]
        self._hand_back(WIDEST * self._stem_bytes(x))
        return {tensor: values[tensor] for tensor in tensors}

    def _many(self, x: Tensor) -> Arrays | None:
        session = self._sessions.single()
        if session is None:
            return None
        stem = self._stem_bytes(x[:1])
        size = at_a_time(len(x), stem)
        try:
            logits = logits_of_many(session, x.contiguous().numpy(), size)
        except EngineError:
            return None
        self._hand_back(WIDEST * stem * size * threads())
        return {CLASSIFIER: logits}

    @classmethod
    def _hand_back(cls, scratch: int) -> None:
        """What a run took as scratch memory goes back now, or once no other comes; small networks keep theirs."""
        if scratch > cls.kept_scratch:
            free_scratch()
        elif scratch > LITTLE:
            free_scratch_when_idle()

    def _stem_bytes(self, x: Tensor) -> int:
        """Bytes of what the stem gives, at half the resolution, which the first block gets."""
        return x.nbytes * self.network.spec.scaled_stem_channels // (4 * x.shape[1])

    def _in_onnx_runtime(
        self, part: str, x: Tensor, tensors: Sequence[str], change: Mapping[str, Change]
    ) -> tuple[Tensor, Given] | None:
        """What a part gives, and the wanted tensors of it; None where PyTorch has to do it."""
        if change or x.dtype != torch.float32:
            return None
        session = self._sessions.session(part, tensors)
        if session is None:
            return None
        names = list(dict.fromkeys([part, *tensors]))
        try:
            values = session.run(x.contiguous().numpy(), names)
        except EngineError:
            return None  # PyTorch does it, or says in its own words why it cannot
        given = dict(zip(names, values, strict=True))
        # Copied, because what lies in the scratch memory keeps all of it; by NumPy, because PyTorch has threads wait.
        copies = {tensor: torch.from_numpy(given[tensor].copy()) for tensor in tensors}
        self._hand_back(WIDEST * x.nbytes)
        return torch.from_numpy(given[part]), copies

    def _in_pytorch(
        self, part: str, x: Tensor, tensors: Sequence[str], change: Mapping[str, Change]
    ) -> tuple[Tensor, Given]:
        x = x.contiguous(memory_format=torch.channels_last)
        with watch(self.network, tensors, change=change) as seen:
            if part == CLASSIFIER:
                y = self.network.classifier(self.network.dropout(self.network.pool(x)))
            else:
                y = self.network.layer(part)(x)
        return y, seen

    def _hooked_as_a_whole(self) -> bool:
        """Whether somebody's hooks wait for more than a block: a stage, all stages, or the network itself."""
        wholes = [self.network, self.network.feature_extractor, *self.network.feature_extractor.children()]
        return any(whole._forward_hooks or whole._forward_pre_hooks for whole in wholes)

    def _whole_in_pytorch(self, x: Tensor, wanted: Mapping[str, str], change: Mapping[str, Change]) -> Given:
        with torch.no_grad(), watch(self.network, list(wanted.values()), change=change) as seen:
            self.network(x.contiguous(memory_format=torch.channels_last))
        return self._by_asked_ids(wanted, seen)

    def _by_asked_ids(self, wanted: Mapping[str, str], values: Given) -> Given:
        for id, tensor in wanted.items():
            if tensor not in values:
                raise ValueError(f"outputs has {id!r}, a step that {self.network.spec.title} names and skips.")
        return {id: values[tensor] for id, tensor in wanted.items()}
