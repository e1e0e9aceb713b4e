"""What other projects call the tensors of an EfficientNet.

Every naming is read into the same neutral form: the section of a tensor (`stem`, the block as the number it has in the
order of running, `head`, `classifier`) and its name inside the block in this project's words, such as
`depthwise.conv.weight`. Shapes, not a specification, tell a block's steps apart, so the neutral form is enough to find
out which network a checkpoint holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Section = str | int  # "stem", "head", "classifier", or a block's number from 0


@dataclass(frozen=True, kw_only=True)
class Naming:
    """One project's names.

    Attributes:
        name: identifier, such as `timm`.
        label: name for people.
        stem: the stem's convolution, by whose presence the naming is recognised.
        fixed: names outside the blocks, module to `(section, module in this project's words)`.
        block: pattern of a block's tensors; its groups are stage (if names have it), number, and the rest of the name.
        staged: whether the names tell which blocks form a stage.
    """

    name: str
    label: str
    stem: str
    fixed: Mapping[str, tuple[Section, str]]
    block: re.Pattern[str]
    staged: bool = True


NAMINGS = {
    naming.name: naming
    for naming in (
        Naming(
            name="effnet_viz",
            label="this project",
            stem="feature_extractor.1.conv.weight",
            fixed={
                "feature_extractor.1.conv": ("stem", "conv"),
                "feature_extractor.1.norm": ("stem", "norm"),
                "classifier": ("classifier", ""),
            },
            block=re.compile(r"feature_extractor\.(\d+)\.(\d+)\.(.+)"),
        ),
        Naming(
            name="torchvision",
            label="torchvision",
            stem="features.0.0.weight",
            fixed={
                "features.0.0": ("stem", "conv"),
                "features.0.1": ("stem", "norm"),
                "classifier.1": ("classifier", ""),
            },
            block=re.compile(r"features\.(\d+)\.(\d+)\.block\.(.+)"),
        ),
        Naming(
            name="timm",
            label="timm",
            stem="conv_stem.weight",
            fixed={
                "conv_stem": ("stem", "conv"),
                "bn1": ("stem", "norm"),
                "conv_head": ("head", "conv"),
                "bn2": ("head", "norm"),
                "classifier": ("classifier", ""),
            },
            block=re.compile(r"blocks\.(\d+)\.(\d+)\.(.+)"),
        ),
        Naming(
            name="efficientnet-pytorch",
            label="efficientnet-pytorch",
            stem="_conv_stem.weight",
            fixed={
                "_conv_stem": ("stem", "conv"),
                "_bn0": ("stem", "norm"),
                "_conv_head": ("head", "conv"),
                "_bn1": ("head", "norm"),
                "_fc": ("classifier", ""),
            },
            block=re.compile(r"_blocks\.()(\d+)\.(.+)"),
            staged=False,
        ),
        Naming(
            name="transformers",
            label="transformers",
            stem="embeddings.convolution.weight",
            fixed={
                "embeddings.convolution": ("stem", "conv"),
                "embeddings.batchnorm": ("stem", "norm"),
                "encoder.top_conv": ("head", "conv"),
                "encoder.top_bn": ("head", "norm"),
                "classifier": ("classifier", ""),
            },
            block=re.compile(r"encoder\.blocks\.()(\d+)\.(.+)"),
            staged=False,
        ),
    )
}

# Steps of a block where a project names them; the first that has all its modules in the block applies.
BLOCK_STEPS: dict[str, tuple[dict[str, str], ...]] = {
    "timm": (
        {
            "conv_pw": "expand.conv",
            "bn1": "expand.norm",
            "conv_dw": "depthwise.conv",
            "bn2": "depthwise.norm",
            "conv_pwl": "project.conv",
            "bn3": "project.norm",
        },
        {"conv_dw": "depthwise.conv", "bn1": "depthwise.norm", "conv_pw": "project.conv", "bn2": "project.norm"},
        {"conv_exp": "fused.conv", "bn1": "fused.norm", "conv_pwl": "project.conv", "bn2": "project.norm"},
        {"conv": "fused.conv", "bn1": "fused.norm"},
    ),
    "efficientnet-pytorch": (
        {
            "_depthwise_conv": "depthwise.conv",
            "_bn1": "depthwise.norm",
            "_project_conv": "project.conv",
            "_bn2": "project.norm",
        },
    ),
    "transformers": (
        {
            "depthwise_conv.depthwise_conv": "depthwise.conv",
            "depthwise_conv.depthwise_norm": "depthwise.norm",
            "projection.project_conv": "project.conv",
            "projection.project_bn": "project.norm",
        },
    ),
}
# Steps that a block may lack.
OPTIONAL_STEPS: dict[str, dict[str, str]] = {
    "timm": {"se.conv_reduce": "se.reduce", "se.conv_expand": "se.expand"},
    "efficientnet-pytorch": {
        "_expand_conv": "expand.conv",
        "_bn0": "expand.norm",
        "_se_reduce": "se.reduce",
        "_se_expand": "se.expand",
    },
    "transformers": {
        "expansion.expand_conv": "expand.conv",
        "expansion.expand_bn": "expand.norm",
        "squeeze_excite.reduce": "se.reduce",
        "squeeze_excite.expand": "se.expand",
    },
}
