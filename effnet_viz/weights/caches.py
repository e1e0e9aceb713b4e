"""Where downloaded files lie on this machine, by the rules of torch and of the Hugging Face hub; imports neither."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from effnet_viz.home import HOME

ASSETS = HOME / "assets"


def torch_checkpoints() -> Path:
    """Folder into which torch downloads weights: `TORCH_HOME`, else a part of the user's cache.

    Source: torch/hub.py, `_get_torch_home`.
    """
    return _at_home(os.environ.get("TORCH_HOME") or f"{_user_cache()}/torch") / "hub" / "checkpoints"


def hub_cache() -> Path:
    """Folder into which huggingface_hub downloads.

    Source: huggingface_hub/constants.py, `HF_HUB_CACHE`.
    """
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return _at_home(os.environ[variable])
    return _at_home(os.environ.get("HF_HOME") or f"{_user_cache()}/huggingface") / "hub"


def _user_cache() -> str:
    return os.environ.get("XDG_CACHE_HOME") or "~/.cache"


def _at_home(path: str) -> Path:
    """A path with its `~` resolved as torch and the hub do it: who has no home, as in many containers, keeps it."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - the one of pathlib raises where there is no home


def hub_file(repo_id: str, filename: str) -> Path | None:
    """A file of a hub repository that was downloaded completely, or None.

    Args:
        repo_id: the repository, as `owner/name`.
        filename: the file's path in the repository.
    """
    repository = hub_cache() / f"models--{repo_id.replace('/', '--')}"
    try:
        commit = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    path = repository / "snapshots" / commit / filename
    return path if path.is_file() else None


_PACKAGED: dict[tuple[str, str], Path] = {}  # files found before: looking for a package takes a third of a millisecond


def packaged_file(module: str, filename: str) -> Path | None:
    """A weights file inside an installed package, or None; the package is not imported.

    Args:
        module: name of the package.
        filename: name of the file in the package's folder `models`.
    """
    if (found := _PACKAGED.get((module, filename))) is not None and found.is_file():
        return found
    package = importlib.util.find_spec(module)
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder) / "models" / filename
        if path.is_file():
            _PACKAGED[module, filename] = path
            return path
    return None
