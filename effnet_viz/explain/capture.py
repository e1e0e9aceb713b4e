"""One run of a network on a photo, kept, so that every page draws from the same run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy
import torch
from numpy import ndarray
from torch import Tensor, nn

from effnet_viz.engine.arrays import to_array
from effnet_viz.engine.graph_writer import CLASSIFIER
from effnet_viz.explain.model import Model
from effnet_viz.images import Photo, View


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """What a network said about a photo, and what every block gave on the way.

    Step outputs inside a block are not kept: `steps_of` recomputes them from the block's kept input, at the price of
    one block.

    Attributes:
        logits: `(num_classes,)`.
        blocks: ids of stem, blocks and final convolution, in the order in which they run.
        activations: id to output, `(C, H, W)`, of those of them that were kept.
        gates: block id to its SE gates, `(C,)`, each 0 to 1; only blocks with SE.
        view: which part of the photo the network saw.
        photo_digest: digest of the photo.
    """

    logits: ndarray
    blocks: tuple[str, ...]
    activations: Mapping[str, ndarray]
    gates: Mapping[str, ndarray]
    view: View
    photo_digest: str
    input: ndarray = field(repr=False)

    @property
    def probabilities(self) -> ndarray:
        """Softmax of the logits, or the sigmoid where there is one class; `(num_classes,)`."""
        return probabilities_of(self.logits)

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return sum(array.nbytes for array in (*self.activations.values(), *self.gates.values(), self.input))

    def block_input(self, block_id: str) -> ndarray:
        """What entered a block, `(C, H, W)`.

        Raises:
            ValueError: the network has no such block, or what enters it was not kept.
        """
        position = self._position(block_id)
        return self.output(self.blocks[position - 1]) if position else self.input

    def output(self, block_id: str) -> ndarray:
        """What a block gave, `(C, H, W)`.

        Raises:
            ValueError: the network has no such block, or its output was not kept.
        """
        self._position(block_id)
        if block_id not in self.activations:
            raise ValueError(f"The output of block {block_id!r} was not kept; name it when you capture, or keep all.")
        return self.activations[block_id]

    def _position(self, block_id: str) -> int:
        if block_id not in self.blocks:
            raise ValueError(f"There is no block {block_id!r}; the blocks are {', '.join(self.blocks)}.")
        return self.blocks.index(block_id)


def capture(model: Model, photo: Photo, keep: Collection[str] | None = None) -> Capture:
    """Run the network once and keep the logits, every SE gate, and blocks' outputs.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        keep: ids of the blocks whose outputs are kept; None keeps all, which for a large network takes much memory.

    Raises:
        ValueError: the network has no such block.
    """
    blocks = model.runner.blocks
    for block in keep or ():
        if block not in blocks:
            raise ValueError(f"keep has {block!r}; the blocks of {model.spec.title} are {', '.join(blocks)}.")
    view = model.preprocessing.view(photo.width, photo.height)
    return capture_input(model, model.input(photo), view, photo.digest, blocks if keep is None else keep)


def capture_input(model: Model, x: Tensor, view: View, digest: str, keep: Collection[str] = ()) -> Capture:
    """The same of an input that is there already.

    Args:
        model: the network with its preprocessing.
        x: what the network gets, `(1, C, H, W)`.
        view: which part of the photo that is.
        digest: of the photo, or of whatever else the input was made from.
        keep: ids of the blocks whose outputs are kept.
    """
    blocks, gates = model.runner.blocks, model.runner.blocks_with_gates
    kept = [block for block in blocks if block in keep]
    with model.lock:
        wanted = [*kept, *(f"{block}.se.gate" for block in gates), CLASSIFIER]
        seen = model.runner.of_one(x, wanted, between=model.lock.let_others)
        return Capture(
            logits=seen[CLASSIFIER],
            blocks=blocks,
            activations=MappingProxyType({block: seen[block] for block in kept}),
            gates=MappingProxyType({block: seen[f"{block}.se.gate"].reshape(-1) for block in gates}),
            view=view,
            photo_digest=digest,
            input=to_array(x),
        )


def steps_of(model: Model, run: Capture, block_id: str) -> dict[str, ndarray]:
    """Outputs of the steps inside a block, `(C, H, W)` each, computed from the block's kept input.

    Args:
        model: the model that made the capture.
        run: the capture.
        block_id: such as `4.2`.

    Returns:
        Step id such as `4.2.depthwise` to its output, in the order in which the steps run; absent steps are absent.
    """
    steps = step_ids(model, block_id)
    x = to_batch(run.block_input(block_id), model.device)
    with model.lock:
        seen = model.runner.run(x, steps, start=block_id)
        return {step: to_array(seen[step]) for step in steps}


def step_ids(model: Model, block_id: str) -> list[str]:
    """Ids of the steps that a block really has, such as `4.2.expand`; empty for stem and final convolution.

    Args:
        model: the network with its preprocessing.
        block_id: id of a block, such as `4.2`.
    """
    names = [
        name for name, module in model.network.layer(block_id).named_children() if not isinstance(module, nn.Identity)
    ]
    return [f"{block_id}.{name}" for name in names if name in ("expand", "fused", "depthwise", "se", "project")]


def block_of(model: Model, layer_id: str) -> str:
    """The block that a layer belongs to: `4.2` for `4.2.depthwise`, the last block `4.3` for stage `4`.

    Args:
        model: the network with its preprocessing.
        layer_id: stage, block or step, such as `4`, `4.2` or `4.2.depthwise`.

    Raises:
        ValueError: the network has no such layer, or it lies behind the feature maps.
    """
    blocks = model.runner.blocks
    if layer_id in blocks:
        return layer_id
    model.network.layer(layer_id)
    for block in blocks:
        if layer_id.startswith(f"{block}."):
            return block
    within = [block for block in blocks if block.startswith(f"{layer_id}.")]
    if not within:
        raise ValueError(f"layer is {layer_id!r}, which has no places left; choose a block such as {blocks[-1]!r}.")
    return within[-1]


def output_of(model: Model, layer: str) -> str:
    """Id of the module whose output stands for a layer: a stage's is that of its last block.

    Args:
        model: the network with its preprocessing.
        layer: stage, block or step.

    Raises:
        ValueError: the network has no such layer, or one without maps.
    """
    block = block_of(model, layer)
    return layer if layer.startswith(f"{block}.") else block


def has_se(model: Model, block_id: str) -> bool:
    """Whether a block has squeeze-and-excitation.

    Args:
        model: the network with its preprocessing.
        block_id: id of a block, such as `4.2`.
    """
    return block_id in model.runner.blocks_with_gates


def probabilities_of(logits: ndarray) -> ndarray:
    """Softmax of `(K,)` logits; with a single class, the sigmoid."""
    if logits.size == 1:
        return 1.0 / (1.0 + numpy.exp(-logits))
    shifted = numpy.exp(logits - logits.max())
    return shifted / shifted.sum()


def to_batch(array: ndarray, device: str) -> Tensor:
    """A captured `(C, H, W)` array as a batch of one, in the memory layout that the network runs fastest in.

    The batch is `(1, C, H, W)`.

    Args:
        array: the values, `(C, H, W)`.
        device: where the batch is put, such as `cpu` or `cuda`.
    """
    return torch.tensor(array, device=device)[None].contiguous(memory_format=torch.channels_last)


def to_tensor(model: Model, values: ndarray) -> Tensor:
    """One image's `(C, H, W)` values as a batch of one, in the precision of the network; the batch is `(1, C, H, W)`.

    Args:
        model: the network, which says the device and the precision.
        values: of one image, `(C, H, W)`.
    """
    return to_batch(values, model.device).to(model.network.classifier.weight.dtype)
