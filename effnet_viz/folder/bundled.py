"""Rows of the bundled photos that come with the project: there at once, without a run.

`make rows` writes them anew.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow

from effnet_viz.explain import Model
from effnet_viz.folder.local import write_table
from effnet_viz.folder.rows import Rows
from effnet_viz.folder.run import run_folder
from effnet_viz.folder.schema import identity
from effnet_viz.images import samples
from effnet_viz.images.samples import PHOTOS
from effnet_viz.loading import load
from effnet_viz.weights.caches import ASSETS
from effnet_viz.weights.catalogue import all_weight_sets


def bundled_rows(model: Model) -> Rows | None:
    """The rows of the bundled photos by a network, or None where none come with the project for it."""
    path = _place(model)
    return Rows(path, photos=PHOTOS) if path.is_file() else None


def write_bundled_rows() -> None:
    """Run every network whose weights are installed with the project on the bundled photos."""
    for weights in all_weight_sets():
        if weights.kind == "packaged":
            model = load(weights.variant, weights=weights.name, device="cpu")
            with TemporaryDirectory() as folder:
                rows = run_folder(model, [sample.path for sample in samples()], Path(folder) / "rows")
                names = pyarrow.array([sample.file for sample in samples()])
                table = rows.dataset.to_table()
                write_table(_place(model), table.set_column(table.schema.get_field_index("path"), "path", names))


def _place(model: Model) -> Path:
    return ASSETS / "rows" / f"{identity(model).replace('/', '-')}.parquet"


if __name__ == "__main__":
    write_bundled_rows()
