"""Pages run inside app.py, also when Streamlit found one by itself.

Because the folder is called `pages`, Streamlit takes it for an app of the older kind until `st.navigation` has been
called once: on a fresh server a link straight to a page would show that page without navigation and pickers.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

PAGES = Path(__file__).resolve().parents[2] / "pages"
_inside: ContextVar[bool] = ContextVar("inside_app", default=False)


def run_page(page) -> None:
    """Run the chosen page; only app.py calls this."""
    token = _inside.set(True)
    try:
        page.run()
    finally:
        _inside.reset(token)


def within_app() -> None:
    """First line of every page: begin again with app.py where Streamlit did not."""
    if _inside.get():
        return
    try:
        found_by_streamlit = [st.Page("app.py"), *(st.Page(path) for path in sorted(PAGES.glob("*.py")))]
    except StreamlitAPIException:  # the page itself was started, and app.py is nowhere beside it
        return
    st.navigation(found_by_streamlit, position="hidden")  # ends the older kind, and stays on the page
    st.rerun()
