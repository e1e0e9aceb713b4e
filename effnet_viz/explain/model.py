"""A network that is ready to be asked: parameters, preprocessing, class names, and where they come from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from torch import Tensor

from effnet_viz.architecture import ModelSpec
from effnet_viz.engine import Runner, runner_of
from effnet_viz.images import Photo, Preprocessing
from effnet_viz.network import EfficientNet
from effnet_viz.sharing.turns import Turns

_device_locks: dict[str, Turns] = {}
_device_locks_guard = threading.Lock()


def device_lock(device: str) -> Turns:
    """The lock under which everything on one device runs: thirty students take turns, hooks never mix."""
    with _device_locks_guard:
        return _device_locks.setdefault(device, Turns())


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a model's parameters come from.

    Attributes:
        kind: `packaged`, `torchvision`, `hub`, `checkpoint`, `trained_here` or `untrained`.
        label: one phrase for people, such as `ImageNet weights, packaged`.
        detail: source, licence, accuracy or assumptions, in a sentence or two.
    """

    kind: str
    label: str
    detail: str = ""

    @property
    def trained(self) -> bool:
        return self.kind != "untrained"

    @property
    def limits(self) -> str:
        """What the parameters cannot know, in a sentence; empty where there is nothing to warn of."""
        if self.kind != "trained_here":
            return ""
        return "This network has only ever seen drawn shapes, so its answer to a photograph means nothing."


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Everything needed to classify a photo and to say what the answer rests on.

    Attributes:
        spec: the network's specification, with the numerics of its weights.
        network: the folded, frozen copy for inference (see `network.for_inference`).
        preprocessing: how a photo becomes the input that these weights were trained on.
        class_names: one name for every output of the classifier.
        provenance: where the parameters come from.
        device: where the network is, such as `cpu` or `cuda:0`.
        key: identifies spec, weights and device; equal keys give equal answers.
        runner: runs what needs no gradient in the fastest engine there is; `runner.engine` says which. It belongs to
            the network, and models that share one share it.
        lock: held while the network runs.
    """

    spec: ModelSpec
    network: EfficientNet
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    provenance: Provenance
    device: str
    key: str
    runner: Runner = field(init=False, repr=False)
    lock: Turns = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.class_names) != self.spec.num_classes:
            raise ValueError(
                f"class_names has {len(self.class_names)} names; the network has {self.spec.num_classes} classes."
            )
        object.__setattr__(self, "runner", runner_of(self.network))
        object.__setattr__(self, "lock", device_lock(self.device))

    def input(self, photo: Photo) -> Tensor:
        """The photo as the network takes it: `(1, in_channels, H, W)` on the model's device.

        Raises:
            ValueError: the network takes neither colour nor grey images.
        """
        x = self.preprocessing.tensor(photo)
        if self.spec.in_channels == 1:
            x = x.mean(dim=1, keepdim=True)
        elif self.spec.in_channels != 3:
            raise ValueError(
                f"{self.spec.title} takes images of {self.spec.in_channels} channels; a photo has 3 "
                "(or 1, as grey), so this network can be drawn but not shown a photo."
            )
        return x.to(self.device)
