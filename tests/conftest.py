"""What holds for every test: few threads, fixed seeds, and nothing of the person's own that could change a result."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Sets the environment before any test module can import torch, which reads it once.

    Several test processes with one thread each are faster than one with several: most networks here are small. Weights
    that happen to lie in the caches of this machine would change what "auto" loads, so the caches are empty ones.
    """
    # The process that starts the workers decides: they inherit its environment.
    threads = 1 if config.getoption("numprocesses", None) else min(4, os.cpu_count() or 1)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    caches = tempfile.TemporaryDirectory(prefix="effnet-viz-tests-")
    config.add_cleanup(caches.cleanup)
    for name in ("TORCH_HOME", "HF_HOME"):
        os.environ[name] = str(Path(caches.name) / name.lower())
    for name in list(os.environ):
        if name.startswith("EFFNET_VIZ_") or name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
            del os.environ[name]


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Every test starts from the same random state, so that its order among the others does not matter."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the one that libraries draw from
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
