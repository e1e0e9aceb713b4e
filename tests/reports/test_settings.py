"""Settings of a report that somebody wrote or changed: read, or refused in one sentence."""

from __future__ import annotations

import json

import pytest

from effnet_viz.reports import ReportSettings
from effnet_viz.reports.settings import settings_in

SETTINGS = {"photo": "a.jpg", "model": "b0"}


def test_lists_become_what_they_were():
    settings = ReportSettings(photo="a.jpg", model="b0", methods=("layer_cam",), chosen_gates=("5.2:17",), target=3)
    assert settings_in(settings.json()) == settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON object"),
        ('<script type="application/json" id="settings">' * 2, "no JSON object"),
        ("[" * 10**5, "no JSON object"),
        ("9" * 5000, "no JSON object"),
        ('[["photo", "a.jpg"]]', "no JSON object"),
        ("{}", "photo is missing"),
        (json.dumps({"photo": "a.jpg"}), "model is missing"),
        (json.dumps(SETTINGS | {"photo": 5}), "photo is 5; it takes words"),
        (json.dumps(SETTINGS | {"gates": "x" * 10**5}), "gates is .*; it takes a whole number"),
        (json.dumps(SETTINGS | {"gates": True}), "gates is true; it takes a whole number"),
        (json.dumps(SETTINGS | {"target": 1e999}), "target is Infinity; it takes a whole number or null"),
        (json.dumps(SETTINGS | {"methods": "grad_cam"}), "methods is .*; it takes a list of words"),
        (json.dumps(SETTINGS | {"chosen_gates": [5]}), "chosen_gates is .*; it takes a list of words"),
        (json.dumps(SETTINGS | {"trust": 1}), "trust is 1; it takes true or false"),
        (json.dumps(SETTINGS | {"\n" + "x" * 10**5: 1}), "no setting is called x"),
    ],
)
def test_what_is_wrong_is_one_sentence(text: str, said: str):
    with pytest.raises(ValueError, match=f"^These are not the settings of a report: .*{said}") as problem:
        settings_in(text)
    assert len(str(problem.value)) < 200 and str(problem.value).isprintable()
