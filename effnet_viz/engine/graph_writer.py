"""Steps of the folded network as nodes of an ONNX graph, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx
from numpy import ndarray
from onnx import TensorProto, helper
from torch import nn

from effnet_viz.network import ConvBlock, FusedMBConv, MBConv, SamePaddingConv2d, SqueezeExcitation

POOL, CLASSIFIER = "pool", "classifier"


@dataclass
class GraphWriter:
    """Writes steps one after the other. Each method takes and gives the name of a tensor.

    Attributes:
        nodes: what has been written.
        weights: the network's parameters that the nodes use, by name.
        constants: the numbers that the nodes use.
        channels: of every tensor.
        flat: tensors without places, `(N, C)`.
    """

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: dict[str, ndarray] = field(default_factory=dict)
    constants: list[TensorProto] = field(default_factory=list)
    channels: dict[str, int] = field(default_factory=dict)
    flat: set[str] = field(default_factory=set)

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """One node; where the channels of its output are not known yet, they are those of its first input.

        Args:
            operator: ONNX operator, such as `Conv`.
            inputs: names of the tensors and constants that go in; the channels of the first are known.
            output: name of the tensor that comes out.
            **attributes: of the operator.
        """
        name = f"{output} ({operator})"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=name, **attributes))
        self.channels.setdefault(output, self.channels[inputs[0]])
        return output

    def parameters(self, module: nn.Conv2d | nn.Linear, name: str) -> list[str]:
        """A module's weight and bias, named as in the network's state dictionary.

        Args:
            module: a convolution or linear layer that has a bias.
            name: the module's name in the network.
        """
        for key, values in (("weight", module.weight), ("bias", module.bias)):
            assert values is not None, f"{name} has no {key}"  # noqa: S101 - folded layers have both
            self.weights[f"{name}.{key}"] = values.detach().contiguous().numpy()
        return [f"{name}.weight", f"{name}.bias"]

    def scalar(self, value: float, name: str) -> str:
        """A constant number, by its name.

        Args:
            value: the constant.
            name: what the nodes call it.
        """
        self.constants.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
        return name

    def convolution(self, x: str, conv: nn.Conv2d, output: str, module: str) -> str:
        """A convolution with its own padding: like TensorFlow's `SAME`, or the same on opposite sides.

        Args:
            x: name of the tensor that goes in, `(N, C, H, W)`.
            conv: the convolution, with a bias.
            output: name of the tensor that comes out, `(N, C', H', W')`.
            module: the convolution's name in the network.
        """
        if isinstance(conv, SamePaddingConv2d):
            padding: dict[str, object] = {"auto_pad": "SAME_UPPER"}
        else:
            vertical, horizontal = (int(side) for side in conv.padding)
            padding = {"pads": [vertical, horizontal, vertical, horizontal]}
        self.channels[output] = conv.out_channels
        inputs = [x, *self.parameters(conv, module)]
        return self.node(
            "Conv", inputs, output, kernel_shape=conv.kernel_size, strides=conv.stride, group=conv.groups, **padding
        )

    def activation(self, x: str, activation: nn.Module, output: str) -> str:
        """An activation function.

        Args:
            x: name of the tensor that goes in.
            activation: SiLU, ReLU6 or ReLU.
            output: name of the tensor that comes out, of the same shape.

        Raises:
            TypeError: another activation.
        """
        match activation:
            case nn.SiLU():
                return self.node("Mul", [x, self.node("Sigmoid", [x], f"{output}/sigmoid")], output)
            case nn.ReLU6():
                bounds = [self.scalar(0.0, f"{output}/low"), self.scalar(6.0, f"{output}/high")]
                return self.node("Clip", [x, *bounds], output)
            case nn.ReLU():
                return self.node("Relu", [x], output)
        raise TypeError(f"{type(activation).__name__} cannot be written as ONNX.")

    def conv_block(self, x: str, block: ConvBlock, output: str) -> str:
        """A convolution, and its activation where it has one.

        Args:
            x: name of the tensor that goes in, `(N, C, H, W)`.
            block: convolution and activation, with batch norm folded in.
            output: name of the tensor that comes out, `(N, C', H', W')`.
        """
        module = f"{output}.conv"
        if isinstance(block.activation, nn.Identity):
            return self.convolution(x, block.conv, output, module)
        return self.activation(self.convolution(x, block.conv, module, module), block.activation, output)

    def squeeze_excitation(self, x: str, se: SqueezeExcitation, output: str) -> str:
        """Global average, two convolutions, the gates, and what the gates let through.

        Args:
            x: name of the tensor that goes in, `(N, C, H, W)`.
            se: the module.
            output: name of the tensor that comes out, `(N, C, H, W)`; the gates are `output.gate`, `(N, C, 1, 1)`.
        """
        descriptor = self.node("GlobalAveragePool", [x], f"{output}.squeeze")
        reduced = self.convolution(descriptor, se.reduce, f"{output}.reduce", f"{output}.reduce")
        middle = self.activation(reduced, se.activation, f"{output}.activation")
        expanded = self.convolution(middle, se.expand, f"{output}.expand", f"{output}.expand")
        return self.node("Mul", [x, self.node("Sigmoid", [expanded], f"{output}.gate")], output)

    def block(self, x: str, block: MBConv | FusedMBConv, output: str) -> str:
        """A block's steps in the order in which they run, and the way around them.

        Args:
            x: name of the tensor that goes in, `(N, C, H, W)`.
            block: the module.
            output: id of the block, which names the tensor that comes out, `(N, C', H', W')`.
        """
        y = x
        for step in ("expand", "fused", "depthwise", "se", "project"):
            module = getattr(block, step, None)
            if isinstance(module, ConvBlock):
                y = self.conv_block(y, module, f"{output}.{step}")
            elif isinstance(module, SqueezeExcitation):
                y = self.squeeze_excitation(y, module, f"{output}.{step}")
        return self.node("Add", [x, y], output) if block.residual else self.node("Identity", [y], output)

    def head(self, x: str, classifier: nn.Linear) -> str:
        """Average over all places, `(N, C)`, then the classifier, `(N, num_classes)`; the second is what comes out.

        Args:
            x: name of the tensor that goes in, `(N, C, H, W)`.
            classifier: the linear layer.
        """
        pooled = self.node("Flatten", [self.node("GlobalAveragePool", [x], f"{POOL}/average")], POOL)
        self.channels[CLASSIFIER] = classifier.out_features
        self.flat |= {POOL, CLASSIFIER}
        return self.node("Gemm", [pooled, *self.parameters(classifier, CLASSIFIER)], CLASSIFIER, transB=1)

    def described(self, name: str) -> onnx.ValueInfoProto:
        """A tensor's name, type and shape; `N`, height and width are free."""
        places = [] if name in self.flat else [f"height of {name}", f"width of {name}"]
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", self.channels[name], *places])
