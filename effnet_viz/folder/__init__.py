"""Many photos: one row a photo, written as Parquet; statistics over rows; what excites a channel."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {"Rows": "rows", "RowsError": "rows", "run_folder": "run", "compare_models": "two_models"}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
