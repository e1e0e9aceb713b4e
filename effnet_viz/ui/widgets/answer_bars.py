"""The answer of a network as bars that move: a class keeps its bar while its probability changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from effnet_viz.draw.numbers import percent

_PARTS = Path(__file__).parent / "frontend"
_answer = st.components.v2.component(
    "effnet_viz_answer",
    **{kind: (_PARTS / f"answer.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")},
)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A class.

    Attributes:
        index: of the class.
        label: its name.
        now: its probability, 0 to 1.
        before: what it was.
    """

    index: int
    label: str
    now: float
    before: float


def answer_bars(key: str, bars: Sequence[Bar], *, alt: str, changed: bool, said: str) -> None:
    """Bars below each other, each as long as its class is probable; a mark stands where it ended before.

    Args:
        key: the widget's key.
        bars: from top to bottom; always as many, so that nothing below them moves.
        alt: what they show.
        changed: whether there is a before that differs.
        said: a sentence below, which screen readers tell when it changes.
    """
    classes = [{**asdict(bar), "said": percent(bar.now)} for bar in bars]
    _answer(key=key, data={"classes": classes, "alt": alt, "changed": changed, "said": said})
