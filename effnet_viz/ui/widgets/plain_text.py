"""Text from outside (names of classes, files and tensors, what people typed) where Streamlit would read Markdown.

st.markdown(f"**{as_markdown(label)}** has {share:.0%}")
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(
    r"[\\`*\[\]<>$~|&]|(?<![^\W_])_|_(?![^\W_])|:(?=\w)|^[#+=-]"
    r"|(?<=^\d)[.)]|(?<=^\d\d)[.)]"  # a number in front begins a list
)
_LINKED = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_JOINER = "\u2060"  # of no width, where no line breaks
_UNSEEN = ("Cc", "Cf", "Cs")


def as_markdown(text: str) -> str:
    """Markdown that shows a text as it is, on one line.

    Marks are escaped. Addresses are made links even so, after the escapes are read, so an invisible mark parts them.
    What has no picture of its own is left out: control characters, and marks that turn the direction of the line.
    """
    line = "".join(letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in _UNSEEN)
    return _MARKS.sub(r"\\\g<0>", _LINKED.sub(_JOINER, line))
