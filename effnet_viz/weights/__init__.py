"""Where parameters come from: packaged, downloaded, a user's checkpoint; importing the room imports no torch."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "CheckpointError": "errors",
    "WeightSet": "catalogue",
    "DownloadError": "download",
    "all_weight_sets": "catalogue",
    "best_on_this_machine": "catalogue",
    "on_this_machine": "catalogue",
    "weight_set": "catalogue",
    "weight_sets": "catalogue",
    "default_names": "class_names",
    "fetch": "sources",
    "imagenet_names": "class_names",
    "load_state_dict": "translation",
    "load_weights": "sources",
    "read_checkpoint": "safe_reading",
    "read_class_names": "class_names",
    "translate": "translation",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
