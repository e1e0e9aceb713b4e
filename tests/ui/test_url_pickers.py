"""Controls in the address: whatever an address asks for, a page opens, says what it could not do, and keeps choices."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.navigation import ENTRIES, MAIN_SCRIPT, page_path
from effnet_viz.ui.session.custom_network import from_code
from effnet_viz.ui.session.keys import ADDRESS, EVERY
from effnet_viz.ui.widgets.address import read_choice, read_choices, read_number, read_toggle

TITLES = {"b0": "EfficientNet-B0", "lite0": "EfficientNet-Lite0", "4.2": "Block 4.2"}
NASTY = ["²", "-1", "1e400", "nan", "inf", "9" * 5000, "", "`<b>*x*", "٣", "4.2;4.2;zz", "0x10", "1_0", "\x00", "None"]
texts = some.one_of(some.text(), some.sampled_from(NASTY), some.floats().map(str), some.integers().map(str))


@given(text=texts)
def test_any_text_for_a_choice_is_a_choice(text: str):
    reading = read_choice(text, TITLES, "b0", {"kept": "only its owner has"})
    assert reading.value in TITLES
    assert bool(reading.problem) == (text not in TITLES and text not in TITLES.values())


@given(text=texts, limit=some.integers(1, 3))
def test_any_text_for_several_choices_is_some_of_them(text: str, limit: int):
    reading = read_choices(text, TITLES, limit)
    assert len(set(reading.value)) == len(reading.value) <= limit
    assert set(reading.value) <= set(TITLES)


@given(text=texts, ends=some.tuples(some.integers(-100, 5000), some.integers(-100, 5000)), whole=some.booleans())
def test_any_text_for_a_number_is_a_number_between_its_ends(text: str, ends: tuple[int, int], whole: bool):
    low, high = sorted(ends)
    reading = read_number(text, low, high, low, whole=whole)
    assert math.isfinite(reading.value) and low <= reading.value <= high
    assert isinstance(reading.value, int if whole else (int, float))


@given(text=texts, default=some.booleans())
def test_any_text_for_a_toggle_is_on_or_off(text: str, default: bool):
    assert read_toggle(text, default).value in (True, False)


@given(text=texts)
def test_any_text_for_a_custom_network_is_one_or_a_reason(text: str):
    try:
        assert from_code(text).stages
    except ValueError as error:
        assert 0 < len(str(error)) < 300


@pytest.mark.parametrize("start", ["", "tutorial_", "ceil4_"])
def test_the_reason_does_not_repeat_a_word_of_5000_characters(start: str):
    with pytest.raises(ValueError, match=r".{20}") as refused:
        from_code(start + "9" * 5000)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("12", 12, ""),
        ("12.0", 12, ""),
        ("12.4", 12, "is not a whole number"),
        ("-3", 0, "is not between 0 and 31"),
        ("99", 31, "is not between 0 and 31"),
        ("²", 7, "is not a number"),
        ("nan", 7, "is not a number"),
        ("9" * 5000, 7, "is not a number"),
    ],
)
def test_what_is_said_of_a_number(text: str, value: int, problem: str):
    reading = read_number(text, 0, 31, 7, whole=True)
    assert (reading.value, reading.problem) == (value, problem)


def open_page(name: str, query: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params.update({"variant": "shapes", **query})
    return app.switch_page(page_path(name)).run()


@pytest.mark.parametrize("name", sorted(ADDRESS.keys() - {EVERY, "train"}))
def test_a_page_opens_whatever_its_address_asks_for(name: str):
    parameters = ADDRESS[name].keys() | {"weights", "picture", "block", "channel", "part", "left", "right", "also"}
    app = open_page(name, dict.fromkeys(parameters, "²`<b>"))
    assert not app.exception
    (said,) = [text.value for text in app.warning if "The address" in text.value]  # all in one place
    assert said.startswith("The address asks for") and said.count("“²\\`\\<b\\>”, which") > 1
    again = app.run()
    assert not again.exception and not [text for text in again.warning if "The address" in text.value]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ADDRESS.keys() - {EVERY}))
def test_no_value_of_any_parameter_breaks_a_page(name: str):
    """All parameters of the table at once, one nonsense after the other; each is taken, or said to be impossible."""
    parameters = (ADDRESS[name].keys() | ADDRESS[EVERY].keys()) - {"by_history", "variant", "room"}
    app = open_page(name, {})
    for value in NASTY:
        app.query_params.update({**dict.fromkeys(parameters, value), "by_history": "1"})
        app.run()
        assert not app.exception, (value, app.exception)
        assert sum("The address asks for" in text.value for text in app.warning) <= 1 and not app.toast


def test_every_page_of_the_table_exists():
    assert ADDRESS.keys() - {EVERY} <= ENTRIES.keys()


def test_a_network_that_only_another_visitor_has_is_said_to_be_so():
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    app.query_params["variant"] = "kept"
    app.run()
    assert "variant = “kept”, which only the visitor who made it has" in app.warning[0].value


@pytest.mark.slow
def test_classes_of_one_page_do_not_become_classes_of_another():
    """`classes` was the count of one page and the names of another, `against` a class and a way to compare."""
    app = open_page("architecture", {"classes": "10"})
    app.query_params.clear()
    app.switch_page(page_path("se_attention")).run()
    app.query_params.update({"part": "photos", "photos_or_groups": "groups"})
    app.run()
    assert not app.exception and len(app.multiselect(key="compared_classes").value) > 1
    app.query_params.clear()
    app.switch_page(page_path("evidence")).run()
    assert app.selectbox(key="rather_than").value == "none" and not [
        text for text in app.warning if "The address" in text.value
    ]


# What follows are scripts of a few controls, run as the app runs its pages.


def _script() -> None:
    import streamlit as st

    from effnet_viz.ui.widgets import url_pickers as pickers
    from effnet_viz.ui.widgets.address import begin_run, say_problems

    begin_run(st.session_state.get("test_page", "one"))
    pickers.choose(st.selectbox, "Block", {"1": "Stem", "2": "Second", "3": "Third"}, key="block", default="1")
    pickers.choose_number(st.slider, "Opacity", 0, 100, key="opacity", default=50)
    pickers.choose_toggle("Box", key="box")
    pickers.choose_page(3, key="page")
    pickers.choose_some("Photos", {"a": "A", "b": "B", "c": "C"}, key="photos", default=["a"], limit=2)
    tabs = {"first": "First tab", "second": "Second tab"}
    pickers.show_tab(
        {name: (words, lambda name=name: st.markdown(f"inside {name}")) for name, words in tabs.items()}, key="view"
    )
    say_problems(st.empty())


@pytest.fixture
def controls() -> AppTest:
    return AppTest.from_function(_script)


def test_defaults_are_not_in_the_address(controls: AppTest):
    controls.run()
    assert dict(controls.query_params) == {}
    assert [text.value for text in controls.markdown] == ["inside first"]


def test_every_kind_of_control_reads_and_writes_the_address(controls: AppTest):
    query = {"block": "3", "opacity": "20", "box": "true", "page": "3", "photos": "c;b", "view": "second"}
    controls.query_params.update(query)
    controls.run()
    state = controls.session_state
    assert (state["block"], state["opacity"], state["box"], state["photos"]) == ("3", 20, True, ["c", "b"])
    assert [text.value for text in controls.markdown] == ["inside second"]
    assert {name: controls.query_params[name] for name in query} == query and not controls.warning
    controls.selectbox(key="block").set_value("2").run()
    controls.toggle(key="box").set_value(False).run()
    assert controls.query_params["block"] == "2" and "box" not in controls.query_params


def test_words_in_place_of_ids_are_understood(controls: AppTest):
    controls.query_params["view"] = "Second tab"
    controls.run()
    assert [text.value for text in controls.markdown] == ["inside second"] and not controls.warning


def test_an_address_that_is_older_than_a_choice_does_not_undo_it(controls: AppTest):
    """Two quick clicks: the second one travels with the address from before the first was written."""
    controls.query_params["block"] = "3"
    controls.run()
    controls.selectbox(key="block").set_value("2").run()
    assert controls.query_params["block"] == "2"
    controls.query_params["block"] = "3"  # as the browser still has it
    controls.toggle(key="box").set_value(True).run()
    assert controls.session_state["block"] == "2" and controls.query_params["block"] == "2"


def test_back_brings_the_state_before(controls: AppTest):
    controls.run()
    controls.selectbox(key="block").set_value("2").run()
    controls.slider(key="opacity").set_value(10).run()
    controls.query_params.clear()
    controls.query_params.update({"block": "2", "by_history": "1"})
    controls.run()
    assert (controls.session_state["block"], controls.session_state["opacity"]) == ("2", 50)
    assert "by_history" not in controls.query_params


def test_choices_outlast_a_change_of_page_whose_address_is_empty(controls: AppTest):
    controls.run()
    controls.selectbox(key="block").set_value("2").run()
    controls.session_state["test_page"] = "two"
    controls.query_params.clear()
    controls.run()
    assert controls.session_state["block"] == "2" and controls.query_params["block"] == "2"
