"""How the server stands: for its own machine and for who has the token, in three forms."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from effnet_viz.ui.session.answer_times import AnswerTimes
from effnet_viz.ui.status import numbers, routes


@pytest.fixture
def answers(monkeypatch) -> AnswerTimes:
    times = AnswerTimes()
    monkeypatch.setattr(numbers, "ANSWERS", times)
    with times.timed("overview"):
        pass
    return times


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


def ask(path: str, address: str = "127.0.0.1", headers: Mapping[str, str] = {}, **query: str) -> Answer:
    """What the server answers, asked as a web server hands a request over (ASGI)."""
    sent = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "http",
        "query_string": urlencode(query).encode(), "client": (address, 1), "server": ("server", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(Starlette(routes=routes.ROUTES)(scope, receive, send))
    start, *parts = sent
    return Answer(
        status=start["status"],
        headers={name.decode(): value.decode() for name, value in start["headers"]},
        text=b"".join(part["body"] for part in parts).decode(),
    )


@pytest.mark.parametrize("path", ["/status", "/status.json", "/status.prometheus"])
def test_only_the_own_machine_and_the_token_are_told(path: str, monkeypatch):
    assert ask(path).status == 200
    assert ask(path, "::1").status == 200
    assert ask(path, "10.0.0.7").status == 403
    assert ask(path, headers={"X-Forwarded-For": "10.0.0.7"}).status == 403
    assert ask(path, "10.0.0.7", token="").status == 403
    monkeypatch.setenv(routes.SETTING, "geheim")
    assert ask(path, "10.0.0.7", token="other").status == 403
    refused = ask(path, "10.0.0.7")
    assert refused.status == 403 and routes.SETTING in refused.text
    assert ask(path, "10.0.0.7", token="geheim").status == 200


def test_the_numbers_add_up(answers):
    answer = json.loads(ask("/status.json").text)
    memory = answer["memory"]
    assert memory["used"] > memory["networks"] + memory["results"] >= 0
    assert memory["limit"] >= memory["free"]
    assert answer["answers"]["overview"]["count"] == 1
    assert (answer["sessions"], answer["running"], answer["trainings"]) == (0, 0, 0)


def test_prometheus_can_read_it(answers):
    """Each line is a comment or `name{labels} number`, by the format's own grammar."""
    answer = ask("/status.prometheus")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    label = r'[a-zA-Z_]\w*="[^"\\\n]*"'
    sample = re.compile(rf"[a-zA-Z_:][\w:]*(\{{{label}(,{label})*\}})? [-+]?\d+(\.\d+)?(e[-+]?\d+)?")
    lines = answer.text.splitlines()
    assert answer.text.endswith("\n") and len(lines) > 20
    assert [line for line in lines if not line.startswith(("# HELP ", "# TYPE ")) and not sample.fullmatch(line)] == []
    assert 'effnet_viz_answer_seconds{page="overview",quantile="0.95"}' in answer.text


def test_times_are_sorted_by_page_and_old_ones_forgotten(monkeypatch):
    times = AnswerTimes()
    clock = iter([0.0, 2.0, 10.0, 11.0, 1000.0, 1000.5, 1001.0])
    monkeypatch.setattr("effnet_viz.ui.session.answer_times.time.monotonic", lambda: next(clock))
    for page in ("overview", "lessons", "overview"):
        with times.timed(page):
            assert times.running == 1
    by_page = times.by_page()
    assert list(by_page) == ["overview"]
    assert (by_page["overview"].count, by_page["overview"].worst) == (1, 0.5)
