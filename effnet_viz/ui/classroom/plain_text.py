"""Text that people typed, where Streamlit would read Markdown."""

from __future__ import annotations

import string

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})


def as_markdown(text: str) -> str:
    """Markdown that shows a text as it is: Markdown lets every punctuation mark be escaped."""
    return text.translate(_ESCAPED)
