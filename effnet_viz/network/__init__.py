"""The trainable network in PyTorch, and its folded copy for inference."""

from effnet_viz.network.blocks import (
    ConvBlock,
    FusedMBConv,
    MBConv,
    SamePaddingConv2d,
    SqueezeExcitation,
    StochasticDepth,
)
from effnet_viz.network.devices import is_out_of_memory, list_devices, release_memory, resolve_device
from effnet_viz.network.efficientnet import EfficientNet, build
from effnet_viz.network.inference import for_inference

__all__ = [
    "ConvBlock",
    "EfficientNet",
    "FusedMBConv",
    "MBConv",
    "SamePaddingConv2d",
    "SqueezeExcitation",
    "StochasticDepth",
    "build",
    "for_inference",
    "is_out_of_memory",
    "list_devices",
    "release_memory",
    "resolve_device",
]
