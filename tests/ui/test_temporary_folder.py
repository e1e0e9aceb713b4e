"""A server that may write no temporary files, as in a container of which everything is read-only."""

from __future__ import annotations

import tempfile

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path


@pytest.mark.parametrize(("page", "sentences"), [("train", 1), ("folder", 1), ("glossary", 0)])
def test_pages_that_need_a_folder_for_temporary_files_say_so(monkeypatch, page, sentences):
    def found_none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in any place")

    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=60)
    app.switch_page(page_path(page))
    monkeypatch.setattr(tempfile, "gettempdir", found_none)
    app.run()
    assert not app.exception
    said = [box.value for box in app.error]
    assert len(said) == sentences
    assert all("TMPDIR" in words and "Errno" not in words for words in said)
