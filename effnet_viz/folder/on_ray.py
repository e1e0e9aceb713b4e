"""The same rows on a cluster: Ray Data hands batches of paths to actors that each hold the network.

All machines must see the photos and the rows under the same paths, as with shared storage.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from typing import Any

import pyarrow
import pyarrow.parquet

from effnet_viz.explain import Model
from effnet_viz.folder.local import FolderRun, write_part
from effnet_viz.folder.photo_rows import PhotoRows
from effnet_viz.folder.pooled import ON_GPU
from effnet_viz.network import for_inference, resolve_device

CHUNK = 8192  # photos whose rows are added at once: what an interruption can cost


class Worker:
    """One actor: the network, once, on the GPU that Ray gave it or on the CPU.

    Args:
        fields: the model without what belongs to one process (see `portable`).
        target: as `PhotoRows` takes it.
    """

    def __init__(self, fields: Mapping[str, Any], target: int | None) -> None:
        device = resolve_device()
        model = Model(**{**fields, "network": for_inference(fields["network"], device), "device": str(device)})
        self._rows = PhotoRows(model, target)

    def __call__(self, batch: dict[str, Any]) -> pyarrow.Table:
        """Rows of a batch with the columns `path` and `label`."""
        return self._rows(batch)


def portable(model: Model) -> dict[str, Any]:
    """A model's fields without its lock, with the network on the CPU, to be sent to another process."""
    fields = {field.name: getattr(model, field.name) for field in dataclasses.fields(model) if field.init}
    return fields | {"network": for_inference(model.network), "key": model.key.removesuffix(f"/{model.device}")}


def run_on_ray(run: FolderRun) -> None:
    """The engine of the cluster that Ray is or can be connected to; progress is told after every `CHUNK` photos.

    Args:
        run: what to do; the model of its maker is sent to the actors.

    Raises:
        ValueError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError("engine is 'ray', which is not installed: pip install 'effnet-viz[ray]'.") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
    resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
    gpus = int(resources.get("GPU", 0))
    workers = gpus or max(1, int(resources.get("CPU", 1)))
    maker, unfinished = run.maker, run.folder / ".ray"
    model = ray.put(portable(maker.model))
    for start in range(0, len(run.photos), CHUNK):
        chunk = run.photos[start : start + CHUNK]
        shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was ended from outside
        dataset = ray.data.from_items([{"path": photo.path, "label": photo.label or ""} for photo in chunk])
        dataset.map_batches(
            _Arriving,
            fn_constructor_args=(model, maker.target),
            batch_size=ON_GPU if gpus else maker.batch,
            concurrency=workers,
            num_cpus=1,
            num_gpus=1 if gpus else 0,
        ).write_parquet(str(unfinished))
        errors = 0
        for part in sorted(unfinished.rglob("*.parquet")):
            # Ray leaves out what the schema says about the network.
            rows = pyarrow.parquet.read_table(part, schema=maker.schema)
            write_part(run.folder, rows.replace_schema_metadata(maker.schema.metadata))
            errors += len(rows) - rows["error"].null_count
        shutil.rmtree(unfinished)
        if not run.goes_on(len(chunk), errors):
            break


class _Arriving(Worker):
    """A worker whose model comes from Ray's store: sent once a machine, not once an actor."""

    def __init__(self, model: Any, target: int | None) -> None:
        import ray

        super().__init__(ray.get(model), target)
