"""The process that a `BackgroundTraining` starts: `python -m effnet_viz.training.training_process FOLDER`.

It does what `order.json` in the folder says, at low priority and with one core left to others, and stops when its
standard input ends: when the app says so, and also when the app is gone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from contextlib import suppress
from pathlib import Path

import torch

from effnet_viz.engine.sessions import EngineError, free_scratch
from effnet_viz.sharing import allocator
from effnet_viz.sharing.cores import cores
from effnet_viz.training.checkpoint import spec_from
from effnet_viz.training.files import sentence_of
from effnet_viz.training.run import train
from effnet_viz.training.settings import TrainingSettings

NICENESS = 15


def main(folder: Path) -> int:
    """Train as ordered; returns the exit status, 2 after one sentence on the error stream."""
    app = os.getppid()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    torch.set_num_threads(max(1, cores() - 1))
    stop = threading.Event()
    threading.Thread(target=_wait_for_end_of_input, args=[stop], daemon=True).start()
    order = json.loads((folder / "order.json").read_text())
    try:
        train(
            spec_from(order["spec"]),
            TrainingSettings(**order["settings"]),
            folder,
            device=order["device"],
            command="trained in the app",
            on_report=lambda report: _give_memory_back(),
            should_stop=stop.is_set,
        )
    except (ValueError, OSError) as error:
        print(sentence_of(error), file=sys.stderr)
        return 2
    finally:
        if os.getppid() != app:  # it ended without closing its training, so nobody else will tidy up
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _give_memory_back() -> None:
    """What the test on held-out pictures took, before the next steps take their own: the app beside needs the rest."""
    with suppress(EngineError):  # there is no ONNX Runtime here, and so none of its memory
        free_scratch()
    allocator.trim()


def _wait_for_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock a waiting thread would hold while Python shuts down
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
