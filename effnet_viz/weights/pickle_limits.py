"""How much a pickle inside a checkpoint may ask for, counted before torch reads it.

A pickle is a little program that builds objects. A few kilobytes of it can ask for gigabytes or for hours, without
running any code: by copying a long text again and again, or by building millions of small objects.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from typing import IO

from effnet_viz.weights.errors import CheckpointError

MAX_STEPS = 1_000_000
"""Steps of the program; a training checkpoint of EfficientNet-L2 with its optimizer has about 400,000."""

MAX_TEXT = 64 * 2**20
"""Bytes that may be made from text; class names and settings need far less."""

_EXHAUSTS = (
    "The file holds {what}, which no checkpoint of a network needs; it was not opened, because reading it could "
    "exhaust this machine's memory. Save the tensors alone: torch.save(model.state_dict(), 'weights.pth')."
)


def check_pickle(file: IO[bytes]) -> None:
    """Read one pickle from the file's present position, without building anything.

    Args:
        file: a binary file; afterwards its position is behind the pickle.

    Raises:
        CheckpointError: it asks for more than a checkpoint needs, or it is damaged.
    """
    calls = longest = 0
    named: set[str] = set()  # classes and functions that the pickle asks for
    words = ["", ""]  # the last two texts: what a STACK_GLOBAL names
    for count, (step, argument) in enumerate(_steps(file)):
        if count >= MAX_STEPS:
            raise CheckpointError(_EXHAUSTS.format(what=f"more than {MAX_STEPS:,} objects beside its tensors"))
        calls += step == "REDUCE"
        if step == "GLOBAL":
            named.add(str(argument))
        elif step == "STACK_GLOBAL":
            named.add(" ".join(words))
        elif isinstance(argument, (str, bytes)):
            longest = max(longest, len(argument))
            words = [words[1], str(argument)]
    if {"builtins bytearray", "__builtin__ bytearray"} & named:
        raise CheckpointError(_EXHAUSTS.format(what="byte arrays"))
    if "_codecs encode" in named and calls * longest > MAX_TEXT:
        raise CheckpointError(_EXHAUSTS.format(what="the same text many times over"))


def _steps(file: IO[bytes]) -> Iterator[tuple[str, object]]:
    """Steps of the program by name, each with its argument."""
    try:
        for opcode, argument, _ in pickletools.genops(file):
            yield opcode.name, argument
    except Exception as error:  # pickletools raises nearly anything on damaged files
        raise CheckpointError("The file is damaged or was cut off; download or copy it again.") from error
