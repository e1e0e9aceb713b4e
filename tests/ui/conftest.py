"""Pages are tested as they run on a server that has had a visitor before."""

from __future__ import annotations

import pytest
from streamlit.runtime.pages_manager import PagesManager


@pytest.fixture(autouse=True)
def server_after_its_first_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's tester forgets before every run that `st.navigation` was called, which a server does not.

    What happens before it was called once is tested in `tests/test_deep_link.py`.
    """
    begin = PagesManager.__init__

    def begin_later(self, *arguments, **keywords) -> None:
        begin(self, *arguments, **keywords)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_later)
