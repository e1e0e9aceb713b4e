"""How the server's process is set up, before PyTorch is loaded, which reads some of it only then."""

from __future__ import annotations

import os

import numpy  # noqa: F401 - threads are set of the libraries that are loaded
from threadpoolctl import threadpool_limits

from effnet_viz.sharing import allocator
from effnet_viz.sharing.cores import cores


def set_up_process() -> None:
    """Threads and memory, once."""
    # Threads of PyTorch that wait for work sleep: busy waiting would take the cores from other sessions.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault(
        "OMP_NUM_THREADS", str(cores())
    )  # of PyTorch, and of ONNX Runtime, which takes over its number
    # NumPy's threads can only wait busily, and all callers share them: four pages that multiplied at once took three
    # times as long each as with one thread, which alone is as fast for matrices of our sizes.
    threadpool_limits(1, user_api="blas")
    allocator.keep_little()
