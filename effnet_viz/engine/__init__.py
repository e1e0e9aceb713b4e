"""The network run as fast as this machine can: ONNX Runtime on the CPU, PyTorch elsewhere and for gradients."""

from effnet_viz.engine.hooks import watch
from effnet_viz.engine.runner import Runner, runner_of

__all__ = ["Runner", "runner_of", "watch"]
