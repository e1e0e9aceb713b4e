"""EfficientNet, made visible: the library behind the app.

The names below are the public library. Neither torch nor streamlit is imported before a name needs it.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from effnet_viz.arguments import checked
from effnet_viz.displayed import displays_are

__version__ = "0.1.0"

_HOMES = {
    "list_variants": "architecture",
    "spec": "architecture",
    "custom_spec": "architecture",
    "plan": "architecture",
    "compare": "architecture",
    "build": "network",
    "load_state_dict": "weights",
    "load": "loading",
    "load_checkpoint": "loading",
    "open_photo": "images",
    "PhotoError": "images",
    "predict": "explain",
    "feature_maps": "explain",
    "se_gates": "explain",
    "gate_evidence": "explain",
    "gate_wall": "explain",
    "gate_picture": "draw.gate_pictures",
    "gate_wall_picture": "draw.gate_pictures",
    "grad_cam": "explain",
    "export_onnx": "explain",
    "profile": "explain",
    "quantise": "explain",
    "report": "reports",
    "comparison_report": "reports",
    "show": "notebooks.show",
    "run_folder": "folder",
    "compare_models": "folder",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are strings


displays_are(lambda: importlib.import_module(f"{__name__}.notebooks.displays"))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if inspect.isfunction(value):
        value = checked(value)
    globals()[name] = value  # the next use comes here no more, and gets the same function
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
