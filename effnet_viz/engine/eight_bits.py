"""A network in whole numbers of eight bits: what is lost along its depth, and what is gained in size and time.

Activations get 256 levels and weights 128, as ONNX Runtime recommends: with more, sums overflow on many processors.
Which range the levels span is found by running photos (calibration).
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy
import onnx
from numpy import ndarray
from onnx import TensorProto, helper
from torch import Tensor

from effnet_viz.engine.graph import IMAGE, graph_of
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.engine.progress import Progress
from effnet_viz.engine.sessions import EngineError, Session, onnx_runtime
from effnet_viz.network import EfficientNet, for_inference

TIMED_ROUNDS = 9
# What is not done for every photo takes as long as so many photos take, of small networks and large ones: before the
# first, longer for the first ones, from the ranges to a network in eight bits, and timing at the end.
READY, FIRST_ONES, ROUNDING, TIMING = 5, 5, 13, 7
BEHIND = "_DequantizeLinear_Output"  # ONNX Runtime's name for what a tensor is after it had eight bits


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a network says about one photo with full numbers and with eight bits.

    Attributes:
        before: index of the most probable class in float32.
        after: the same in eight bits.
        agreement: cosine of the angle between the two vectors of logits, -1 to 1.
    """

    before: int
    after: int
    agreement: float

    @property
    def same(self) -> bool:
        """Whether the answer stays."""
        return self.before == self.after


@dataclass(frozen=True, kw_only=True)
class EightBits:
    """What eight bits do to a network.

    Attributes:
        signal_to_noise: block id to the power of its output over that of the error, in decibels, over all photos:
            20 is an error of a tenth, 0 one as large as the output.
        answers: one a photo.
        bytes_before: of the network as a file in float32.
        bytes_after: of the same in eight bits.
        seconds_before: of one photo, the median of several runs, here.
        seconds_after: the same in eight bits.
    """

    signal_to_noise: Mapping[str, float]
    answers: tuple[Answer, ...]
    bytes_before: int
    bytes_after: int
    seconds_before: float
    seconds_after: float

    @property
    def kept(self) -> float:
        """Share of the photos whose answer stays, 0 to 1."""
        return sum(answer.same for answer in self.answers) / len(self.answers)

    def sentence(self) -> str:
        """What is to be learned from the numbers, computed from them."""
        kept = sum(answer.same for answer in self.answers)
        low = min(self.signal_to_noise, key=lambda block: self.signal_to_noise[block])
        faster = self.seconds_before / self.seconds_after
        times = f"{max(faster, 1 / faster):.1f}"
        pace = "as fast as before" if times == "1.0" else f"{times} times {'as fast' if faster > 1 else 'slower'}"
        smaller = self.bytes_before / self.bytes_after
        return (
            f"{kept} of {len(self.answers)} photos keep their class. The file is {smaller:.1f} times smaller and, on "
            f"this machine, {pace}. The error is largest behind block {low}: {self.signal_to_noise[low]:.0f} dB."
        )


def in_eight_bits(network: EfficientNet, images: Sequence[Tensor], progress: Progress) -> EightBits:
    """Quantise a network and compare it with itself.

    Args:
        network: in evaluation mode; it is left as it is.
        images: photos to find the ranges with and to compare on, `(1, in_channels, H, W)` each, all of one size.
        progress: told the share done; what it raises ends the work.

    Raises:
        ValueError: there are no photos.
        EngineError: ONNX Runtime is missing, or its quantiser refuses the network.

    Source: Jacob et al. 2018, Quantization and Training of Neural Networks (arXiv 1712.05877), equation 1; ONNX
        Runtime's `quantize_static` with its smallest and largest values.
    """
    if not images:
        raise ValueError("images is empty; at least 1 photo is needed to find the ranges.")
    arrays = [image.float().cpu().contiguous().numpy() for image in images]
    folded = for_inference(network).float()
    blocks = list(folded.blocks())
    whole = graph_of(folded)
    half, all_of_it = len(arrays) / 2, READY + FIRST_ONES + ROUNDING + TIMING + len(arrays)  # a photo runs twice
    small = _quantised(whole, arrays, lambda share: progress((READY + share * (FIRST_ONES + half)) / all_of_it))
    before = Session(graph_of(folded, None, [*blocks, CLASSIFIER]))
    after = Session(_with_outputs(small, blocks))
    signal, noise = dict.fromkeys(blocks, 0.0), dict.fromkeys(blocks, 0.0)
    answers = []
    for number, array in enumerate(arrays):
        full = dict(zip(before.outputs, before.run(array), strict=True))
        rough = dict(zip([*blocks, CLASSIFIER], after.run(array), strict=True))
        for block in blocks:
            signal[block] += float(numpy.square(full[block], dtype=numpy.float64).sum())
            noise[block] += float(numpy.square(full[block] - rough[block], dtype=numpy.float64).sum())
        answers.append(_answer(full[CLASSIFIER][0], rough[CLASSIFIER][0]))
        progress((READY + FIRST_ONES + half + ROUNDING + (number + 1) / 2) / all_of_it)
    seconds = _seconds([Session(whole), Session(small)], arrays[0])
    progress(1.0)
    return EightBits(
        signal_to_noise=MappingProxyType({block: decibels(signal[block], noise[block]) for block in blocks}),
        answers=tuple(answers),
        bytes_before=whole.ByteSize(),
        bytes_after=small.ByteSize(),
        seconds_before=seconds[0],
        seconds_after=seconds[1],
    )


