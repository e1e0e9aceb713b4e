"""The results of a class as a page: read by a parser that is not ours, with nothing in it that it should not have."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from effnet_viz.classroom import ChoiceQuestion, NumberQuestion, PlaceQuestion, Rooms, TextQuestion
from effnet_viz.reports.classroom_page import classroom_page


class Seen(HTMLParser):
    """Tags, and text by the tag it stands in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags = [""]
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append((self.tags[-1], data))

    def text(self) -> str:
        return " ".join(data for _, data in self.texts)


@pytest.fixture(scope="module")
def lesson():
    rooms = Rooms()
    teacher = rooms.open()
    ada, nobody = rooms.join(teacher.code, "<script>Ada</script>"), rooms.join(teacher.code)
    questions = {
        ChoiceQuestion(prompt="Which <b>?", options=("left", "right"), right=1, because="It is."): (1, 0),
        NumberQuestion(prompt="How many?", unit="blocks", right=16): (16.0, 7.5),
        PlaceQuestion(prompt="Where?", right=(0.5, 0.5)): ((0.5, 0.52), (0.9, 0.1)),
        TextQuestion(prompt="Why?"): ("light & shade", "=1+1"),
    }
    for question, answers in questions.items():
        number = rooms.ask(teacher, question)
        for seat, answer in zip((ada, nobody), answers, strict=True):
            rooms.answer(seat, number, answer)
    rooms.close(teacher)
    return teacher.code, rooms.questions(teacher), rooms.results(teacher)


def test_every_question_answer_and_solution_is_on_the_page(lesson):
    page = Seen(classroom_page(*lesson))
    assert [data for tag, data in page.texts if tag == "h2"] == [
        "1. Which <b>?", "2. How many?", "3. Where?", "4. Why?",
    ]  # fmt: skip
    for words in ("right.", "It is.", "16.", "light & shade", "=1+1", "4 questions, 8 answers from 2 people"):
        assert words in page.text()
    assert page.tags.count("svg") == 2 and page.tags.count("img") == 1


def test_names_are_there_only_if_wanted_and_are_text(lesson):
    without, with_names = (Seen(classroom_page(*lesson, names=names)) for names in (False, True))
    assert "Ada" not in without.text()
    assert "<script>Ada</script>" in with_names.text()
    assert "script" not in with_names.tags and "b" not in with_names.tags


def test_nothing_is_fetched_when_it_is_opened(lesson):
    page = classroom_page(*lesson)
    assert "default-src 'none'" in page
    assert not [part for part in page.split('src="')[1:] if not part.startswith("data:")]
