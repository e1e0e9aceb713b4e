"""Many runs of a network with something changed in each: as many at a time as memory allows, others in between."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from effnet_viz.architecture import Plan, plan
from effnet_viz.engine.progress import Progress, quiet
from effnet_viz.engine.sessions import threads
from effnet_viz.explain.model import Model
from effnet_viz.network import is_out_of_memory

LARGEST = 64
CPU_BYTES = 24 * 2**20  # PyTorch runs a batch at once: beyond what the caches hold, each image takes longer
# ONNX Runtime runs an image at a time on each core. So much for a core: the more, the less they wait for each other;
# but others want their turn.
SLICE_BYTES, SLICE_MACS = 48 * 2**20, 4 * 10**9


def batch_size(model: Model, resolution: int, block: str | None = None) -> int:
    """How many images run at once.

    Args:
        model: the network.
        resolution: side of its input in pixels.
        block: id of the first block that runs; None for the whole network.
    """
    planned = plan(model.spec, resolution)
    if model.device.startswith("cuda"):
        budget = torch.cuda.mem_get_info(model.device)[0] // 4
    elif block is None and not model.runner.refused:
        cores = threads()
        of_a_core = min(LARGEST // cores, SLICE_BYTES // peak_bytes(planned, None), SLICE_MACS // planned.macs)
        return max(1, of_a_core * cores)
    else:
        budget = CPU_BYTES
    return max(1, min(LARGEST, budget // peak_bytes(planned, block)))


@lru_cache(maxsize=256)
def peak_bytes(planned: Plan, block_id: str | None) -> int:
    """Most bytes of activations alive at once for one image, from a block on.

    Args:
        planned: the network's plan at the resolution in question.
        block_id: id of the first block that runs; None for the whole network.
    """
    ids = [block.id for block in planned.blocks]
    first = ids.index(block_id) if block_id in ids else 0
    return max(block.peak_activation_bytes for block in planned.blocks[first:])


def in_batches(count: int, size: int, function: Callable[[int, int], Tensor], progress: Progress = quiet) -> Tensor:
    """`(count,)` values, computed a batch at a time; where memory gives out, in smaller batches.

    Args:
        count: how many values.
        size: how many at once.
        function: gives the `(stop - start,)` values from `start` up to `stop`.
        progress: told after every batch.
    """
    values: list[Tensor] = []
    start = 0
    while start < count:
        stop = min(start + size, count)
        try:
            values.append(function(start, stop))
        except RuntimeError as error:
            if size == 1 or not is_out_of_memory(error):
                raise
            size = max(1, size // 2)
            continue
        start = stop
        progress(start / count)
    return torch.cat(values)


def counted(function: Callable[[Tensor], Tensor], total: int, progress: Progress) -> Callable[[Tensor], Tensor]:
    """A function of a batch that tells how many of `total` images it has seen: progress for Captum's own loops.

    Args:
        function: takes a batch, `(N, ...)`.
        total: how many images it will see in all.
        progress: told after every batch.
    """
    done = 0

    def counting(images: Tensor, *rest: object) -> Tensor:
        nonlocal done
        result = function(images)
        done += len(images)
        progress(min(1.0, done / total))
        return result

    return counting
