"""The tensors of a checkpoint, recognised by their names and brought to one neutral form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from effnet_viz.weights.errors import CheckpointError, shorten
from effnet_viz.weights.namings import BLOCK_STEPS, NAMINGS, OPTIONAL_STEPS, Naming, Section

_CONVOLUTIONS = ("conv.weight", "se.reduce.weight", "se.expand.weight")


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedTensors:
    """A checkpoint's tensors in the neutral form.

    Attributes:
        naming: whose names they had.
        prefix: what stood before every name, such as `module.`.
        tensors: `(section, name in this project's words)` to the tensor.
        names: the same keys to the names in the file.
        stages: the number of blocks in each stage, or empty where the names do not tell stages.
        leftover: tensors of the network that belong to no part of an EfficientNet, by their names in the file.
        outside: tensors without the prefix, such as those of a loss or of a second copy.
    """

    naming: Naming
    prefix: str
    tensors: dict[tuple[Section, str], Tensor] = field(default_factory=dict)
    names: dict[tuple[Section, str], str] = field(default_factory=dict)
    stages: list[int] = field(default_factory=list)
    leftover: dict[str, Tensor] = field(default_factory=dict)
    outside: dict[str, Tensor] = field(default_factory=dict)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return 1 + max((section for section, _ in self.tensors if isinstance(section, int)), default=-1)

    def shape(self, section: Section, name: str) -> tuple[int, ...] | None:
        """Shape of a tensor, or None where there is none.

        Args:
            section: part of the network that the tensor belongs to.
            name: its name in this project's words.
        """
        tensor = self.tensors.get((section, name))
        return None if tensor is None else tuple(tensor.shape)

    def add(self, section: Section, name: str, original: str, state_dict: Mapping[str, Tensor]) -> None:
        """Note a tensor of the file under its section and its name in this project's words.

        Args:
            section: part of the network that the tensor belongs to.
            name: its name in this project's words.
            original: its name in the file.
            state_dict: names in the file to their tensors.
        """
        self.tensors[section, name] = state_dict[original]
        self.names[section, name] = original


def read_named_tensors(state_dict: Mapping[str, Tensor]) -> NamedTensors:
    """Recognise whose names a state dict has, and bring it to the neutral form.

    Args:
        state_dict: tensors by name; names may have anything before them, such as `module.` or `model.`.

    Raises:
        CheckpointError: it is not an EfficientNet in any known naming.
    """
    naming, prefix = _recognise(state_dict)
    originals = {name.removeprefix(prefix): name for name in state_dict if name.startswith(prefix)}
    outside = {name: tensor for name, tensor in state_dict.items() if not name.startswith(prefix)}
    if naming.name == "transformers" and prefix.endswith("efficientnet."):  # its classifier stands beside the rest
        for parameter in ("weight", "bias"):
            name = f"{prefix.removesuffix('efficientnet.')}classifier.{parameter}"
            if outside.pop(name, None) is not None:
                originals[f"classifier.{parameter}"] = name

    fixed = dict(naming.fixed) | _numbered_head(naming, originals)
    blocks: dict[tuple[int, int], dict[str, str]] = {}  # position to rest of the name to name in the file
    named = NamedTensors(naming=naming, prefix=prefix, outside=outside)
    for name, original in originals.items():
        module, _, parameter = name.rpartition(".")
        if module in fixed:
            section, ours = fixed[module]
            named.add(section, f"{ours}.{parameter}".lstrip("."), original, state_dict)
        elif match := naming.block.fullmatch(name):
            stage, index, rest = match.groups()
            blocks.setdefault((int(stage or 0), int(index)), {})[rest] = original
        else:
            named.leftover[original] = state_dict[original]

    for number, position in enumerate(sorted(blocks)):
        block = blocks[position]
        steps = dict(_block_steps(naming, {rest: state_dict[original] for rest, original in block.items()}))
        for rest, original in block.items():
            module, _, parameter = rest.rpartition(".")
            if module in steps:
                named.add(number, f"{steps[module]}.{parameter}", original, state_dict)
            else:
                named.leftover[original] = state_dict[original]
    if naming.staged:
        named.stages.extend(Counter(stage for stage, _ in sorted(blocks)).values())
    _adopt_classifier(named)
    _check_dimensions(named)
    return named


def _check_dimensions(named: NamedTensors) -> None:
    """Every convolution has a kernel, the classifier is a matrix, and nothing is empty: shapes can be read then.

    Raises:
        CheckpointError: names the first tensor for which that is not so.
    """
    for (section, name), tensor in named.tensors.items():
        if name.endswith(_CONVOLUTIONS):
            dimensions = 4
        else:
            dimensions = 2 if (section, name) == ("classifier", "weight") else tensor.ndim
        if tensor.ndim != dimensions or tensor.numel() == 0:
            raise CheckpointError(
                f"{shorten(named.names[section, name])} has the shape {tuple(tensor.shape)}, which no EfficientNet "
                "has there; the file is damaged or holds another network."
            )


def _recognise(state_dict: Mapping[str, Tensor]) -> tuple[Naming, str]:
    """The naming and what stands before its names; of several copies (an average kept beside), the plainest."""
    candidates = []
    for name in state_dict:
        for naming in NAMINGS.values():
            if name == naming.stem or name.endswith("." + naming.stem):
                candidates.append((name.removesuffix(naming.stem), naming))
    if not candidates:
        some = ", ".join(shorten(name) for name in list(state_dict)[:3]) or "none"
        raise CheckpointError(
            "The tensors in this file do not carry the names of an EfficientNet from torchvision, timm, "
            f"efficientnet-pytorch, transformers or this project. Its first names are: {some}."
        )
    prefix, naming = min(candidates, key=lambda item: ("ema" in item[0], len(item[0])))
    return naming, prefix


def _numbered_head(naming: Naming, inside: Iterable[str]) -> dict[str, tuple[Section, str]]:
    """The head's convolution where its number depends on how many stages there are."""
    pattern, conv, norm = {
        "effnet_viz": (r"feature_extractor\.(\d+)\.conv\.weight", "conv", "norm"),
        "torchvision": (r"features\.(\d+)\.0\.weight", "0", "1"),
    }.get(naming.name, (None, "", ""))
    numbers = [int(match[1]) for name in inside if pattern and (match := re.fullmatch(pattern, name))]
    if len(numbers) < 2:
        return {}
    root = f"{naming.stem.split('.')[0]}.{max(numbers)}"
    return {f"{root}.{conv}": ("head", "conv"), f"{root}.{norm}": ("head", "norm")}


def _block_steps(naming: Naming, block: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    """Pairs of the block's modules and the steps that they are in this project's words."""
    modules = {name.rpartition(".")[0] for name in block}
    if naming.name == "effnet_viz":
        yield from ((module, module) for module in modules)
    elif naming.name == "torchvision":
        yield from _positional_steps(block)
    else:
        for steps in BLOCK_STEPS[naming.name]:
            if set(steps) <= modules:
                yield from steps.items()
                break
        yield from ((module, step) for module, step in OPTIONAL_STEPS[naming.name].items() if module in modules)


def _positional_steps(block: Mapping[str, Tensor]) -> Iterator[tuple[str, str]]:
    """torchvision numbers the steps of a block; what each is follows from how many there are and from the shapes."""
    positions = sorted({int(name.split(".")[0]) for name in block if name.split(".")[0].isdigit()})
    gates = [position for position in positions if f"{position}.fc1.weight" in block]
    convolutions = [position for position in positions if f"{position}.0.weight" in block]
    if not convolutions:
        return
    first = block[f"{convolutions[0]}.0.weight"]
    if len(convolutions) == 3:
        steps: tuple[str, ...] = ("expand", "depthwise", "project")
    elif first.ndim == 4 and first.shape[1] == 1:
        steps = ("depthwise", "project")
    else:
        steps = ("fused", "project")
    for position, step in zip(convolutions, steps, strict=False):
        yield f"{position}.0", f"{step}.conv"
        yield f"{position}.1", f"{step}.norm"
    for position in gates[:1]:
        yield f"{position}.fc1", "se.reduce"
        yield f"{position}.fc2", "se.expand"


def _adopt_classifier(named: NamedTensors) -> None:
    """Take a linear layer of another name as the classifier, if it is the only one and fits the head's width."""
    head = named.shape("head", "conv.weight")
    if head is None or named.shape("classifier", "weight"):
        return
    strangers = named.leftover | named.outside
    linear = [name for name, tensor in strangers.items() if name.endswith(".weight") and tensor.ndim == 2]
    if len(linear) != 1 or strangers[linear[0]].shape[1] != head[0]:
        return
    module = linear[0].removesuffix(".weight")
    if any(name.rpartition(".")[0] != module for name in named.leftover):
        return
    for parameter in ("weight", "bias"):
        name = f"{module}.{parameter}"
        if name in strangers:
            named.add("classifier", parameter, name, strangers)
            named.leftover.pop(name, None)
            named.outside.pop(name, None)
