"""Files that are whole at any moment.

A file is replaced in one step: the new one is written beside it under a temporary name and then renamed. Whatever
happens in between, a full disk or a pulled plug, the old one is still there.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Give a file new contents in one step: all of them, or the old ones stay.

    Args:
        path: the file to replace or create.
        write: writes the contents to an open binary file.

    Raises:
        OSError: the file cannot be written; the old one is untouched and nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    partial = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)  # already gone by its name where all went well


def sentence_of(error: Exception) -> str:
    """An error of long work that writes such files, as one sentence."""
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return (
                f"There is no room left to write{where}; what was written before is whole, and the same command "
                "goes on from there."
            )
        if error.errno is not None:
            return f"Cannot write{where}: {error.strerror}; what was written before is whole."
    return " ".join(str(error).split())
