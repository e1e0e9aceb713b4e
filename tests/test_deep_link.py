"""The very first visit to a fresh server, straight to a page: Streamlit finds the page by itself, without app.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["scaling", "compare"])
def test_a_first_visit_to_a_page_has_navigation_and_pickers(page: str):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert page in app.title[0].value.lower()
    assert app.sidebar.selectbox(key="variant").value == "lite0"
