"""Names of devices, what is refused, and how a full memory is recognised."""

from __future__ import annotations

import pytest
import torch

from effnet_viz.network import is_out_of_memory, list_devices, resolve_device


def test_the_cpu_is_always_there_and_automatic_comes_first():
    assert list(list_devices())[:2] == ["auto", "cpu"]
    assert resolve_device("cpu") == torch.device("cpu")


def test_automatic_takes_what_the_machine_has():
    expected = "cuda:0" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert resolve_device() == torch.device(expected)


def test_the_first_gpu_is_preferred_and_gpus_are_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")
    assert list_devices()["cuda:1"] == "GPU 1: Card 1"
    assert resolve_device("auto") == torch.device("cuda:0")
    assert resolve_device("cuda:1") == torch.device("cuda:1")


@pytest.mark.parametrize("name", ["cuda:99", "gpu", "", "tpu"])
def test_devices_that_are_not_there_are_refused(name):
    with pytest.raises(ValueError, match=rf"device is '{name}'; this machine has auto, cpu"):
        resolve_device(name)


def test_a_full_memory_is_told_from_other_errors():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert is_out_of_memory(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(2) @ torch.zeros(3)
    assert not is_out_of_memory(caught.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
