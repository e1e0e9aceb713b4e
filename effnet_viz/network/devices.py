"""Which processor runs the network."""

from __future__ import annotations

import torch


def list_devices() -> dict[str, str]:
    """Names that `resolve_device` takes, each with a label for people."""
    devices = {"auto": "Automatic", "cpu": "CPU"}
    for index in range(torch.cuda.device_count()):
        devices[f"cuda:{index}"] = f"GPU {index}: {torch.cuda.get_device_name(index)}"
    if torch.backends.mps.is_available():
        devices["mps"] = "Apple GPU"
    return devices


def resolve_device(name: str = "auto") -> torch.device:
    """The device of a name; `auto` takes the first GPU, else the CPU.

    Raises:
        ValueError: this machine has no such device.
    """
    devices = list_devices()
    if name == "auto":
        return torch.device(next((device for device in devices if device not in ("auto", "cpu")), "cpu"))
    if name not in devices:
        raise ValueError(f"device is {name!r}; this machine has {', '.join(devices)}.")
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device had no memory left (the CPU's allocator raises a plain RuntimeError)."""
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "you tried to allocate" in str(error)
    )


def release_memory() -> None:
    """Give memory that PyTorch holds for later back to the GPU, after a network did not fit."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
