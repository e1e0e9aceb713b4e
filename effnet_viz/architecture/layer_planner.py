"""Plans layer by layer: follows the shape through the network and counts what each step costs."""

from __future__ import annotations

import math

from effnet_viz.architecture.plan_levels import LayerPlan, Shape

_Terms = tuple[tuple[int, ...], ...]


class LayerPlanner:
    """The current shape, receptive field and jump; each planned layer moves them on."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.receptive_field = 1
        self.jump = 1

    def convolution(
        self, layer_id: str, step: str, kind: str, channels: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> LayerPlan:
        """A convolution without bias, padded to keep the size, then batch norm.

        Args:
            layer_id: the layer's id, such as `4.2.expand`.
            step: its name within the block, such as `expand`.
            kind: one of `LAYER_KINDS`.
            channels: how many come out.
            kernel: side of the kernel, in cells.
            stride: in cells; height and width are divided by it and rounded up.
            groups: 1, or as many as channels come in.
        """
        in_shape = self.shape
        in_channels, height, width = in_shape
        height, width = math.ceil(height / stride), math.ceil(width / stride)
        self.shape = (channels, height, width)
        self.receptive_field += (kernel - 1) * self.jump
        self.jump *= stride
        weights = (*[kernel] * 2 * (kernel > 1), *[in_channels // groups] * (groups == 1), channels)
        return self._layer(
            layer_id,
            step,
            kind,
            in_shape,
            self.shape,
            (weights, (2, channels)),
            ((*weights, height, width),),
            kernel=kernel,
            stride=stride,
            groups=groups,
        )

    def squeeze_excitation(self, layer_id: str, squeeze_channels: int) -> LayerPlan:
        """Global pooling, two 1x1 convolutions with bias, and the reweighting that keeps the shape.

        Args:
            layer_id: the layer's id, such as `4.2.se`.
            squeeze_channels: how many there are between the two convolutions.
        """
        channels = self.shape[0]
        squeeze = self._average(f"{layer_id}.squeeze", "squeeze", "se", (channels, 1, 1))
        reduce = self._dense(f"{layer_id}.reduce", "reduce", "se", channels, squeeze_channels, (1, 1))
        expand = self._dense(f"{layer_id}.expand", "expand", "se", squeeze_channels, channels, (1, 1))
        return self._layer(
            layer_id,
            "se",
            "se",
            self.shape,
            self.shape,
            reduce.param_terms + expand.param_terms,
            reduce.mac_terms + expand.mac_terms,
            inner_layers=(squeeze, reduce, expand),
        )

    def pool(self) -> LayerPlan:
        """Average over all places: `(C, H, W)` to `(C,)`."""
        layer = self._average("pool", "pool", "classifier", self.shape[:1])
        self.shape = layer.out_shape
        return layer

    def classifier(self, num_classes: int) -> LayerPlan:
        """The linear layer: `(C,)` to `(num_classes,)`."""
        layer = self._dense("classifier", "classifier", "classifier", self.shape[0], num_classes, ())
        self.shape = layer.out_shape
        return layer

    def _average(self, layer_id: str, step: str, kind: str, out_shape: Shape) -> LayerPlan:
        return self._layer(layer_id, step, kind, self.shape, out_shape, (), ())

    def _dense(self, layer_id: str, step: str, kind: str, inputs: int, outputs: int, space: Shape) -> LayerPlan:
        return self._layer(
            layer_id,
            step,
            kind,
            (inputs, *space),
            (outputs, *space),
            ((inputs, outputs), (outputs,)),
            ((inputs, outputs),),
        )

    def _layer(
        self,
        layer_id: str,
        step: str,
        kind: str,
        in_shape: Shape,
        out_shape: Shape,
        param_terms: _Terms,
        mac_terms: _Terms,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        inner_layers: tuple[LayerPlan, ...] = (),
    ) -> LayerPlan:
        """A layer with the current receptive field and jump."""
        return LayerPlan(
            id=layer_id,
            step=step,
            kind=kind,
            in_shape=in_shape,
            out_shape=out_shape,
            kernel=kernel,
            stride=stride,
            groups=groups,
            params=sum(map(math.prod, param_terms)),
            macs=sum(map(math.prod, mac_terms)),
            receptive_field=self.receptive_field,
            jump=self.jump,
            param_terms=param_terms,
            mac_terms=mac_terms,
            inner_layers=inner_layers,
        )
