"""The page on which a small network is trained: choices, a real training, what is kept of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.training.background import training_queue
from effnet_viz.training.tasks import TASKS
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path

ROOT = Path(__file__).parents[2]


def open_page() -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params["variant"] = "shapes"
    app.switch_page(page_path("train")).run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):
    return next(button for button in app.button if button.label.startswith(label))


def sizes(app: AppTest) -> str:
    return next(caption.value for caption in app.caption if "parameters" in caption.value)


def test_choices_decide_the_network_before_it_is_trained():
    app = open_page()
    assert sizes(app).startswith("125\N{NO-BREAK SPACE}k parameters")
    app.slider(key="train_width").set_value(2.0).run()
    wide = sizes(app)
    app.toggle(key="train_se").set_value(False).run()
    assert not app.exception
    assert len({wide, sizes(app), "125\N{NO-BREAK SPACE}k parameters"}) == 3


@pytest.mark.parametrize("task", TASKS)
def test_every_task_shows_its_pictures(task: str):
    app = open_page()
    app.selectbox(key="train_task").set_value(task).run()
    assert not app.exception
    assert any(f"{len(TASKS[task].class_names)} classes" in caption.value for caption in app.caption)


@pytest.mark.slow
def test_a_training_runs_stops_and_its_network_goes_to_the_other_pages():
    app = open_page()
    app.slider(key="train_width").set_value(0.5).run()
    button(app, "Start training").click().run()
    job = app.session_state["training"]
    try:
        end = time.monotonic() + 300
        while not job.view().reports and time.monotonic() < end:
            time.sleep(1)
        assert job.view().reports, job.view().message
        app.run()
        assert not app.exception
        button(app, "Stop").click().run()
        while job.view().active and time.monotonic() < end:
            time.sleep(1)
        assert job.view().status == "stopped"
        app.run()
        assert not app.exception
        button(app, "Use it").click().run()
        assert app.session_state["variant"] == "kept"
        app.switch_page(page_path("se_attention")).run()
        assert not app.exception
        app.switch_page(page_path("overview")).run()
        assert "looks at" in app.title[0].value
    finally:
        job.close()


@pytest.mark.slow
def test_a_second_visitor_waits_for_the_first():
    first, second = open_page(), open_page()
    jobs = []
    try:
        for app in (first, second):
            button(app, "Start training").click().run()
            jobs.append(app.session_state["training"])
        assert jobs[1].view().status == "waiting"
        assert "1 training is before this one" in jobs[1].view().message
    finally:
        for job in reversed(jobs):
            job.close()
    assert training_queue().position(jobs[0]) == 0
