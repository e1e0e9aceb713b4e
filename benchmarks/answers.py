"""How long the server takes to answer a visitor: each page again with nothing new, and after one control was moved.

Streamlit's own `AppTest` runs the whole script as the server does, without a browser. A page that only has a title and
a slider says what Streamlit itself takes.
"""

from __future__ import annotations

import gc
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from effnet_viz.ui.navigation import HOME, MAIN_SCRIPT, page_path

COLD = """
import time; began = time.perf_counter()
import logging; logging.disable(logging.WARNING)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({app!r}, default_timeout=60).run()
app.switch_page({page!r}).run()
assert app.title and not app.exception
print(time.perf_counter() - began)
"""
BARE = 'import streamlit as st\nst.title("Bare")\nst.slider("Number", 0, 9)\n'
AGAIN = 9  # answers that are timed, after two that warm up


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One thing a visitor does.

    Attributes:
        page: file under `pages/` without its ending; `overview` is the start page.
        title: in words.
        query: the address that it starts from.
        control: kind and key of the widget that is moved, or None where the page is only run again.
        values: what it is moved to, in turns.
    """

    page: str
    title: str
    query: dict[str, str] = field(default_factory=dict)
    control: tuple[str, str] | None = None
    values: tuple[object, ...] = ()


ANSWERS = (
    Answer(page="overview", title="Overview, nothing new"),
    Answer(page="architecture", title="Architecture, nothing new"),
    Answer(
        page="architecture",
        title="Architecture, another variant",
        control=("selectbox", "variant"),
        values=("b4", "v2_s", "b7", "l2", "lite0"),
    ),
    Answer(page="compare", title="Compare, nothing new"),
    Answer(
        page="compare",
        title="Compare, another right side",
        control=("selectbox", "right"),
        values=("b4", "l2", "v2_s", "b7"),
    ),
    Answer(page="scaling", title="Scaling laboratory, phi", control=("slider", "phi"), values=(1.5, 3.0, 5.2, 0.4)),
    Answer(page="feature_maps", title="Feature maps, nothing new"),
    Answer(page="se_attention", title="SE attention, nothing new", query={"variant": "shapes"}),
    Answer(
        page="se_attention",
        title="SE attention, another block",
        query={"variant": "shapes"},
        control=("selectbox", "block"),
        values=("4.1", "5.2", "3.1", "6.1"),
    ),
    Answer(page="evidence", title="Class evidence, nothing new"),
    *(
        Answer(
            page="lessons",
            title=f"Lesson {lesson}, a slider",
            query={"lesson": lesson, **more},
            control=("slider", key),
            values=(3, 4, 5, 6),
        )
        for lesson, key, more in (
            ("1", "stem_channel", {"filter": "From the stem"}),
            ("2", "c_in", {}),
            ("3", "se_channel", {}),
            ("5", "down", {}),
            ("6", "times", {}),
            ("7", "sides", {}),
        )
    ),
    Answer(page="train", title="Train one, nothing new"),
)


def report(answers: tuple[Answer, ...] = ANSWERS) -> None:
    """Print the times as a Markdown table."""
    logging.disable(logging.WARNING)  # AppTest's notes on running without a server
    print("\n### Answers of the server\n")
    print("| what the visitor does | median time | processor time | to a bare page's |")
    print("|---|---|---|---|")
    with _bare_page() as bare:
        base = _timed(bare)
    print(f"| Architecture, first page of a fresh process | {_cold('architecture'):.2f} s | | |")
    print(_row("a bare page with a slider", base, base), flush=True)
    for answer in answers:
        print(_row(answer.title, _timed(_act(answer)), base), flush=True)


def _cold(page: str) -> float:
    """Seconds until a new process, which has imported nothing yet, has answered; the least of three."""
    script = COLD.format(app=str(MAIN_SCRIPT), page=page_path(page))
    return min(
        float(
            subprocess.run(
                [sys.executable, "-c", script], cwd=HOME, capture_output=True, text=True, check=True
            ).stdout.split()[-1]
        )
        for _ in range(3)
    )


def _row(title: str, times: tuple[float, float], base: tuple[float, float]) -> str:
    return f"| {title} | {1000 * times[0]:.0f} ms | {1000 * times[1]:.0f} ms | {times[1] / base[1]:.1f} |"


def _timed(act: Callable[[], None]) -> tuple[float, float]:
    """Median wall and processor time of an answer, in seconds."""
    act(), act()
    gc.collect()
    gc.freeze()  # as the app does once it is warm
    wall, processor = [], []
    for _ in range(AGAIN):
        started = time.perf_counter(), time.process_time()
        act()
        wall.append(time.perf_counter() - started[0])
        processor.append(time.process_time() - started[1])
    return statistics.median(wall), statistics.median(processor)


def _act(answer: Answer) -> Callable[[], None]:
    """The visitor's page, opened, and what is done on it again and again."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=300)
    app.query_params.update(answer.query)
    app.run()
    if answer.page != "overview":
        app.switch_page(page_path(answer.page))
        app.query_params.update(answer.query)
        app.run()
    values = islice(cycle(answer.values), 10**6) if answer.values else None

    def act() -> None:
        if values is not None:
            kind, key = answer.control
            getattr(app, kind)(key=key).set_value(next(values))
        app.run()
        if app.exception:
            raise RuntimeError(f"{answer.title}: {app.exception[0].message}")

    return act


@contextmanager
def _bare_page() -> Iterator[Callable[[], None]]:
    from streamlit.testing.v1 import AppTest

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bare.py"
        path.write_text(BARE, encoding="utf-8")
        app = AppTest.from_file(path, default_timeout=30)
        app.run()
        yield app.run
