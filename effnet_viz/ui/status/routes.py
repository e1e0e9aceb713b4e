"""`/status`, `/status.json` and `/status.prometheus`, for the server's own machine and for who has the token.

    EFFNET_VIZ_STATUS_TOKEN=secret make run        http://server:8501/status?token=secret

A proxy has to say for whom it asks, as Caddy does by itself and nginx with X-Forwarded-For: else all who come through
one on this machine would be taken for people who sit at it.

The page is no page of the app: it is answered beside all sessions, also while every one of them waits.
"""

from __future__ import annotations

import dataclasses
import hmac
import ipaddress
import os
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from effnet_viz.ui.status.numbers import Numbers, numbers

SETTING = "EFFNET_VIZ_STATUS_TOKEN"
# Who asks through a proxy is not on this machine, though the proxy may be. Caddy and nginx's usual lines say for whom
# they ask; an nginx that says nothing speaks HTTP 1.0, which browsers left long ago.
FORWARDED = ("x-forwarded", "x-real-ip", "forwarded", "via")
PROXYS_HTTP = "1.0"
EVERY = 5  # seconds after which the page looks again
_AGAIN = """setInterval(() => fetch(location).then(answer => answer.ok ? answer.text() : "").then(text => {
  const now = new DOMParser().parseFromString(text, "text/html").querySelector("main")
  if (now) document.querySelector("main").replaceWith(now)
}).catch(() => {}), %d)"""  # a page that reloads as a whole takes a screen reader back to its beginning
REFUSED = (
    "How the server stands is shown on the server's own machine (http://localhost), and elsewhere to who adds "
    f"?token=... with the value that the server was started with in {SETTING}."
)
_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1B2530;"
    "background:#fff}table{border-collapse:collapse;margin:0 0 2rem}td,th{padding:.3rem 1.2rem .3rem 0;"
    "text-align:right;white-space:nowrap;border-bottom:1px solid #D8E0E8}td:first-child,th:first-child{text-align:left;"
    "white-space:normal}"
    "meter{width:100%;height:1.5rem}@media(prefers-color-scheme:dark){body{color:#E6EDF3;background:#11161C}"
    "td,th{border-color:#33404D}}"
)
_KINDS = {
    "used": "Used in all",
    "networks": "Networks",
    "results": "Kept results",
    "uploads": "Uploads",
    "pictures": "Pictures and files on screens",
    "promised": "Promised to work under way",
    "free": "Free",
    "limit": "Limit",
}


def allowed(request: Request) -> bool:
    """Whether who asks may know: by the token, or on the server's own machine."""
    token = os.environ.get(SETTING, "")
    if token and hmac.compare_digest(_token(request).encode(), token.encode()):
        return True
    proxied = any(name.startswith(FORWARDED) for name in request.headers) or request.get("http_version") == PROXYS_HTTP
    if request.client is None or proxied:
        return False
    # The name as well: a page from elsewhere whose name leads to this machine would be read by its own script.
    return _is_here(request.client.host) and _is_here(_name_asked_for(request))


def _name_asked_for(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:  # no name, as `[`
        return ""


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _token(request: Request) -> str:
    return parse_qs(request.scope["query_string"].decode("latin-1")).get("token", [""])[0]


def _route(path: str, form: Callable[[Numbers], Response]) -> Route:
    async def answer(request: Request) -> Response:
        if not allowed(request):
            return PlainTextResponse(REFUSED, status_code=403)
        return form(await run_in_threadpool(numbers))

    return Route(path, answer)


def as_json(now: Numbers) -> Response:
    """Everything, as JSON."""
    return JSONResponse(dataclasses.asdict(now))


def as_prometheus(now: Numbers) -> Response:
    """Everything in the text format of Prometheus, version 0.0.4.

    Source: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    lines = []
    for name, help_, values in (
        ("sessions", "Visitors with an open page.", {"": now.sessions}),
        ("memory_bytes", "Bytes by kind.", {f'{{kind="{kind}"}}': size for kind, size in now.memory.items()}),
        ("pages_running", "Pages that are being made.", {"": now.running}),
        (
            "waiting",
            "Work that waits for its turn or for memory.",
            {
                '{for="turn",length="short"}': now.waiting_short,
                '{for="turn",length="long"}': now.waiting_long,
                '{for="memory",length="any"}': now.waiting_memory,
            },
        ),
        ("trainings", "Trainings that run or wait.", {"": now.trainings}),
    ):
        lines += [f"# HELP effnet_viz_{name} {help_}", f"# TYPE effnet_viz_{name} gauge"]
        lines += [f"effnet_viz_{name}{labels} {value}" for labels, value in values.items()]
    name = "effnet_viz_answers"
    lines += [f"# HELP {name} Answers of a page, in the last quarter of an hour.", f"# TYPE {name} gauge"]
    lines += [f'{name}{{page="{page}"}} {times.count}' for page, times in now.answers.items()]
    name = "effnet_viz_answer_seconds"
    lines += [f"# HELP {name} Seconds a page took, in the last quarter of an hour.", f"# TYPE {name} gauge"]
    for page, times in now.answers.items():
        for quantile, seconds in (("0.5", times.median), ("0.95", times.p95), ("1", times.worst)):
            lines.append(f'{name}{{page="{page}",quantile="{quantile}"}} {seconds:.6f}')
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def as_page(now: Numbers) -> Response:
    """Everything for a teacher's eyes; it renews itself."""
    memory = now.memory
    rows = "".join(f"<tr><td>{words}</td><td>{memory[kind] / 1e6:,.0f} MB</td></tr>" for kind, words in _KINDS.items())
    answers = "".join(
        f"<tr><td>{escape(page)}</td><td>{times.count:,}</td><td>{times.median:.2f} s</td><td>{times.p95:.2f} s</td>"
        f"<td>{times.worst:.2f} s</td></tr>"
        for page, times in now.answers.items()
    )
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>EfficientNet: the server</title>
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<style>{_STYLE}</style><script>{_AGAIN % (1000 * EVERY)}</script></head><body><main>
<h1>The server</h1>
<p>Visitors: <b>{now.sessions}</b>. Pages being made: <b>{now.running}</b>. Waiting for their turn:
<b>{now.waiting_short}</b> short, <b>{now.waiting_long}</b> long; for memory: <b>{now.waiting_memory}</b>. Trainings:
<b>{now.trainings}</b>.</p>
<h2>Memory</h2>
<meter aria-label="Memory used" min="0"
max="{memory["limit"]}" high="{0.85 * memory["limit"]:.0f}" value="{memory["used"]}"></meter>
<table>{rows}</table>
<h2>How long pages took in the last quarter of an hour</h2>
<table><tr><th>Page</th><th>Answers</th><th>Half within</th><th>95 of 100 within</th><th>Longest</th></tr>
{answers}</table></main></body></html>"""
    )


_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
_PATH = f"/{_BASE}/status" if _BASE else "/status"
ROUTES = [_route(_PATH, as_page), _route(f"{_PATH}.json", as_json), _route(f"{_PATH}.prometheus", as_prometheus)]