def decibels(signal: float, noise: float) -> float:
    """Ten times the decimal logarithm of one power over another; 200 where there is no noise to speak of.

    Args:
        signal: mean square of the values.
        noise: mean square of what is wrong with them.
    """
    return 10 * float(numpy.log10(max(signal, 1e-300) / max(noise, 1e-20 * signal, 1e-300)))


def _quantised(graph: onnx.ModelProto, arrays: Sequence[ndarray], progress: Progress) -> onnx.ModelProto:
    onnx_runtime()
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        """Hands the photos over one by one, and tells how far it is."""

        def __init__(self) -> None:
            self._next = 0

        def get_next(self) -> dict[str, ndarray] | None:
            progress(self._next / len(arrays))
            if self._next == len(arrays):
                return None
            self._next += 1
            return {IMAGE: arrays[self._next - 1]}

    with tempfile.TemporaryDirectory() as folder, _without_hints():
        full, small = Path(folder) / "full.onnx", Path(folder) / "small.onnx"
        onnx.save(graph, full)  # a graph that is handed over would be changed
        try:
            quantization.quantize_static(
                full,
                small,
                Reader(),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                # Sums of two products of whole bytes overflow on processors without VNNI.
                reduce_range=True,
            )
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            raise EngineError(f"ONNX Runtime's quantiser refuses the network ({error}).") from error
        return onnx.load(small)


@contextmanager
def _without_hints() -> Iterator[None]:
    """Keep what the quantiser tells its developers, a line for every layer, out of the log."""

    def from_elsewhere(record: logging.LogRecord) -> bool:
        return "quantization" not in Path(record.pathname).parts

    root = logging.getLogger()
    root.addFilter(from_elsewhere)
    try:
        yield
    finally:
        root.removeFilter(from_elsewhere)


def _with_outputs(graph: onnx.ModelProto, blocks: Sequence[str]) -> onnx.ModelProto:
    """The graph that also gives the blocks' outputs, as they are after they had eight bits."""
    there = {output for node in graph.graph.node for output in node.output}
    copy = onnx.ModelProto()
    copy.CopyFrom(graph)
    del copy.graph.output[:]
    for block in blocks:
        name = block + BEHIND if block + BEHIND in there else block
        copy.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    copy.graph.output.extend(graph.graph.output)
    return copy


def _answer(before: ndarray, after: ndarray) -> Answer:
    lengths = float(numpy.linalg.norm(before) * numpy.linalg.norm(after))
    return Answer(
        before=int(before.argmax()),
        after=int(after.argmax()),
        agreement=float(before @ after) / lengths if lengths > 0 else 1.0,
    )


def _seconds(sessions: Sequence[Session], array: ndarray) -> list[float]:
    """The median time of each, taken in turns, so that a busy moment hits all."""
    times: list[list[float]] = [[] for _ in sessions]
    for number in range(TIMED_ROUNDS + 1):
        for session, taken in zip(sessions, times, strict=True):
            began = time.perf_counter()
            session.run(array)
            if number:
                taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in times]
