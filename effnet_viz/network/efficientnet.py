"""The whole network: feature extractor, pooling, dropout, classifier."""

from __future__ import annotations

import difflib
import math
from collections import OrderedDict
from functools import partial
from itertools import groupby

import torch
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
        self.feature_extractor = build_feature_extractor(spec)
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(spec.dropout)
        self.classifier = nn.Linear(spec.scaled_head_channels, spec.num_classes)
        if not self.classifier.weight.is_meta:  # a shape without memory has nothing to fill
            self.apply(_initialise)

    def forward(self, x: Tensor) -> Tensor:
        x = self.feature_extractor(x)  # (N, head channels, H / total stride, W / total stride)
        x = self.pool(x)  # (N, head channels)
        x = self.dropout(x)
        return self.classifier(x)  # (N, num_classes)

    def blocks(self) -> dict[str, nn.Module]:
        """Stem, blocks and final convolution by id, in the order in which they run."""
        blocks: dict[str, nn.Module] = {}
        for stage_id, stage in self.feature_extractor.named_children():
            if isinstance(stage, nn.Sequential):
                for index, block in stage.named_children():
                    blocks[f"{stage_id}.{index}"] = block
            else:  # stem and final convolution are a stage each
                blocks[stage_id] = stage
        return blocks

    def forward_before(self, x: Tensor, block_id: str) -> Tensor:
        """What enters a block: `(N, in_channels, H, W)` images to the block's `(N, C, H', W')` input.

        Args:
            x: images, `(N, in_channels, H, W)`.
            block_id: id of the block, such as `4.2`.
        """
        before, _ = self._split_at(block_id)
        for block in before:
            x = block(x)
        return x

    def forward_from(self, x: Tensor, block_id: str) -> Tensor:
        """The rest of the network: a block's `(N, C, H, W)` input to `(N, num_classes)` logits.

        Args:
            x: what enters the block, `(N, C, H, W)`.
            block_id: id of the block.
        """
        _, rest = self._split_at(block_id)
        for block in rest:
            x = block(x)
        return self.classifier(self.dropout(self.pool(x)))

    def _split_at(self, block_id: str) -> tuple[list[nn.Module], list[nn.Module]]:
        """The blocks before a block, and the rest from it on."""
        blocks = self.blocks()
        if block_id not in blocks:
            raise ValueError(f"{self.spec.title} has no block {block_id!r}; it has {', '.join(blocks)}.")
        position = list(blocks).index(block_id)
        modules = list(blocks.values())
        return modules[:position], modules[position:]

    def layer(self, layer_id: str) -> nn.Module:
        """The module with an id such as `4.2.depthwise`, `4.2`, `4`, `pool` or `classifier`.

        Raises:
            ValueError: the network has no such layer.
        """
        root = self if layer_id in ("pool", "classifier") else self.feature_extractor
        if not layer_id:  # which would be the root itself
            raise ValueError(self._no_such_layer(layer_id))
        try:
            return root.get_submodule(layer_id)
        except AttributeError:
            raise ValueError(self._no_such_layer(layer_id)) from None

    def _no_such_layer(self, layer_id: str) -> str:
        names = [name for name, _ in self.feature_extractor.named_modules() if name]
        close = difflib.get_close_matches(layer_id, names, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "ids look like '4', '4.2' or '4.2.depthwise'."
        return f"{self.spec.title} has no layer {layer_id!r}; {hint}"


def build_feature_extractor(spec: ModelSpec) -> nn.Sequential:
    """Stem, stages of blocks, and the final 1x1 convolution, scaled by the specification's width and depth.

    Only the first block of a stage may have stride 2: the picture gets smaller there and nowhere else.
    """
    numerics, blocks = spec.numerics, spec.block_specs()
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    stages["1"] = ConvBlock(spec.in_channels, spec.scaled_stem_channels, numerics, kernel=3, stride=2)
    for number, stage in groupby(blocks, lambda block: block.stage):
        modules = {str(block.index): BLOCKS[block.operator](block, numerics) for block in stage}
        stages[str(number)] = nn.Sequential(OrderedDict(modules))
    stages[str(spec.head_stage)] = ConvBlock(blocks[-1].out_channels, spec.scaled_head_channels, numerics)
    return nn.Sequential(stages)


def build(network: ModelSpec | str, num_classes: int | None = None, seed: int | None = None) -> EfficientNet:
    """A network with fresh parameters, in training mode, float32, on the CPU.

    Args:
        network: a specification, or a variant's name such as `b7`.
        num_classes: outputs of the classifier; the specification's by default.
        seed: equal seeds give equal parameters, whatever other threads draw meanwhile; None draws new ones.

    Raises:
        ValueError: no such variant, or less than one class.
    """
    spec = spec_by_name(network) if isinstance(network, str) else network
    spec = spec if num_classes is None else spec.replace(num_classes=num_classes)
    if seed is None:
        return EfficientNet(spec)
    with torch.device("meta"):  # no memory yet, and no number drawn from the generator that all threads share
        built = EfficientNet(spec)
    built.to_empty(device="cpu")
    return built.apply(partial(_initialise, generator=torch.Generator().manual_seed(seed)))


def _initialise(module: nn.Module, generator: torch.Generator | None = None) -> None:
    """Fresh parameters as in the published training code (tensorflow/tpu `efficientnet_model.py`)."""
    if isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels // module.groups
        nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / fan_out), generator=generator)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        module.reset_parameters()
    elif isinstance(module, nn.Linear):
        bound = 1.0 / math.sqrt(module.out_features)
        nn.init.uniform_(module.weight, -bound, bound, generator=generator)
        nn.init.zeros_(module.bias)
