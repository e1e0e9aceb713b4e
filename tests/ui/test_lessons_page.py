"""The lessons as they are used: each opens, its controls answer, its questions know right from wrong."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.architecture import plan
from effnet_viz.ui.lessons import depthwise
from effnet_viz.ui.lessons.contents import LESSONS
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session.budget import BUDGET
from effnet_viz.ui.session.byte_cache import NETWORKS

ROOT = Path(__file__).parents[2]
SECONDS = 120
MOST_WORDS = 120
QUESTIONS = 3
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for room in ("network", "architecture")
    for path in (ROOT / "effnet_viz" / room).glob("*.py")
)


def open_lesson(number: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=SECONDS)
    app.query_params.update({"lesson": number, **query})
    return run(app.switch_page(page_path("lessons")))


def run(changed) -> AppTest:
    """Run the app, or the app of a widget that was just used."""
    app = changed.run()
    assert not app.exception, app.exception
    return app


def questions(app: AppTest) -> list:
    return [radio for radio in app.radio if radio.key.startswith("answer_")]


def prompts(app: AppTest) -> list[tuple]:
    return [(radio.label, *radio.options) for radio in questions(app)]


SLOW_LESSON = "6"  # runs the network at every size


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[pytest.mark.slow] if n == SLOW_LESSON else []) for n in LESSONS]
)
def test_every_lesson_opens_with_its_words_the_code_of_the_network_and_its_questions(number):
    app = open_lesson(number)
    assert app.title[0].value == f"{number} {LESSONS[number].title}"
    assert not app.error
    assert len(questions(app)) == QUESTIONS
    shown = [block.value for block in app.code if re.match(r"(class|def) \w+", block.value)]
    assert shown and all(source.strip() in SOURCES for source in shown)


@pytest.mark.parametrize("number", LESSONS)
def test_no_lesson_says_much_before_there_is_something_to_do(number):
    words = re.sub(r"\$\$.*?\$\$", " ", LESSONS[number].lead, flags=re.DOTALL).split()
    assert len(words) <= MOST_WORDS


@pytest.mark.parametrize("number", LESSONS)
def test_a_right_answer_is_told_from_a_wrong_one(number):
    app = open_lesson(number)
    first = questions(app)[0].key
    said = []
    for option in app.radio(key=first).options:
        run(app.radio(key=first).set_value(app.radio(key=first).options.index(option)))
        right, wrong = len(app.success), sum(text.value.startswith("No, ") for text in app.warning)
        assert (right, wrong) in ((1, 0), (0, 1))
        said.append(right)
        if wrong:
            assert any(f"No, it is {option}" in app.warning[-1].value for option in app.radio(key=first).options)
    assert sum(said) == 1
    assert any("Right answers in this session" in caption.value for caption in app.caption)


@pytest.mark.slow
@pytest.mark.parametrize("number", LESSONS)
def test_another_photo_asks_something_else(number):
    app = open_lesson(number, photo="coffee")
    before = prompts(app)
    app.session_state["photo"] = "chelsea"  # what a click on its thumbnail sets
    assert prompts(run(app)) != before


@pytest.mark.slow
@pytest.mark.parametrize("number", LESSONS)
def test_another_network_asks_something_else(number):
    app = open_lesson(number)
    before = prompts(app)
    app.selectbox(key="variant").set_value("shapes")
    assert prompts(run(app)) != before


@pytest.mark.slow
@pytest.mark.parametrize("number", LESSONS)
@pytest.mark.parametrize("variant", ["shapes", "v2_b0", "edgetpu_s"])
def test_lessons_work_for_other_families(number, variant):
    app = open_lesson(number)
    assert not run(app.selectbox(key="variant").set_value(variant)).error


@pytest.mark.slow
def test_lessons_are_walked_through_by_their_buttons():
    app = open_lesson("1")
    for number in list(LESSONS)[1:]:
        run(app.button(key="lesson_turn_next").click())
        assert app.title[0].value.startswith(f"{number} ")
    assert not [button for button in app.button if button.key == "lesson_turn_next"]
    run(app.button(key="lesson_turn_previous").click())
    assert app.title[0].value.startswith("6 ")


def test_a_nonsense_lesson_falls_back_to_the_first():
    assert open_lesson("12").title[0].value.startswith("1 ")


def test_an_edited_kernel_becomes_ones_own():
    app = open_lesson("1")
    before = prompts(app)
    run(app.number_input(key="kernel_11").set_value(3.5))
    assert app.selectbox(key="filter").value == "Your own"
    assert prompts(app) != before
    run(app.selectbox(key="filter").set_value("Blur"))
    assert app.number_input(key="kernel_11").value == 0.12


def test_the_address_carries_a_kernel():
    app = open_lesson("1", filter="Your own", weights_3x3="1,2,3,4,5,6,7,8,9")
    assert [app.number_input(key=f"kernel_{row}{column}").value for row in range(3) for column in range(3)] == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
    ]


def test_stepping_moves_the_window_by_one():
    app = open_lesson("1")

    def where() -> int:
        sentence = next(text.value for text in app.markdown if text.value.startswith("Window "))
        return int(re.match(r"Window ([\d,]+)", sentence).group(1).replace(",", ""))

    start = where()
    run(app.button(key="window_step").click())
    assert where() == start + 1
    run(app.button(key="window_back").click())
    assert where() == start


def test_sliders_follow_a_layer_and_a_layer_the_sliders():
    app = open_lesson("2", variant="lite0")
    run(app.selectbox(key="lesson_layer").set_value("7.1"))
    layer = plan("lite0").layer("7.1.depthwise")
    assert app.slider(key="c_in").value == layer.in_shape[0]
    assert app.slider(key="size").value == layer.out_shape[1]
    assert any(f"{layer.macs:,}".replace(",", r"\,") in formula.value for formula in app.latex)
    run(app.slider(key="c_in").set_value(17))
    assert app.selectbox(key="lesson_layer").value == "numbers of your own"


def test_times_are_measured_when_asked_for():
    app = open_lesson("2", c_in="8", c_out="8", size="14")
    for count in (3, 6):  # a second press measures again, and the median is taken of all
        run(app.button(key="measure_convolutions").click())
        assert any("of the standard one's multiply-adds and takes" in text.value for text in app.markdown)
        assert any(f"Median of {count} measurements" in text.value for text in app.caption)


def test_without_se_the_shapes_network_steps_in_and_is_named():
    app = open_lesson("3")
    assert any("EfficientNet-Lite0 has none; the film shows" in text.value for text in app.markdown)
    reason = "EfficientNet-Lite0 has no squeeze and excitation, because"
    assert any(text.value.startswith(reason) for text in app.caption)
    app.selectbox(key="variant").set_value("shapes")
    run(app)
    assert not any("EfficientNet-Lite0" in text.value for text in [*app.markdown, *app.caption])


@pytest.mark.slow
def test_softmax_in_place_of_the_sigmoid_changes_the_answer():
    app = open_lesson("3")
    run(app.segmented_control(key="gating").set_value("softmax"))
    told = next(text.value for text in app.markdown if "As it is, the answer is" in text.value)
    assert "With softmax" in told and "was trained with a sigmoid" in told
    untrained = open_lesson("3", variant="b0")
    told = next(text.value for text in untrained.markdown if "As it is, the answer is" in text.value)
    assert "The network is untrained" in told and "was trained" not in told


def test_each_roll_throws_the_dice_anew():
    app = open_lesson("4")

    def told() -> str:
        return next(text.value for text in app.markdown if text.value.startswith("Draw "))

    rolls = {told()}
    for _ in range(4):
        run(app.button(key="roll").click())
        rolls.add(told())
    assert len(rolls) == 5
    assert len({roll.split(":")[1] for roll in rolls}) > 1


def test_the_way_down_counts_up():
    app = open_lesson("5", down="3")
    told = next(text.value for text in app.markdown if text.value.startswith("**After stage"))
    assert told.startswith("**After stage 3**")


def test_progress_is_remembered_from_lesson_to_lesson():
    app = open_lesson("6")
    for option in range(len(questions(app)[0].options)):
        run(app.radio(key=questions(app)[0].key).set_value(option))
    run(app.button(key="lesson_turn_next").click())
    assert any("scaling 1" in caption.value for caption in app.caption)


def run_the_networks(app: AppTest) -> AppTest:
    """Ask for the runs of lesson 6: always for other networks, for other resolutions where this machine is slow."""
    for name in ("start_resolutions", "ask_networks", "start_networks"):
        if any(button.key == name for button in app.button):
            run(app.button(key=name).click())
    return app


def timed_table(app: AppTest, first: str) -> dict[str, list]:
    """The table of measured times whose first column has some name."""
    tables = (table.value.to_dict("list") for table in app.dataframe)
    return next(table for table in tables if first in table and "Milliseconds" in table)


@pytest.mark.slow
def test_networks_of_other_shapes_run_on_the_photo():
    app = run_the_networks(open_lesson("6"))
    table = timed_table(app, "Network")
    assert table["Network"] == ["B0", "B0 at 600", "Deep and narrow", "B3"]
    assert table["Last maps"] == [
        ", ".join(f"{math.ceil(side / cell)}²" for cell in (8, 16, 32)) for side in (224, 600, 224, 300)
    ]
    assert all(value > 0 for value in table["Milliseconds"])
    assert table["Weights"][2] == "untrained"  # nobody ever trained that one
    assert any(caption.value.startswith("Untrained: ") for caption in app.caption)


@pytest.mark.slow
def test_a_trained_network_answers_at_other_resolutions_and_an_untrained_one_does_not():
    app = run_the_networks(open_lesson("6"))
    table = timed_table(app, "Pixels")
    assert len(table["Pixels"]) == len(set(table["Last maps"])) >= 3
    assert "224" in table["Pixels"]
    assert len(set(table["Probability"])) > 1
    run(app.selectbox(key="variant").set_value("v2_b0"))
    assert "Answer" not in timed_table(run_the_networks(app), "Pixels")
    assert any("an answer would mean nothing" in text.value for text in app.markdown)


@pytest.mark.slow
def test_looking_again_runs_no_network(monkeypatch):
    app = run_the_networks(open_lesson("6"))

    def never(*arguments):
        raise AssertionError("a network ran")

    monkeypatch.setattr("effnet_viz.lessons.scaled_runs.run_scaled", never)
    run(app.slider(key="times").set_value(9))
    run(app.segmented_control(key="cell").set_value("8"))


def test_a_slow_machine_asks_before_it_runs_networks(monkeypatch):
    monkeypatch.setattr("effnet_viz.ui.lessons.scaling_runs.seconds_of_plan", lambda planned: 100.0)
    monkeypatch.setattr(
        "effnet_viz.lessons.scaled_runs.run_scaled", lambda *arguments: pytest.fail("a network ran unasked")
    )
    app = open_lesson("6", photo="giraffes")
    run(app.button(key="ask_networks").click())
    labels = {button.key: button.label for button in app.button}
    assert "min" in labels["start_resolutions"] and "min" in labels["start_networks"]


def test_no_other_network_is_loaded_before_somebody_asks(monkeypatch):
    monkeypatch.setattr(
        "effnet_viz.ui.lessons.scaling_runs.model_of", lambda *arguments: pytest.fail("a network was loaded unasked")
    )
    app = open_lesson("6", photo="giraffes")
    assert "ask_networks" in {button.key for button in app.button}


@pytest.mark.slow
def test_networks_of_lesson_6_ask_for_their_memory(monkeypatch):
    NETWORKS.clear()
    asked = []
    promise = BUDGET._promise
    monkeypatch.setattr(BUDGET, "_promise", lambda needed, title: asked.append(title) or promise(needed, title))
    run_the_networks(open_lesson("6", photo="giraffes"))
    assert asked.count("EfficientNet-B3") == 2  # to be loaded, and to be run


def test_a_convolution_that_would_fill_the_memory_is_not_measured(monkeypatch):
    app = open_lesson("2", variant="shapes")
    assert any(button.key == "measure_convolutions" for button in app.button)
    monkeypatch.setattr(depthwise, "MOST_WEIGHTS", 10)
    app.run()
    assert not any(button.key == "measure_convolutions" for button in app.button)
    assert any("up to 10 are measured here" in text.value for text in app.caption)
