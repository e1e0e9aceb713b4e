"""A page's report: made when it is asked for, about what the page shows, with the numbers of the library."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.images import PhotoError
from effnet_viz.reports.settings import settings_in
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session import chosen
from effnet_viz.ui.session.byte_cache import CACHE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "query", "shown"),
    [
        ("evidence", {"layer": "5.2", "target": "3"}, {"layer": "5.2", "target": 3}),
        ("feature_maps", {"block": "4.1"}, {"layer": "4.1"}),
        ("se_attention", {"block": "5.2", "channel": "17"}, {"chosen_gates": ("5.2:17",)}),
    ],
)
def test_a_page_makes_its_report_on_request(page, query, shown, monkeypatch):
    made = []
    put = CACHE.put

    def noted(key, value, *seconds) -> None:
        if key[0] == "report":
            made.append(value)
        put(key, value, *seconds)

    monkeypatch.setattr(CACHE, "put", noted)
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    query = {"variant": "shapes", **query}
    for _ in range(2):
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page(page_path(page))
        app.run()
    assert not app.exception and not made
    app.button(key="ask_report").click().run()
    assert not app.exception and len(made) == 1
    app.run()
    assert len(made) == 1  # not again at each rerun
    settings = settings_in(made[0].decode())
    assert settings.model == "shapes" and {name: getattr(settings, name) for name in shown} == shown
    numbers = json.loads(re.search(r'id="numbers">(.*?)</script>', made[0].decode(), re.DOTALL).group(1))
    assert sum(answer["probability"] for answer in numbers["predictions"]) <= 1.0001


def test_a_missing_bundled_photo_takes_no_page_down(monkeypatch):
    def missing(name: str) -> None:
        raise PhotoError("The bundled photo coffee.png is missing: restore the folder assets/photos.")

    monkeypatch.setattr(chosen, "sample_photo", missing)
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params["variant"] = "shapes"  # whose pictures are drawn
    app.switch_page(page_path("feature_maps")).run()
    assert not app.exception and not app.error
