"""The classroom page, and the questions that the app asks by itself: their answers are those of the library."""

from __future__ import annotations

import re
from pathlib import Path

import numpy
import pytest
from streamlit.testing.v1 import AppTest

import effnet_viz as ev
from effnet_viz.classroom import ChoiceQuestion, ClassroomError, Rooms, Stage
from effnet_viz.images import open_sample
from effnet_viz.ui.classroom import computed, example, seat
from effnet_viz.ui.widgets.plain_text import as_markdown

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """Rooms of this test alone."""
    fresh = Rooms()
    monkeypatch.setattr(seat, "_ROOMS", fresh)
    return fresh


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "effnet_viz" / "ui" / "main_script.py"), default_timeout=120)
    app.query_params.update(query)
    app.switch_page(str(ROOT / "pages" / "classroom.py")).run()
    assert not app.exception, app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def test_a_room_is_opened_shown_and_closed(rooms):
    app = press(open_page(), "Open a classroom")
    code = app.session_state["classroom_seat"].code
    assert any(f"Leading room {code}" in text.value for text in app.markdown)
    assert any(f"classroom?room={code}" in text.value for text in app.code)
    press(app, "Close the room")
    assert any(f"Room {code} is closed" in text.value for text in app.info)
    with pytest.raises(ClassroomError, match="closed by its teacher"):
        rooms.join(code)


def test_a_student_joins_and_sees_the_question_as_plain_text(rooms):
    teacher = rooms.open()
    app = open_page()
    app.text_input(key="classroom_code").input(teacher.code.lower())
    app.text_input(key="classroom_name").input("<b>Ada</b>")
    press(app, "Join")
    rooms.ask(teacher, ChoiceQuestion(prompt="**Which** <i>one</i>?", options=("$x$", ":red[y]")))
    app.run()
    assert app.header[0].value == as_markdown("**Which** <i>one</i>?")
    assert app.radio[0].options == [as_markdown("$x$"), as_markdown(":red[y]")]
    app.radio[0].set_value(1).run()
    assert [(row.answer, row.name) for row in rooms.results(teacher)] == [(":red[y]", "<b>Ada</b>")]


@pytest.mark.parametrize(("code", "says"), [("ab", "is not a classroom code"), ("BBBB", "no room BBBB")])
def test_a_wrong_code_is_one_sentence(rooms, code, says):
    app = open_page()
    app.text_input(key="classroom_code").input(code)
    press(app, "Join")
    assert [says in re.sub(r"\\", "", error.value) for error in app.error] == [True]


def test_a_server_full_of_rooms_says_so(rooms):
    for _ in range(20):
        rooms.open()
    app = press(open_page(), "Open a classroom")
    assert any("All 20 classrooms" in error.value for error in app.error)


def test_a_server_full_of_people_says_so(rooms):
    teacher = rooms.open()
    for _ in range(200):
        rooms.join(teacher.code)
    app = open_page()
    app.text_input(key="classroom_code").input(teacher.code)
    press(app, "Join")
    assert [re.sub(r"\\", "", error.value) for error in app.error] == [
        f"This server holds 200 students, and all places are taken; room {teacher.code} has one again when somebody "
        "leaves."
    ]


def test_a_question_that_a_broken_run_left_behind_is_asked_by_the_next_one_and_once(rooms):
    app = press(open_page(), "Open a classroom")
    app.session_state["classroom_kind"], app.session_state["classroom_wanted"] = "most", True
    app.run()
    app.run()
    teacher = app.session_state["classroom_seat"]
    assert "most parameters" in rooms.see(teacher).asked.question.prompt
    assert rooms.see(teacher).questions == 1


def test_a_question_that_cannot_be_asked_is_one_sentence(rooms):
    app = press(open_page(), "Open a classroom")
    app.session_state["classroom_ask"] = True
    app.session_state["classroom_kind"], app.session_state["classroom_wanted"] = "gate", True
    app.run()
    assert [re.sub(r"\\", "", error.value) for error in app.error] == [
        "EfficientNet-Lite0 has no gates; choose a network with SE, such as EfficientNet-B0."
    ]
    assert rooms.see(app.session_state["classroom_seat"]).asked is None


def test_the_teacher_shows_the_answers_and_the_solution_and_closes_the_question(rooms):
    app = press(open_page(), "Open a classroom")
    teacher = app.session_state["classroom_seat"]
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, ChoiceQuestion(prompt="Which?", options=("a", "b"), right=1, because="So it is."))
    rooms.answer(student, number, 1)
    press(app.run(), "Show the answers")
    assert rooms.see(student).asked.stage == Stage.ANSWERS
    press(app, "Show the solution")
    assert [success.value for success in app.success] == ["**b.** So it is."]
    press(app, "Close the question")
    assert rooms.see(student).asked is None


