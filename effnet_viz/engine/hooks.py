"""The one way in which anything here reads or changes a network's inside while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

from effnet_viz.network import EfficientNet

Change = Callable[[Tensor], Tensor]
Hook = Callable[[nn.Module, object, Tensor], Tensor | None]


@contextmanager
def watch(
    network: EfficientNet, layers: Sequence[str] = (), *, change: Mapping[str, Change] | None = None
) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of layers, and put others in their place, for as long as the body runs.

    Args:
        network: the network that will run in the body.
        layers: ids whose outputs are collected, such as `4.2.depthwise`, `4.2` or `4.2.se.gate`.
        change: for some ids a function from the layer's output to what the rest of the network gets instead; a
            layer that is also collected is collected as changed.

    Yields:
        A dictionary that fills with `(N, C, H, W)` outputs by id while the network runs.

    Raises:
        ValueError: the network has no such layer.
    """
    seen: dict[str, Tensor] = {}

    def read(layer_id: str) -> Hook:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> None:
            seen[layer_id] = output

        return hook

    def write(function: Change) -> Hook:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
            return function(output)

        return hook

    with ExitStack() as handles:
        # Changes come first: PyTorch calls hooks in order, and each gets what the one before it returned.
        for layer_id, function in (change or {}).items():
            handles.callback(network.layer(layer_id).register_forward_hook(write(function)).remove)
        for layer_id in layers:
            handles.callback(network.layer(layer_id).register_forward_hook(read(layer_id)).remove)
        yield seen
