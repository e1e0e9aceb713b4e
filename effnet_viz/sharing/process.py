"""How the server's process is set up, before the libraries are loaded that read it only then."""

from __future__ import annotations

import os

from effnet_viz.sharing import allocator
from effnet_viz.sharing.cores import cores


def set_up_process() -> None:
    """Threads and memory, once, and before NumPy and PyTorch are loaded."""
    # Threads of PyTorch that wait for work sleep: busy waiting would take the cores from other sessions.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault(
        "OMP_NUM_THREADS", str(cores())
    )  # of PyTorch, and of ONNX Runtime, which takes over its number
    # NumPy's threads can only wait busily, and all callers share them: four pages that multiplied at once took three
    # times as long each as with one thread, which alone is as fast for matrices of our sizes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    allocator.keep_little()
