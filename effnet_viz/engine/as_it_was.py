"""Whether modules are still what they were when a session of ONNX Runtime was made of them.

This is asked before every run, when the run before it has pushed some hundred modules out of the processor's caches. So
what can change is listed once, and looking at it again touches nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter, is_

import torch
from torch import Tensor, nn

from effnet_viz.network.blocks import StochasticDepth

_version = attrgetter("_version")
_end = object()


class AsItWas:
    """Modules and all inside them, as they are now.

    Args:
        roots: the modules.
    """

    def __init__(self, roots: Iterable[nn.Module]) -> None:
        modules = [module for root in roots for module in root.modules()]
        self._hooks = [hooks for module in modules for hooks in (module._forward_hooks, module._forward_pre_hooks)]
        self._skipping = [module for module in modules if isinstance(module, (nn.Dropout, StochasticDepth))]
        tables = [table for module in modules for table in (module._modules, module._parameters) if table]
        self._inside = [table.values() for table in tables]  # views, which show what is there when they are asked
        self._was_inside = [*chain.from_iterable(self._inside), _end]
        self._parameters = [found for found in self._was_inside if isinstance(found, Tensor)]
        self._versions = list(map(_version, self._parameters))
        self._places = list(map(Tensor.data_ptr, self._parameters))
        self._folded = not any(isinstance(module, nn.BatchNorm2d) for module in modules)
        self._precise = all(parameter.dtype is torch.float32 for parameter in self._parameters)

    def holds(self) -> bool:
        """Whether they are as they were, and such that not only PyTorch gives what they give.

        Only PyTorch does while somebody's hooks are on one, while they train, before batch norm is folded, and in other
        precisions.
        """
        return (
            self._folded
            and self._precise
            and not any(self._hooks)
            and not any(module.training for module in self._skipping)
            and all(map(is_, chain(chain.from_iterable(self._inside), [_end]), self._was_inside))
            and list(map(_version, self._parameters)) == self._versions
            and list(map(Tensor.data_ptr, self._parameters)) == self._places
        )
