"""The whole network: feature extractor, pooling, dropout, classifier."""

from __future__ import annotations

import difflib
import math
from contextlib import suppress

from torch import Tensor, nn

from effnet_viz.architecture import ModelSpec
from effnet_viz.architecture import spec as spec_by_name
from effnet_viz.network.blocks import BLOCKS, ConvBlock


class EfficientNet(nn.Module):
    """Pixels to class scores: `(N, in_channels, H, W)` to `(N, num_classes)` logits.

    Modules in the feature extractor carry the ids of the plan: stage `4` is `feature_extractor.4`, the depthwise step
    of its second block `feature_extractor.4.2.depthwise`.

    Args:
        spec: what to build.

    Source: EfficientNet (arXiv 1905.11946), Table 1.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.feature_extractor = grow_feature_extractor(spec)
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(spec.dropout)
        self.classifier = nn.Linear(spec.scaled_head_channels, spec.num_classes)
        self.apply(_initialise)

    def forward(self, x: Tensor) -> Tensor:
        x = self.feature_extractor(x)  # (N, head channels, H / 32, W / 32)
        x = self.pool(x)  # (N, head channels)
        x = self.dropout(x)
        return self.classifier(x)  # (N, num_classes)

    def blocks(self) -> dict[str, nn.Module]:
        """Stem, blocks and final convolution by id, in the order in which they run."""
        found: dict[str, nn.Module] = {}
        for stage, module in self.feature_extractor.named_children():
            if isinstance(module, nn.Sequential):
                found |= {f"{stage}.{index}": block for index, block in module.named_children()}
            else:
                found[stage] = module
        return found

    def forward_before(self, x: Tensor, block_id: str) -> Tensor:
        """What enters a block: `(N, in_channels, H, W)` images to the block's `(N, C, H', W')` input."""
        for block in list(self.blocks().values())[: self._position(block_id)]:
            x = block(x)
        return x

    def forward_from(self, x: Tensor, block_id: str) -> Tensor:
        """The rest of the network: a block's `(N, C, H, W)` input to `(N, num_classes)` logits."""
        for block in list(self.blocks().values())[self._position(block_id) :]:
            x = block(x)
        return self.classifier(self.dropout(self.pool(x)))

    def _position(self, block_id: str) -> int:
        names = list(self.blocks())
        if block_id not in names:
            raise ValueError(f"{self.spec.title} has no block {block_id!r}; it has {', '.join(names)}.")
        return names.index(block_id)

    def layer(self, layer_id: str) -> nn.Module:
        """The module with an id such as `4.2.depthwise`, `4.2`, `4`, `pool` or `classifier`.

        Raises:
            ValueError: the network has no such layer.
        """
        if layer_id:
            with suppress(AttributeError):
                root = self if layer_id in ("pool", "classifier") else self.feature_extractor
                return root.get_submodule(layer_id)
        names = [name for name, _ in self.feature_extractor.named_modules() if name]
        close = difflib.get_close_matches(str(layer_id), names, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "ids look like '4', '4.2' or '4.2.depthwise'."
        raise ValueError(f"{self.spec.title} has no layer {layer_id!r}; {hint}")


def grow_feature_extractor(spec: ModelSpec) -> nn.Sequential:
    """Stem, stages of blocks, and the final 1x1 convolution, grown by the specification's width and depth.

    Only the first block of a stage may have stride 2: the picture gets smaller there and nowhere else.
    """
    features = nn.Sequential()
    features.add_module("1", ConvBlock(spec.in_channels, spec.scaled_stem_channels, spec, kernel=3, stride=2))
    for block in spec.block_specs():
        stage, index = block.id.split(".")
        if index == "1":
            features.add_module(stage, nn.Sequential())
        features.get_submodule(stage).add_module(index, BLOCKS[block.operator](block, spec))
    last_channels = spec.block_specs()[-1].out_channels
    features.add_module(str(spec.head_stage), ConvBlock(last_channels, spec.scaled_head_channels, spec))
    return features


def build(network: ModelSpec | str, num_classes: int | None = None) -> EfficientNet:
    """A network with fresh parameters, in training mode, float32, on the CPU.

    Args:
        network: a specification, or a variant's name such as `b7`.
        num_classes: outputs of the classifier; the specification's by default.

    Raises:
        ValueError: no such variant, or less than one class.
    """
    spec = spec_by_name(network) if isinstance(network, str) else network
    return EfficientNet(spec if num_classes is None else spec.replace(num_classes=num_classes))


def _initialise(module: nn.Module) -> None:
    """Fresh parameters as in the published training code (tensorflow/tpu `efficientnet_model.py`)."""
    if isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels // module.groups
        nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / fan_out))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        bound = 1.0 / math.sqrt(module.out_features)
        nn.init.uniform_(module.weight, -bound, bound)
        nn.init.zeros_(module.bias)
