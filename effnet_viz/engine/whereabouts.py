"""Where in a network a layer is: the part that runs it, and the id under which that part gives its output."""

from __future__ import annotations

from effnet_viz.engine.graph import IMAGE, parts_of
from effnet_viz.engine.graph_writer import POOL
from effnet_viz.network import EfficientNet


class Whereabouts:
    """Finds the part of every layer that people name; what was found once is kept.

    Args:
        network: whose layers.

    Attributes:
        parts: ids of the parts in the order in which they run, the classifier last.
    """

    def __init__(self, network: EfficientNet) -> None:
        self._network = network
        self.parts = parts_of(network)
        self._tensors: dict[str, str] = {}  # by the id that was asked for
        self._positions = {POOL: len(self.parts) - 1}

    def tensor_of(self, layer_id: str) -> str:
        """The id under which a layer's output is found: a stage's is that of its last block.

        Raises:
            ValueError: the network has no such layer.
        """
        tensor = self._tensors.get(layer_id)
        if tensor is None:
            self._network.layer(layer_id)  # says which layers there are
            within = [part for part in self.parts if part.startswith(f"{layer_id}.")]
            tensor = self._tensors[layer_id] = within[-1] if within else layer_id
        return tensor

    def part_of(self, tensor: str) -> str:
        """The part that gives a tensor."""
        return self.parts[self.position(tensor)]

    def position(self, tensor: str) -> int:
        """Which part gives a tensor, counted from 0.

        Raises:
            ValueError: the network has no such part.
        """
        position = self._positions.get(tensor)
        if position is None:
            for position, part in enumerate(self.parts):
                if tensor == part or tensor.startswith(f"{part}."):
                    self._positions[tensor] = position
                    return position
            title, blocks = self._network.spec.title, ", ".join(self.parts[:-1])
            raise ValueError(f"{title} has no block {tensor!r}; it has {blocks}.")
        return position

    def entering(self, block: str) -> str:
        """Name of the tensor that enters a block: the block before it, or `image`."""
        position = self.position(block)
        return self.parts[position - 1] if position else IMAGE
