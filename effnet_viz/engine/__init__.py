"""The network run as fast as this machine can: ONNX Runtime on the CPU, PyTorch elsewhere and for gradients."""

from effnet_viz.engine.hooks import watch
from effnet_viz.engine.runner import Runner

__all__ = ["Runner", "watch"]
