"""`/overview`: Streamlit knows its first page by no name of its own, so an address with that name is sent to `/`."""

from __future__ import annotations

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from effnet_viz.ui.navigation import FIRST


async def _to_first_page(request: Request) -> RedirectResponse:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"./{query}")  # relative: the app may stand under a path of a larger site


_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
ROUTES = [Route(f"/{_BASE}/{FIRST}" if _BASE else f"/{FIRST}", _to_first_page)]