def test_an_answer_after_the_reveal_is_not_counted_and_told(rooms):
    teacher = rooms.open()
    app = open_page()
    app.text_input(key="classroom_code").input(teacher.code)
    press(app, "Join")
    number = rooms.ask(teacher, ChoiceQuestion(prompt="Which?", options=("a", "b")))
    app.run()
    rooms.reveal(teacher, number, Stage.ANSWERS)
    app.radio[0].set_value(1).run()
    assert rooms.results(teacher) == []
    assert "You have not answered this question." in [caption.value for caption in app.caption]


@pytest.fixture(scope="module")
def lite0():
    return ev.load("lite0")


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_first_class_and_place_are_what_the_library_finds(lite0, name):
    photo = open_sample(name)
    best = ev.predict(lite0, photo, k=1)[0]
    question = computed.first_class(name)
    assert question.options[question.right] == best.label and f"{best.probability:.1%}" in question.because
    place = computed.where_it_looks(name)
    evidence = ev.grad_cam(lite0, photo)
    row, column = numpy.unravel_index(evidence.values.argmax(), evidence.values.shape)
    left, top, right, bottom = evidence.view.cell_box(int(row), int(column), *evidence.values.shape)
    x, y = place.right[0] * photo.width, place.right[1] * photo.height
    assert left <= x <= right and top <= y <= bottom
    assert best.label in place.prompt and place.solution_picture and place.picture


def test_the_block_with_most_parameters_is_that_of_the_plan():
    question = computed.most_parameters(computed.ON_SCREEN)
    plan = ev.plan("lite0")
    params = {block.id: block.params for block in plan.blocks if block.spec}
    shown = {option: params[re.search(r"Block (\d\.\d+)", option)[1]] for option in question.options}
    assert max(shown, key=shown.get) == question.options[question.right]
    assert max(shown.values()) == max(params.values())


@pytest.mark.parametrize(("own", "told"), [(True, 1), (False, 0)])
def test_a_class_reads_that_the_network_has_only_seen_drawn_shapes(monkeypatch, own, told):
    model, photo = ev.load("shapes"), open_sample("koala")
    monkeypatch.setattr(computed.chosen, "chosen_model", lambda: model)
    monkeypatch.setattr(computed.chosen, "chosen_photo", lambda: photo)
    monkeypatch.setattr(computed.chosen, "chosen_task", lambda: "shapes")
    monkeypatch.setattr(computed.chosen, "own_photo_chosen", lambda: own)
    for kind in ("first", "gate"):
        asked = computed.question(kind, computed.ON_SCREEN)
        assert asked.prompt.count("has only ever seen drawn shapes") == told


def test_a_network_without_gates_says_so():
    with pytest.raises(ClassroomError, match="no gates; choose a network with SE"):
        computed.open_or_closed("coffee")


def test_gates_are_asked_as_the_network_has_them(monkeypatch):
    model = ev.load("shapes")
    photo = open_sample("coffee")
    monkeypatch.setattr(computed.chosen, "chosen_model", lambda: model)
    gates = ev.se_gates(model, photo)
    question = computed.open_or_closed("coffee")
    channel, block = re.search(r"channel (\d+) in block (\d\.\d+)", question.prompt).groups()
    gate = gates[block][int(channel)]
    assert question.right == (0 if gate >= 0.7 else 1) and f"{gate:.2f}" in question.because
    shut = computed.gate_shut("coffee")
    before, after = (float(share) for share in re.findall(r"([\d.]+)%", shut.because)[:2])
    if abs(after - before) > 0.2:
        assert shut.right == (0 if after > before else 2)


def test_an_example_whose_files_are_cut_is_a_sentence_and_the_page_goes_on(monkeypatch, tmp_path):
    cut = tmp_path / "rows.parquet"
    cut.write_bytes(example.ROWS.read_bytes()[:1000])
    monkeypatch.setattr(example, "ROWS", cut)
    monkeypatch.setattr(example, "example", example.example.__wrapped__)  # what was kept is another test's
    app = open_page()
    assert [error.value for error in app.error if "The example's files" in error.value]
    assert any(button.label for button in app.button)


def test_the_question_to_try_is_answered_as_the_network_answers():
    _, _, label, share, view = example.example()
    model, photo = ev.load("lite0"), ev.open_photo(ROOT / "assets" / "photos" / example.PHOTO)
    best = ev.predict(model, photo, k=1)[0]
    assert (best.label, best.probability) == (label, pytest.approx(share, abs=1e-3))
    assert view.input_size == model.preprocessing.view(photo.width, photo.height).input_size
    said = [text.value for text in open_page().markdown]
    assert any("Try a question" in text and label in text for text in said)
