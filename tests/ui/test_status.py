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

from effnet_viz.ui.navigation import ENTRIES
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


def ask(
    path: str, address: str = "127.0.0.1", headers: Mapping[str, str] = {}, version: str = "1.1", **query: str
) -> Answer:
    """What the server answers, asked as a web server hands a request over (ASGI)."""
    headers = {"Host": "localhost:8501", **headers}
    sent = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": version, "method": "GET", "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http",
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


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1, 10.0.0.7"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Forwarded-Proto": "https"}},
        {"headers": {"Via": "1.1 school"}},
        {"headers": {"Host": "efficientnet.school.example"}},
        {"headers": {"Host": "127.0.0.1.evil.example:8501"}},
        {"headers": {"Host": ""}},
        {"headers": {"Host": "["}},
        {"version": "1.0"},
        {"address": "10.0.0.7", "headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"address": "10.0.0.7", "headers": {"Host": "localhost"}},
    ],
    ids=str,
)
def test_nobody_becomes_local_by_a_proxy_or_a_name(asked: dict):
    assert ask("/status.json", **asked).status == 403


@pytest.mark.parametrize(
    ("address", "host"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]:8501"), ("::ffff:127.0.0.1", "localhost:8501")]
)
def test_the_own_machine_is_known_by_all_its_names(address: str, host: str):
    assert ask("/status.json", address, headers={"Host": host}).status == 200


def test_no_link_leads_to_it():
    assert not [entry for entry in ENTRIES if "status" in entry]


def test_json_and_prometheus_say_the_same(answers, monkeypatch):
    now = numbers.numbers()
    monkeypatch.setattr(routes, "numbers", lambda: now)
    with answers.timed("se_attention"):
        pass
    said = json.loads(ask("/status.json").text)
    samples = dict(line.rsplit(" ", 1) for line in ask("/status.prometheus").text.splitlines() if line[0] != "#")
    expected = {
        "effnet_viz_sessions": said["sessions"],
        "effnet_viz_pages_running": said["running"],
        "effnet_viz_trainings": said["trainings"],
        'effnet_viz_waiting{for="turn",length="short"}': said["waiting_short"],
        'effnet_viz_waiting{for="turn",length="long"}': said["waiting_long"],
        'effnet_viz_waiting{for="memory",length="any"}': said["waiting_memory"],
    }
    expected |= {f'effnet_viz_memory_bytes{{kind="{kind}"}}': size for kind, size in said["memory"].items()}
    for page, times in said["answers"].items():
        expected[f'effnet_viz_answers{{page="{page}"}}'] = times["count"]
        for quantile, name in (("0.5", "median"), ("0.95", "p95"), ("1", "worst")):
            expected[f'effnet_viz_answer_seconds{{page="{page}",quantile="{quantile}"}}'] = times[name]
    assert samples.keys() == expected.keys() and set(said["answers"]) == {"overview"}
    assert {name: float(text) for name, text in samples.items()} == pytest.approx(expected, abs=1e-6)


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
