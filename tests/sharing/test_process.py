"""The threads of the server's process, which all visitors share."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from effnet_viz.home import HOME


def said_by(script: str) -> list[str]:
    """The words that a bare process prints, in the app's folder."""
    names = ("OMP_", "OPENBLAS_", "MKL_")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=bare, cwd=HOME, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.slow
def test_pytorch_and_the_engine_have_a_thread_for_each_core_of_this_process_and_wait_asleep():
    """Threads that spin while they wait took a pass of 24 ms to 1,077 where two servers shared the cores."""
    script = """
import os
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
from effnet_viz.sharing.process import set_up_process
set_up_process()
import torch
from effnet_viz.engine.sessions import threads
print(torch.get_num_threads(), threads(), os.environ["OMP_WAIT_POLICY"])
"""
    assert said_by(script) == ["1", "1", "PASSIVE"]


@pytest.mark.slow
def test_numpy_multiplies_on_the_thread_that_asks():
    """What the gates see of a photo took 9 ms alone and 107 ms beside three others: their threads waited busily."""
    script = """
import numpy
from effnet_viz.sharing.process import set_up_process
set_up_process()
from threadpoolctl import threadpool_info
print(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))
"""
    assert set(said_by(script)) <= {"1"}  # some libraries say nothing of their threads
