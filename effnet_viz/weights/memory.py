"""Whether a network fits into this machine's memory, asked before it is built."""

from __future__ import annotations

import math
import os

import psutil

from effnet_viz.architecture import ModelSpec, plan
from effnet_viz.sharing import control_groups
from effnet_viz.weights.catalogue import tensor_bytes

KEPT_FOR_GRADIENTS = 2.5
"""PyTorch keeps a layer's output before and after its activation, and the gradient: for B7's 1.65 GB it took 3.9 GB."""

SCRATCH = 4.2
"""Times the most that is held at once which the engine takes while it runs: 3.8 measured with B4, 3.9 with B7."""

RANGES = 6
"""Times the bytes of all layers' outputs that finding their ranges takes at its peak: measured with B4, B6 and B7."""

PROCESS_BYTES = 560 * 10**6
"""Of a training's process: PyTorch, and the test on pictures that were held out; measured."""

SETTING = "EFFNET_VIZ_MEMORY"
"""Environment variable: gigabytes that this server may take, where that is less than the machine has."""


class MemoryShortage(ValueError):
    """A network that does not fit into this machine's memory, said in a plain sentence."""


def memory_needed(network: ModelSpec) -> int:
    """Bytes that building a network, filling it and showing one photo to it take at most."""
    return memory_to_load(network) + memory_to_run(network, network.resolution)


def memory_to_load(network: ModelSpec, *, filled: bool = True) -> int:
    """Bytes that a network takes while it is made: its own parameters, the folded copy's, and the file's.

    Args:
        network: the network.
        filled: whether it is filled from a file.
    """
    return (3 if filled else 2) * tensor_bytes(network)


def memory_to_run(network: ModelSpec, resolution: int, *, maps: bool = True) -> int:
    """Bytes that one photo takes: what the largest block needs while it runs, and every block's output.

    Args:
        network: the network.
        resolution: side of the square input, in pixels.
        maps: whether the blocks' outputs are kept.
    """
    drawn = plan(network, max(resolution, network.total_stride))
    kept = 4 * sum(math.prod(block.out_shape) for block in drawn.blocks) if maps else 0
    return int(SCRATCH * drawn.peak_activation_bytes) + kept


def bytes_before_gates(network: ModelSpec, resolution: int) -> int:
    """Bytes of all maps that enter SE modules, of one photo.

    Args:
        network: the network.
        resolution: side of the square input, in pixels.
    """
    layers = plan(network, max(resolution, network.total_stride)).layers
    return 4 * sum(math.prod(layer.in_shape) for layer in layers if layer.step == "se")


def memory_to_explain(network: ModelSpec, resolution: int, block: str) -> int:
    """Bytes that a gradient from the answer back to a block takes: all that every layer behind it gave.

    Args:
        network: the network.
        resolution: side of the square input, in pixels.
        block: id of the block.
    """
    drawn = plan(network, max(resolution, network.total_stride))
    ids = [planned.id for planned in drawn.blocks]
    behind = drawn.blocks[ids.index(block) :] if block in ids else drawn.blocks
    outputs = 4 * sum(math.prod(layer.out_shape) for planned in behind for layer in planned.layers)
    return int(KEPT_FOR_GRADIENTS * outputs)


def memory_to_quantise(network: ModelSpec, resolution: int) -> int:
    """Bytes that putting a network into eight bits takes, most of them while every layer's range is found.

    Args:
        network: the network.
        resolution: side of the square input, in pixels.
    """
    drawn = plan(network, max(resolution, network.total_stride))
    return RANGES * 4 * sum(math.prod(layer.out_shape) for layer in drawn.layers)


def memory_to_train(network: ModelSpec, batch: int) -> int:
    """Bytes that a training of its own takes beside the app: a process with PyTorch, and the gradients of one batch.

    Args:
        network: the network.
        batch: pictures in a step.
    """
    return PROCESS_BYTES + batch * memory_to_explain(network, network.resolution, "1")


def memory_limit() -> int:
    """Bytes that this process may have: the machine's, its container's, or the setting's, whichever is least.

    Raises:
        ValueError: the setting is not a number of gigabytes.
    """
    container = control_groups.memory()
    limits = [psutil.virtual_memory().total] if container is None else [psutil.virtual_memory().total, container[0]]
    return min([*limits, *([] if (own := _own_limit()) is None else [own])])


def memory_used() -> int:
    """Bytes of memory that this process and its trainings hold; the libraries' code that they share counts once."""
    own = psutil.Process()
    return own.memory_info().rss + sum(map(_private, own.children(recursive=True)))


def _private(process: psutil.Process) -> int:
    try:
        known = process.memory_info()
    except psutil.NoSuchProcess:  # ended a moment ago
        return 0
    return known.rss - getattr(known, "shared", 0)  # which is known on Linux


def memory_available() -> int:
    """Bytes that this process can still get: the least that machine, container and setting leave."""
    left = [psutil.virtual_memory().available]
    if (container := control_groups.memory()) is not None:
        left.append(max(container[0] - container[1], 0))
    if (own := _own_limit()) is not None:
        left.append(max(own - memory_used(), 0))
    return min(left)


def check_memory(network: ModelSpec) -> None:
    """Refuse to build what does not fit.

    Raises:
        MemoryShortage: a ValueError that names both sizes.
    """
    needed, available = memory_needed(network), memory_available()
    if needed > available:
        raise MemoryShortage(
            f"{network.title} needs about {needed / 1e9:.1f} GB of memory to be run; this machine has "
            f"{available / 1e9:.1f} GB left. Its structure can be shown all the same."
        )


def _own_limit() -> int | None:
    """What the setting allows, in bytes; None where there is none."""
    said = os.environ.get(SETTING, "").strip()
    if not said:
        return None
    try:
        gigabytes = float(said)
    except ValueError:
        gigabytes = math.nan
    if not 0 < gigabytes < math.inf:
        raise ValueError(f"{SETTING} is {said!r}; write the gigabytes that the server may take, such as 4.")
    return int(gigabytes * 1e9)
