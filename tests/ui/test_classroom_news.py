"""What a browser in a classroom hears when it asks: nothing, that its bar is old, or where to go."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from effnet_viz.classroom import Rooms, Seat, ShownPage, Stage, TextQuestion
from effnet_viz.ui.classroom import news_route
from effnet_viz.ui.classroom.news_route import ENDED, MAX_BYTES, news, sign

WHY = TextQuestion(prompt="Why?")


@pytest.fixture
def rooms() -> Rooms:
    return Rooms(lambda: 1.0)


def ask(rooms: Rooms, seat: Seat, **said: Any) -> dict[str, Any] | None:
    """What a browser hears that has drawn the room as it is now."""
    drawn = {"seen": sign(rooms.see(seat)), "follows": rooms.see(seat).follows}
    return news(rooms, {"code": seat.code, "secret": seat.secret, **drawn, **said})


def test_who_waits_hears_nothing(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    assert ask(rooms, student) is None
    assert ask(rooms, teacher) is None


def test_a_follower_is_sent_until_it_has_arrived_and_then_left_alone(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    assert ask(rooms, teacher, location="/app/compare?left=b0&room=XXXX&stage=1&right=b7") is None
    heard = ask(rooms, student, reached=None)
    assert heard["view"] == {"page": "compare", "parameters": (("left", "b0"), ("right", "b7"))}
    assert ask(rooms, student, reached=None) == heard  # the browser has not come there yet
    assert ask(rooms, student, reached=heard["shown"]) is None
    rooms.follow(student, False)
    assert ask(rooms, student, reached=None) is None


def test_the_first_page_has_an_empty_path_and_the_classroom_itself_is_not_shown(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    ask(rooms, teacher, location="/classroom")
    assert rooms.see(student).shown is None
    ask(rooms, teacher, location="/?variant=b0")
    assert ask(rooms, student, reached=None)["view"] == {"page": "", "parameters": (("variant", "b0"),)}


def test_an_old_bar_is_told_again_and_again_until_it_is_drawn(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    old = sign(rooms.see(student))
    rooms.ask(teacher, WHY)
    for _ in range(3):
        assert ask(rooms, student, seen=old)["seen"] == sign(rooms.see(student)) != old
    assert ask(rooms, student) is None


def test_the_teacher_hears_of_everybody_who_comes_and_answers_and_students_do_not(rooms):
    teacher = rooms.open()
    first = rooms.join(teacher.code)
    number = rooms.ask(teacher, WHY)
    drawn = {seat: sign(rooms.see(seat)) for seat in (teacher, first)}
    rooms.answer(first, number, "light")
    rooms.join(teacher.code)
    assert ask(rooms, teacher, seen=drawn[teacher]) is not None
    assert ask(rooms, first, seen=drawn[first]) is None
    rooms.reveal(teacher, number, Stage.ANSWERS)
    assert ask(rooms, first, seen=drawn[first]) is not None


def test_a_student_cannot_lead_by_telling_an_address(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    rooms.show(teacher, ShownPage(page="compare"))
    assert news(rooms, {"code": student.code, "secret": student.secret, "location": "/evidence"}) == {"seen": ENDED}
    assert rooms.see(student).shown == ShownPage(page="compare")


def test_who_has_no_seat_hears_that_it_is_over(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    for code, secret in ((teacher.code, "guessed"), ("BBBB", teacher.secret), (None, None), ([], {})):
        assert news(rooms, {"code": code, "secret": secret}) == {"seen": ENDED}
    rooms.close(teacher)
    assert news(rooms, {"code": student.code, "secret": student.secret}) == {"seen": ENDED}


def test_an_address_too_long_for_a_class_is_said_and_the_teacher_stays(rooms):
    teacher = rooms.open()
    heard = ask(rooms, teacher, location="/compare?" + "x=1&" * 200)
    assert "too long to show to a class" in heard["said"]
    assert ask(rooms, teacher, location="/compare?left=b0") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b"\xff", 400), (b'"x"', 400), (b"{}", 200), (b" " * (MAX_BYTES + 1), 413)],
)
def test_nonsense_is_refused(body, status):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/classroom_news", "headers": [], "query_string": b""}
    asyncio.run(news_route.ROUTES[0].handle(scope, receive, send))
    assert sent[0]["status"] == status
    assert status != 200 or json.loads(sent[1]["body"]) == {"seen": ENDED}
