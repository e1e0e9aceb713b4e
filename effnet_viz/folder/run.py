"""One call for many photos: rows on this machine or on a cluster, going on where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from effnet_viz.explain import Model
from effnet_viz.folder.local import FolderProgress, FolderRun, run_here
from effnet_viz.folder.on_ray import run_on_ray
from effnet_viz.folder.photo_rows import PhotoRows
from effnet_viz.folder.rows import Rows, RowsError, files_of
from effnet_viz.folder.schema import identity
from effnet_viz.folder.sources import Source, list_photos
from effnet_viz.loading import load

ENGINES = {"local": run_here, "ray": run_on_ray}


def run_folder(
    model: Model | str,
    source: Source,
    out: str | Path,
    *,
    target: int | None = None,
    engine: str = "local",
    on_progress: Callable[[FolderProgress], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Rows:
    """One row for every photo of a folder, a list or a table, as Parquet.

    A photo that cannot be read gets a row that says why. What has a row already is not computed again, so a run that
    was stopped, by whatever, goes on with the same call; at most one part (256 rows or 20 seconds) is lost.

    Args:
        model: a model, or the name of a variant.
        source: a folder, a table (`.csv` or `.parquet` with the columns `path` and perhaps `label`) or paths.
        out: where the rows go: a folder of Parquet parts, by custom with a name such as `rows.parquet`.
        target: index of the class that the Grad-CAM of each row is about; None takes the label's class, else the most
            probable one.
        engine: `local`, or `ray` for Ray Data on its cluster (`pip install 'effnet-viz[ray]'`).
        on_progress: told how it stands after every batch, on Ray after some thousand photos.
        should_stop: asked as often; when it says yes, the run ends with what is there.

    Returns:
        The rows.

    Raises:
        ValueError: no such photos, model, class or engine.
        RowsError: a ValueError; `out` holds something else, or rows of another network.
        OSError: `out` cannot be written.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine is {engine!r}; it can be {', '.join(ENGINES)}.")
    folder = Path(out)
    photos = list_photos(source)
    model = load(model) if isinstance(model, str) else model
    maker = PhotoRows(model, target)
    there = _already_there(folder, maker)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [photo for photo in photos if photo.path not in there]
    if missing:
        ENGINES[engine](
            FolderRun(
                maker,
                missing,
                folder,
                done=len(photos) - len(missing),
                on_progress=on_progress or (lambda progress: None),
                should_stop=should_stop or (lambda: False),
            )
        )
    return Rows(folder)


def _already_there(folder: Path, maker: PhotoRows) -> set[str]:
    """Paths of the photos that have a row."""
    if folder.is_file():
        raise RowsError(f"out is {str(folder)!r}, which is a file; rows go into a folder of parts.")
    if not files_of(folder):
        return set()
    rows, model = Rows(folder), maker.model
    if rows.model != identity(model):
        raise RowsError(
            f"{folder} holds rows of {rows.about['title']} ({rows.about['weights']}); choose another place for "
            f"those of {model.spec.title} ({model.provenance.label}), or delete it."
        )
    if rows.about["target"] != maker.target:
        raise RowsError(f"{folder} holds rows about class {rows.about['target']}, not {maker.target}; delete it first.")
    return {path for path in rows.words("path") if path}
