"""The copy of a network that answers questions: same logits, cheaper, frozen."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from effnet_viz.network.blocks import ConvBlock
from effnet_viz.network.efficientnet import EfficientNet


def for_inference(network: EfficientNet, device: torch.device | str = "cpu") -> EfficientNet:
    """A copy in evaluation mode with batch norm folded into the convolutions, channels-last and frozen.

    Folding scales each convolution's weights by what its batch norm would do to the output, which at inference is a
    constant per channel; every step keeps its name and, up to rounding, its output.

    Args:
        network: the network to copy; it is left as it is. A copy made here can be copied again, to another device.
        device: where the copy goes.
    """
    with torch.no_grad():
        folded = copy.deepcopy(network).eval()
        for module in folded.modules():
            if isinstance(module, ConvBlock) and isinstance(module.norm, nn.BatchNorm2d):
                module.conv = fuse_conv_bn_eval(module.conv, module.norm)
                module.norm = nn.Identity()
        folded = folded.to(memory_format=torch.channels_last).to(device)
    return folded.eval().requires_grad_(False)  # once more: a new module, such as the identities, begins in training
