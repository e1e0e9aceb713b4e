"""Many photos: how near a run over JPEG files comes to the engine alone, which gets its images ready."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image

from effnet_viz.folder.photo_rows import Decoded, PhotoRows
from effnet_viz.folder.schema import planned
from effnet_viz.folder.sources import Listed
from effnet_viz.images import samples

COUNT, SIDE = 96, 500  # photos, and pixels of their longer side
FILES = 4 * COUNT  # of a whole run: it begins and ends once, however many photos there are
ROUNDS = 4


def report(rounds: int = ROUNDS) -> None:
    """Print photos a second and processor time as a Markdown table; all rows in turns, in one process."""
    import effnet_viz as ev

    torch.manual_seed(0)
    model = ev.load("b0", weights="untrained", device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        paths = _photos(place / "photos")
        maker = PhotoRows(model)
        decoded = [maker.decode(Listed(path=str(path))) for path in paths[:COUNT]]
        images = torch.cat([photo.tensor for photo in decoded if photo.tensor is not None])
        pieces = torch.split(images, 8)
        gates = [f"{block.id}.se.gate" for block in planned(model).se_blocks]
        layers = ["classifier", *model.network.blocks(), *gates]
        done = iter(range(10**6))
        whole = f"rows of {FILES} JPEG files, from the first to the last"
        calls: dict[str, Callable[[], object]] = {
            "engine, answers only": lambda: model.runner.logits(images),
            "engine, all that rows look at": lambda: [model.runner.run(piece, layers) for piece in pieces],
            "decoding alone, on one core": lambda: [maker.decode(photo.listed) for photo in decoded],
            "rows of images that are ready": lambda: _in_batches(maker, decoded),
            whole: lambda: ev.run_folder(model, paths, place / f"rows{next(done)}"),
        }
        for call in calls.values():
            call()
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
        for _ in range(rounds):
            for name, call in calls.items():
                times[name].append(_seconds(call))
    print(f"\n### Many photos: B0, JPEG files of {SIDE} pixels, {torch.get_num_threads()} threads\n")
    print("| what | photos a second | processor time a photo | of the engine with all outputs | of its answers only |")
    print("|---|---|---|---|---|")
    photos = {name: FILES if name == whole else COUNT for name in calls}
    for name, taken in times.items():
        wall, busy = (statistics.median(pair[at] for pair in taken) / photos[name] for at in (0, 1))
        shares = [
            statistics.median(
                there[0] / COUNT / (here[0] / photos[name]) for here, there in zip(taken, times[alone], strict=True)
            )
            for alone in ("engine, all that rows look at", "engine, answers only")
        ]
        print(f"| {name} | {1 / wall:.0f} | {busy * 1000:.1f} ms | {shares[0]:.2f} | {shares[1]:.2f} |", flush=True)
    print("\nRows take the cores that the engine has: no more than its share of the processor time can be reached.")


def _photos(folder: Path) -> list[Path]:
    """The bundled photos at one size, again and again."""
    folder.mkdir()
    paths = []
    for number in range(FILES):
        image = Image.open(samples()[number % len(samples())].path).convert("RGB")
        image.thumbnail((SIDE, SIDE))
        paths.append(folder / f"{number:03}.jpg")
        image.save(paths[-1], quality=90)
    return paths


def _in_batches(maker: PhotoRows, decoded: Sequence[Decoded]) -> None:
    for start in range(0, len(decoded), maker.batch):
        maker.answers(decoded[start : start + maker.batch])


def _seconds(call: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor
