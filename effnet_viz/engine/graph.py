"""The folded network, or some parts of it, written step by step as an ONNX graph.

A network is a row of parts: its blocks, then `classifier` (which is pooling, too). Every tensor carries the id that
users see: `4.2.depthwise`, `4.2.se.gate`, `4.2`, `pool`, `classifier`. What enters the first written part carries
the id of the block before it, or `image`. Names with a slash are no layer's output. Batch, height and width stay free.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from numpy import ndarray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from effnet_viz import __version__
from effnet_viz.engine.graph_writer import CLASSIFIER, GraphWriter
from effnet_viz.network import ConvBlock, EfficientNet, FusedMBConv, MBConv

IMAGE = "image"
OPSET = 17  # supported for years by whatever reads ONNX, and every operator below has had its form since 13


def parts_of(network: EfficientNet) -> list[str]:
    """The parts by id in the order in which they run."""
    return [*network.blocks(), CLASSIFIER]


def entering(network: EfficientNet, part: str) -> str:
    """Name of the tensor that enters a part: the block before it, or `image`.

    Args:
        network: the network.
        part: id of a block, or `classifier`.
    """
    parts = parts_of(network)
    position = parts.index(part)
    return parts[position - 1] if position else IMAGE


def entering_gates(network: EfficientNet, block: str) -> str:
    """Name of the tensor that enters a block's SE module, which multiplies it.

    Args:
        network: the network.
        block: id of a block with SE.
    """
    return f"{block}.{'depthwise' if hasattr(network.layer(block), 'depthwise') else 'fused'}"


def graph_of(
    network: EfficientNet,
    parts: Sequence[str] | None = None,
    outputs: Sequence[str] | None = (CLASSIFIER,),
    *,
    opset: int = OPSET,
) -> onnx.ModelProto:
    """A network, or consecutive parts of it, as ONNX, with a copy of its weights inside.

    Args:
        network: the folded copy, float32 and on the CPU.
        parts: in the order in which they run; None takes all.
        outputs: ids of the tensors that the graph gives; None gives every layer's.
        opset: version of the operators.
    """
    model, weights = graph_beside_weights(network, parts, outputs, opset=opset)
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.CopyFrom(numpy_helper.from_array(weights[tensor.name], tensor.name))
    return model


def graph_beside_weights(
    network: EfficientNet, parts: Sequence[str] | None, outputs: Sequence[str] | None, *, opset: int = OPSET
) -> tuple[onnx.ModelProto, dict[str, ndarray]]:
    """The same with only the names of its weights in it, and beside it the weights, which are the network's own memory.

    Args:
        network: the folded copy, float32 and on the CPU.
        parts: in the order in which they run; None takes all.
        outputs: ids of the tensors that the graph gives; None gives every layer's.
        opset: version of the operators.
    """
    parts = parts_of(network) if parts is None else list(parts)
    writer = GraphWriter()
    x = entering(network, parts[0])
    writer.channels[x] = _entering_channels(network, parts[0])
    start = writer.described(x)
    for part in parts:
        module = network.layer(part)
        match module:
            case nn.Linear():
                x = writer.head(x, module)
            case ConvBlock():
                x = writer.conv_block(x, module, part)
            case MBConv() | FusedMBConv():
                x = writer.block(x, module, part)
    if outputs is None:
        outputs = [node.output[0] for node in writer.nodes if "/" not in node.output[0]]
    given = [writer.described(name) for name in outputs]
    named = [_named(name, values) for name, values in writer.weights.items()]
    graph = helper.make_graph(writer.nodes, network.spec.title, [start], given, initializer=[*named, *writer.constants])
    operators = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        graph,
        opset_imports=operators,
        ir_version=helper.find_min_ir_version_for(operators),
        producer_name="effnet_viz",
        producer_version=__version__,
    )
    return model, writer.weights


def without_copies(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph, changed in place: a step that a block only hands on bears the block's name from the beginning.

    ONNX Runtime takes a value out of its own layout to copy it, and puts the copy back for what follows.

    Args:
        model: a network, or consecutive parts of it. What it gives stays as it is.
    """
    given = {output.name for output in model.graph.output}
    copies = [node for node in model.graph.node if node.op_type == "Identity" and node.input[0] not in given]
    names = {copy.input[0]: copy.output[0] for copy in copies}
    for copy in copies:
        model.graph.node.remove(copy)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    return model


def _named(name: str, values: ndarray) -> TensorProto:
    """What stands in a graph for weights that lie elsewhere. The place must be named, and nobody looks there."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=values.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="memory")
    return tensor


def _entering_channels(network: EfficientNet, part: str) -> int:
    if part == CLASSIFIER:
        return network.classifier.in_features
    return next(module for module in network.layer(part).modules() if isinstance(module, nn.Conv2d)).in_channels
