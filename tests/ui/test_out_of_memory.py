"""A GPU without memory left: the CPU takes over and the visitor is told."""

from __future__ import annotations

import pytest
import torch
from streamlit.testing.v1 import AppTest


def page_that_runs_out() -> None:
    import streamlit as st
    import torch

    from effnet_viz.ui.session import chosen, models_and_runs

    def full(spec, weights, device):
        if device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return real(spec, weights, device)

    real, models_and_runs.model_of = models_and_runs.model_of, full
    try:
        st.session_state["device"] = "auto"
        st.write(chosen.chosen_model().device)
    finally:
        models_and_runs.model_of = real


def test_the_cpu_takes_over_and_the_visitor_is_told():
    page = AppTest.from_function(page_that_runs_out, default_timeout=120).run()
    assert not page.exception
    assert page.markdown[0].value == "cpu"
    assert "no memory left" in page.toast[0].value


def test_any_other_error_is_not_swallowed():
    from effnet_viz.ui.session import chosen

    with pytest.raises(RuntimeError, match="broken"):
        chosen._to_cpu(RuntimeError("broken"), "cuda:0")
    with pytest.raises(torch.OutOfMemoryError):
        chosen._to_cpu(torch.OutOfMemoryError("out of memory"), "cpu")
