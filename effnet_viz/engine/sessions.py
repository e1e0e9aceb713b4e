"""ONNX Runtime, set up once for the process: how many threads, which memory, how a graph becomes a session.

All sessions share one pool of scratch memory, so that many small ones (a block each) take what one large one does.
Threads belong to a session and sleep while it has no work: threads that spin, which is the library's habit, take the
cores from whoever else wants them, and a pool for the whole process would forbid sessions of other people's making.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy
import torch
from numpy import ndarray
from onnx import ModelProto, TensorProto, helper

MOST_THREADS = 8  # of a session; every session has as many, so a large network has some hundred at most
QUIET = 3  # errors only: a warning about an unused weight helps nobody
FEW = 4  # outputs; fewer are copied faster than the library is told where to write them
KNOWN_SHAPES = 32  # sizes of the input for which a session remembers what the outputs measure
IDLE = 30.0  # seconds after the last large run: who looks at a picture of it asks no more
FREE_SCRATCH = ("memory.enable_memory_arena_shrinkage", "cpu:0")

_setup = threading.Lock()
_until_idle: list[threading.Timer] = []  # none or one


class EngineError(RuntimeError):
    """ONNX Runtime is missing, or could not do what it was asked."""


def onnx_runtime() -> ModuleType:
    """The library, ready for this process.

    Raises:
        EngineError: it is not installed, or cannot be loaded here.
    """
    with _setup:
        return _onnx_runtime()


@functools.cache
def _onnx_runtime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(f"ONNX Runtime cannot be loaded ({error}).") from error
    onnxruntime.disable_telemetry_events()  # what a class does here concerns nobody else
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    as_asked = onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1})  # by default each extension doubles the last
    onnxruntime.create_and_register_allocator(memory, as_asked)
    return onnxruntime


def threads() -> int:
    """How many threads a run may use: as PyTorch, which reads OMP_NUM_THREADS; one setting for both."""
    return min(torch.get_num_threads(), MOST_THREADS)


class Session:
    """A graph, ready to run. Any number of threads may run it at once.

    Args:
        graph: what to run.
        weights: by name those that are not in the graph. Their memory is used as it is where the library's own layout
            is the same, so it must stay as it is while the session is used.
        single: whether each run stays on one thread, for those who run several at once.
        timings: where the time of every step is to be written, without the ending; None does not time.

    Raises:
        EngineError: ONNX Runtime is missing or refuses the graph.
    """

    def __init__(
        self,
        graph: ModelProto,
        weights: Mapping[str, ndarray] | None = None,
        *,
        single: bool = False,
        timings: Path | None = None,
    ) -> None:
        runtime = onnx_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1 if single else threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = QUIET
        # A second run would plan all values into one piece of memory, which comes beside the pieces of the first.
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.use_env_allocators", "1")
        if timings is not None:
            options.enable_profiling = True
            options.profile_file_prefix = str(timings)
        self._weights = {name: runtime.OrtValue.ortvalue_from_numpy(array) for name, array in (weights or {}).items()}
        options.add_external_initializers(list(self._weights), list(self._weights.values()))
        try:
            self._session = runtime.InferenceSession(
                graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EngineError(f"ONNX Runtime refuses the graph ({error}).") from error
        # Of the weights, which the library lays out anew for itself.
        self.nbytes = graph.ByteSize() + sum(array.nbytes for array in (weights or {}).values())
        self._session._model_bytes = None  # kept by the library for a second try elsewhere: all weights once more
        self.input = graph.graph.input[0].name
        self.outputs = tuple(output.name for output in graph.graph.output)
        self._how = runtime.RunOptions()
        self._how.only_execute_path_to_fetches = True  # nothing behind the last of the outputs
        library = runtime.capi.onnxruntime_pybind11_state
        self._memory = library.OrtDevice(library.OrtDevice.cpu(), library.OrtDevice.default_memory(), 0)
        self._values, self._value = library.OrtValueVector, library.OrtValue.ortvalue_from_numpy
        self._shapes: dict[tuple[int, ...], dict[str, tuple[int, ...]]] = {}

    def timings(self) -> Path:
        """The file with the times; no more are taken."""
        return Path(self._session.end_profiling())

    def run(self, values: ndarray, outputs: Sequence[str] | None = None) -> list[ndarray]:
        """The outputs for an input; what is given lies in the shared scratch memory, so copy what is to be kept.

        Args:
            values: float32, `(N, C, H, W)`.
            outputs: ids in the wanted order; None gives all.

        Raises:
            EngineError: ONNX Runtime failed, such as for want of memory.
        """
        try:
            return self._session.run(None if outputs is None else list(outputs), {self.input: values}, self._how)
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed ({error}).") from error

    def run_to_keep(self, values: ndarray, outputs: Sequence[str]) -> dict[str, ndarray]:
        """The same in memory of the caller's own. Once the shapes are known, the library writes there itself.

        Args:
            values: float32, contiguous, `(N, C, H, W)`.
            outputs: ids of what is wanted.

        Raises:
            EngineError: ONNX Runtime failed, such as for want of memory.
        """
        if len(self._shapes) > KNOWN_SHAPES:
            self._shapes = {}
        shapes = self._shapes.setdefault(values.shape, {})
        if len(outputs) < FEW or not shapes.keys() >= set(outputs):
            given = dict(zip(outputs, self.run(values, outputs), strict=True))
            shapes |= {name: array.shape for name, array in given.items()}
            return {name: array.copy() for name, array in given.items()}
        try:
            kept = {name: numpy.empty(shapes[name], numpy.float32) for name in outputs}
            entering = self._in_place([values])
            self._session.run_with_ortvaluevector(
                self._how, [self.input], entering, list(kept), self._in_place(kept.values()), [self._memory] * len(kept)
            )
        except Exception as error:
            raise EngineError(f"ONNX Runtime failed ({error}).") from error
        return kept

    def _in_place(self, arrays: Iterable[ndarray]) -> object:
        """Arrays as the library's own values in the same memory. Binding them by name takes nearly twice as long."""
        values = self._values()
        for array in arrays:
            values.push_back(self._value(array, self._memory))
        return values


def free_scratch() -> None:
    """Hand back to the system all scratch memory that no run and no output uses now.

    The library does that at the end of a run, when what the run gives is still in use, so the run that is asked for it
    here is one that gives next to nothing.
    """
    runtime = onnx_runtime()
    how = runtime.RunOptions()
    how.add_run_config_entry(*FREE_SCRATCH)
    smallest = _smallest_session()
    smallest._session.run(None, {smallest.input: numpy.zeros(1, numpy.float32)}, how)


def free_scratch_when_idle() -> None:
    """The same once nobody has asked for this for a while: runs in a row keep what they use, and nothing stays."""
    timer = threading.Timer(IDLE, free_scratch)
    timer.daemon = True
    with _setup:
        while _until_idle:
            _until_idle.pop().cancel()
        _until_idle.append(timer)
    timer.start()


@functools.cache
def _smallest_session() -> Session:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "nothing", [x], [y])
    operators = [helper.make_opsetid("", 17)]
    return Session(
        helper.make_model(graph, opset_imports=operators, ir_version=helper.find_min_ir_version_for(operators))
    )
