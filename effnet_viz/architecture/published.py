"""Accuracies as their authors published them, each with its source, and the way back from a network to its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from effnet_viz.architecture.plan import Plan, plan
from effnet_viz.architecture.spec import ModelSpec
from effnet_viz.architecture.variants import list_variants, spec

_V1 = "Tan & Le 2019, arXiv 1905.11946v5, Table 2"
_LITE = "tensorflow/tpu efficientnet/lite/README.md, FP32"
_EDGETPU = "tensorflow/tpu efficientnet/edgetpu/README.md, float"
_V2 = "google/automl efficientnetv2/README.md"
_TORCHVISION = "torchvision, metadata of the IMAGENET1K_{} weights"


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Top-1 accuracy on ImageNet's validation set, one crop.

    Attributes:
        variant: name of the network.
        top1: percent.
        by: whose weights: `google` or `torchvision`.
        data: what they were trained on.
        resolution: side of the evaluated image, in pixels.
        source: where the number is published.
    """

    variant: str
    top1: float
    by: str
    data: str
    resolution: int
    source: str

    @property
    def plan(self) -> Plan:
        """The network at the resolution of the evaluation."""
        return plan(self.variant, self.resolution)


def _google(numbers: dict[str, float], source: str, data: str = "ImageNet-1k") -> list[Accuracy]:
    return [
        Accuracy(variant=name, top1=top1, by="google", data=data, resolution=spec(name).resolution, source=source)
        for name, top1 in numbers.items()
    ]


def _torchvision(numbers: dict[str, float], version: str = "V1", **resolutions: int) -> list[Accuracy]:
    return [
        Accuracy(
            variant=name,
            top1=top1,
            by="torchvision",
            data="ImageNet-1k",
            resolution=resolutions.get(name, spec(name).resolution),
            source=_TORCHVISION.format(version),
        )
        for name, top1 in numbers.items()
    ]


ACCURACIES: tuple[Accuracy, ...] = (
    *_google({"b0": 77.1, "b1": 79.1, "b2": 80.1, "b3": 81.6, "b4": 82.9, "b5": 83.6, "b6": 84.0, "b7": 84.3}, _V1),
    *_google({"b8": 85.5}, "Xie et al. 2019 (AdvProp), arXiv 1911.09665", "ImageNet-1k, adversarial examples"),
    *_google({"l2": 88.4}, "Xie et al. 2020 (Noisy Student), arXiv 1911.04252", "ImageNet-1k, 300 M unlabelled photos"),
    *_google({"lite0": 75.1, "lite1": 76.7, "lite2": 77.6, "lite3": 79.8, "lite4": 81.5}, _LITE),
    *_google({"edgetpu_s": 77.23, "edgetpu_m": 78.69, "edgetpu_l": 80.62}, _EDGETPU),
    *_google({"v2_s": 83.9, "v2_m": 85.2, "v2_l": 85.7}, _V2),
    *_google({"v2_xl": 87.2}, _V2, "ImageNet-21k, then 1k"),
    *_google({"v2_b0": 78.7, "v2_b1": 79.8, "v2_b2": 80.5, "v2_b3": 82.1}, _V2),
    *_torchvision(
        {
            "b0": 77.692,
            "b1": 78.642,
            "b2": 80.608,
            "b3": 82.008,
            "b4": 83.384,
            "b5": 83.444,
            "b6": 84.008,
            "b7": 84.122,
            "v2_s": 84.228,
            "v2_m": 85.112,
            "v2_l": 85.808,
        },
        b2=288,
    ),
    *_torchvision({"b1": 79.838}, "V2"),
)


@dataclass(frozen=True, kw_only=True)
class OlderNetwork:
    """A network before EfficientNet, as torchvision's metadata of its IMAGENET1K_V1 weights has it.

    Attributes:
        name: torchvision's name.
        title: name for people.
        year: of the paper.
        params: trainable parameters.
        macs: multiply-adds for one image of 224 pixels.
        top1: ImageNet top-1 accuracy, in percent.
    """

    name: str
    title: str
    year: int
    params: int
    macs: float
    top1: float


OLDER_NETWORKS = (
    OlderNetwork(name="vgg16", title="VGG-16", year=2014, params=138_357_544, macs=15.47e9, top1=71.592),
    OlderNetwork(name="resnet50", title="ResNet-50", year=2015, params=25_557_032, macs=4.089e9, top1=76.13),
    OlderNetwork(name="resnet152", title="ResNet-152", year=2015, params=60_192_808, macs=11.514e9, top1=78.312),
    OlderNetwork(name="densenet201", title="DenseNet-201", year=2016, params=20_013_928, macs=4.291e9, top1=76.896),
    OlderNetwork(name="mobilenet_v2", title="MobileNetV2", year=2018, params=3_504_872, macs=0.301e9, top1=71.878),
)


def accuracies(variant: str | None = None) -> tuple[Accuracy, ...]:
    """All published accuracies, or those of one variant."""
    return tuple(accuracy for accuracy in ACCURACIES if variant in (None, accuracy.variant))


def published_name(network: ModelSpec) -> str | None:
    """The published variant that has these blocks, stem and head, at whatever resolution; None for any other."""
    return _names().get(_build(network))


@lru_cache(maxsize=1)
def _names() -> dict[tuple[object, ...], str]:
    return {_build(spec(name)): name for name in reversed(list_variants())}


def _build(network: ModelSpec) -> tuple[object, ...]:
    blocks = tuple(
        (
            block.operator,
            block.in_channels,
            block.expanded_channels,
            block.out_channels,
            block.kernel,
            block.stride,
            block.squeeze_channels,
            block.residual,
        )
        for block in network.block_specs()
    )
    return network.scaled_stem_channels, blocks, network.scaled_head_channels, network.activation
