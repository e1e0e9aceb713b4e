"""Which engine answers, said once at the end of a page where it is not the usual one."""

from __future__ import annotations

from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.plain_text import as_markdown


def say_engine() -> None:
    """A sentence where PyTorch answers in ONNX Runtime's place, and why; nothing elsewhere."""
    try:
        runner = chosen.chosen_model().runner
    except (ValueError, RuntimeError):
        return  # the page has said why there is no network
    if runner.refused:
        note(as_markdown(f"{runner.engine} answers here. {runner.refused}"))
