"""Whether this server may write temporary files: PyTorch, a training and rows of photos cannot do without."""

from __future__ import annotations

import tempfile

NO_FOLDER = (
    "This server may write to no folder for temporary files, which networks need. Whoever runs it names one that it "
    "may write to in TMPDIR, and starts it again."
)


def has_temporary_folder() -> bool:
    """Asked at every rerun: Python looks once, and again only where it found none."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True
