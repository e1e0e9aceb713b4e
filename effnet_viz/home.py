"""Where `app.py`, `pages/` and `assets/` are: beside the package in a checkout, inside it once installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_app"  # `pyproject.toml` puts them there when a wheel is built

HOME = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent
