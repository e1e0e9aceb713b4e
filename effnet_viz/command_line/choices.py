"""What the words of a command mean: a network, a class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effnet_viz.architecture import list_variants

if TYPE_CHECKING:
    from effnet_viz.explain import Model
    from effnet_viz.images import Photo

CHECKPOINT_ENDINGS = (".pth", ".pt", ".safetensors", ".bin", ".ckpt")


def begins_so(incomplete: str) -> list[str]:
    """The variants that a shell offers while a word is typed."""
    return [name for name in list_variants() if name.startswith(incomplete)]


A_NETWORK = "A variant such as b0, or a checkpoint file."
Variant = Annotated[str, typer.Argument(help="Such as b0, v2_s or lite0.", autocompletion=begins_so)]
Network = Annotated[str, typer.Argument(help=A_NETWORK, autocompletion=begins_so)]
WithNetwork = Annotated[str, typer.Option("--model", help=A_NETWORK, autocompletion=begins_so)]
Weights = Annotated[str, typer.Option(help="A set of the variant's weights, as in `effnet-viz weights list`.")]
Classes = Annotated[Path | None, typer.Option(help="File with the class names of a checkpoint.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda:0.")]


def chosen_model(name: str, weights: str = "auto", classes: Path | None = None, device: str = "auto") -> Model:
    """The network that a command names.

    Args:
        name: a variant such as `b0`, or a checkpoint file.
        weights: which set of a variant.
        classes: file with the class names of a checkpoint.
        device: auto, cpu or cuda:0.

    Raises:
        ValueError: no such variant, set or file, or not a checkpoint.
    """
    from effnet_viz.loading import load, load_checkpoint

    if name.lower().endswith(CHECKPOINT_ENDINGS):
        return load_checkpoint(name, class_names=classes, device=device)
    return load(name, weights=weights, device=device)


def chosen_class(model: Model, words: str | None) -> int | None:
    """The index of the class that a command asks about; None where it asks about the most probable.

    Args:
        model: the network, which has the class names.
        words: an index, or a name or the beginning of one.

    Raises:
        ValueError: no such class, or several that begin so.
    """
    if words is None:
        return None
    if words.isdigit():
        if int(words) >= len(model.class_names):
            raise ValueError(f"target is {words}; {model.spec.title} has classes 0 to {len(model.class_names) - 1}.")
        return int(words)
    wanted = words.casefold()
    exact = [index for index, name in enumerate(model.class_names) if name.casefold() == wanted]
    matches = exact or [index for index, name in enumerate(model.class_names) if name.casefold().startswith(wanted)]
    if not matches:
        raise ValueError(f"target is {words!r}, and no class of {model.spec.title} is called so or begins so.")
    if len(matches) > 1:
        some = ", ".join(f"{index} {model.class_names[index]}" for index in matches[:5])
        raise ValueError(f"target is {words!r}, which is the beginning of several classes; choose an index: {some}.")
    return matches[0]


def chosen_photo(words: str) -> Photo:
    """The photo that a command names: a file, or one of the bundled photos by its name.

    Args:
        words: a path, or a name such as `koala`.

    Raises:
        PhotoError: neither.
    """
    from effnet_viz.images import open_photo, open_sample, samples

    if not Path(words).exists() and words in {sample.name for sample in samples()}:
        return open_sample(words)
    return open_photo(words)
