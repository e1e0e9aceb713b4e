"""A custom network on the pages that run it: grey input works, four channels are refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path

ROOT = Path(__file__).parents[2]
SMALL = "w0.3-d0.3-r64-official"


def open_page(page: str, custom: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.session_state["variant"] = "custom"
    app.query_params["custom"] = custom
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("code", [f"{SMALL}-i1", f"{SMALL}-senone-c10", f"{SMALL}-se0.5-hfixed-c1"])
def test_it_looks_at_a_photo(code: str):
    app = open_page("overview", code)
    assert not app.error
    assert app.title[0].value.startswith("EfficientNet, width 0.3, depth 0.3, ")
    assert "untrained" in app.warning[0].value


@pytest.mark.parametrize("page", ["overview", "feature_maps", "se_attention", "evidence", "lessons"])
def test_four_input_channels_are_refused_with_the_reason(page: str):
    app = open_page(page, f"{SMALL}-i4")
    assert [error.value for error in app.error] == [
        "EfficientNet, width 0.3, depth 0.3, 4 channels in takes images of 4 channels; a photo has 3 (or 1, as grey), "
        "so this network can be drawn but not shown a photo."
    ]


def test_without_se_the_page_of_gates_says_so():
    app = open_page("se_attention", f"{SMALL}-senone")
    assert not app.error
    assert any("squeeze" in text.value.lower() for text in [*app.info, *app.markdown])
