"""Who may open, join and lead, what happens when a server is full, and how rooms end."""

from __future__ import annotations

import threading

import pytest

from effnet_viz.classroom import ChoiceQuestion, ClassroomError, Limits, Rooms, Seat, ShownPage
from effnet_viz.classroom.codes import LETTERS, new_code

YES_NO = ChoiceQuestion(prompt="Is it open?", options=("yes", "no"))
HOURS = 3600.0


def view(page: str, **parameters: str) -> ShownPage:
    return ShownPage(page=page, parameters=tuple(parameters.items()))


def test_codes_have_four_letters_that_nobody_confuses():
    codes = {new_code(set()) for _ in range(500)}
    assert {len(code) for code in codes} == {4}
    for alike in ("ILJ1", "OQD0", "UV", "MN", "CG"):
        assert len(set(alike) & set(LETTERS)) <= 1
    assert not set("AEIOU") & set(LETTERS)


def test_a_code_is_never_given_twice(monkeypatch):
    letters = iter("BBBBBBBBCCCC")
    monkeypatch.setattr("effnet_viz.classroom.codes.secrets.choice", lambda _: next(letters))
    assert new_code({"BBBB"}) == "CCCC"


@pytest.mark.parametrize("write", [str.lower, lambda code: f" {code[:2]}-{code[2:]} ", " ".join])
def test_a_code_may_be_typed_with_small_letters_and_gaps(rooms, write):
    teacher = rooms.open()
    assert rooms.join(write(teacher.code)).code == teacher.code


@pytest.mark.parametrize("typed", ["", "BCF", "BCFHJ", "12Ä4", "<b>B", "x" * 10_000])
def test_what_is_no_code_is_named_with_the_remedy(rooms, typed):
    with pytest.raises(ClassroomError, match="4 letters") as error:
        rooms.join(typed)
    assert len(str(error.value)) < 200


def test_a_wrong_code_is_named_with_the_remedy(rooms):
    wrong = "BBBB" if rooms.open().code != "BBBB" else "CCCC"
    with pytest.raises(ClassroomError, match=f"no room {wrong}.*teacher's screen"):
        rooms.join(wrong)


def test_the_server_is_full_of_rooms(rooms):
    teachers = [rooms.open() for _ in range(20)]
    with pytest.raises(ClassroomError, match="All 20 classrooms"):
        rooms.open()
    rooms.close(teachers[0])
    assert rooms.open().code not in {teacher.code for teacher in teachers}


def test_the_server_is_full_of_people(rooms, clock):
    room, other = rooms.open(), rooms.open()
    people = [rooms.join(room.code if number % 2 else other.code) for number in range(200)]
    with pytest.raises(ClassroomError, match="200 students"):
        rooms.join(room.code)
    rooms.leave(people[0])
    newcomer = rooms.join(room.code)
    with pytest.raises(ClassroomError, match="200 students"):
        rooms.come_back(people[0].code, people[0].secret)
    clock.wait(601)  # nobody has given a sign of life
    rooms.pulse(newcomer)
    assert rooms.come_back(people[0].code, people[0].secret) == people[0]


def test_a_room_remembers_everybody_who_was_there_up_to_a_bound(clock):
    rooms = Rooms(clock, Limits(seats=3))
    teacher = rooms.open()
    for _ in range(3):
        rooms.leave(rooms.join(teacher.code))
    with pytest.raises(ClassroomError, match="has seen 3 people"):
        rooms.join(teacher.code)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Ada \n Lovelace\t", "Ada Lovelace"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("**bold** :red[x]", "**bold** :red[x]"),
        ("x" * 10_000, "x" * 39 + "…"),
        ("\u202egnp.exe\x00\u200b", "gnp.exe"),
        ("", ""),
    ],
)
def test_names_are_plain_text_on_one_line_and_bounded(rooms, sent, kept):
    assert rooms.see(rooms.join(rooms.open().code, sent)).name == kept


def test_only_the_browser_that_opened_a_room_leads_it(rooms):
    teacher, stranger = rooms.open(), rooms.open()
    student = rooms.join(teacher.code, "Eve")
    stolen = (student, Seat(code=teacher.code, secret="guess"), Seat(code=teacher.code, secret=stranger.secret))
    for seat in stolen:
        for act in (
            lambda seat: rooms.show(seat, view("compare")),
            lambda seat: rooms.freeze(seat, True),
            lambda seat: rooms.ask(seat, YES_NO),
            rooms.put_away,
            rooms.close,
        ):
            with pytest.raises(ClassroomError, match="led by the browser that opened it"):
                act(seat)
        with pytest.raises(ClassroomError, match="Only the browser that opened"):
            rooms.results(seat)
    assert rooms.see(teacher).leads and not rooms.see(student).leads


def test_a_link_without_a_secret_gives_no_seat(rooms):
    teacher = rooms.open()
    with pytest.raises(ClassroomError, match=r"no seat in room.*join with the code"):
        rooms.come_back(teacher.code, "")
    for act in (rooms.see, rooms.pulse, rooms.leave, lambda seat: rooms.answer(seat, 1, 0)):
        with pytest.raises(ClassroomError, match="no seat"):
            act(Seat(code=teacher.code, secret="guess"))


def test_a_reload_keeps_seat_name_and_answer(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code, "Ada")
    number = rooms.ask(teacher, YES_NO)
    rooms.answer(student, number, 1)
    again = rooms.come_back(student.code.lower(), student.secret)
    assert again == student and rooms.see(again).name == "Ada" and rooms.see(again).asked.mine == 1
    assert rooms.see(rooms.come_back(teacher.code, teacher.secret)).leads


def test_who_left_is_told_so_and_finds_the_answer_on_coming_back(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, YES_NO)
    rooms.answer(student, number, 1)
    rooms.leave(student)
    with pytest.raises(ClassroomError, match="has left room"):
        rooms.pulse(student)
    assert rooms.see(teacher).here == 0 and rooms.see(teacher).asked.answered == 1
    rooms.come_back(student.code, student.secret)
    assert rooms.see(student).asked.mine == 1
    rooms.answer(student, number, 0)
    assert rooms.see(teacher).asked.answered == 1


def test_who_follows_is_counted_while_the_browser_gives_a_sign(rooms, clock):
    teacher = rooms.open()
    students = [rooms.join(teacher.code) for _ in range(3)]
    rooms.follow(students[0], False)
    assert (rooms.see(teacher).here, rooms.see(teacher).following) == (3, 2)
    clock.wait(30)
    for student in students[:2]:
        rooms.pulse(student)
    assert (rooms.see(teacher).here, rooms.see(teacher).following) == (2, 1)
    assert not rooms.see(students[0]).follows


def test_the_class_is_led_from_view_to_view(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    before = rooms.pulse(student)
    rooms.show(teacher, view("compare", left="b0", right="b7"))
    after = rooms.pulse(student)
    assert after.shown > before.shown and after.room == before.room
    assert rooms.see(student).shown == view("compare", left="b0", right="b7")
    rooms.show(teacher, view("compare", left="b0", right="b7"))
    assert rooms.pulse(student) == after


def test_a_frozen_class_stays_until_it_is_called(rooms):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    rooms.show(teacher, view("compare"))
    rooms.freeze(teacher, True)
    assert rooms.see(student).frozen
    held = rooms.pulse(student).shown
    rooms.show(teacher, view("lessons"))
    rooms.show(teacher, view("evidence"))
    assert rooms.pulse(student).shown == held and rooms.see(student).shown == view("compare")
    rooms.freeze(teacher, False)
    assert rooms.pulse(student).shown > held and rooms.see(student).shown == view("evidence")


def test_a_view_with_an_endless_address_is_refused():
    with pytest.raises(ClassroomError, match="too long"):
        view("compare", left="x" * 5000)
    with pytest.raises(ClassroomError, match="200 parameters"):
        ShownPage(page="compare", parameters=tuple((str(number), "") for number in range(200)))


def test_a_room_ends_after_two_hours_without_use(rooms, clock):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    number = rooms.ask(teacher, YES_NO)
    clock.wait(1.9 * HOURS)
    rooms.answer(student, number, 0)  # use
    clock.wait(1.9 * HOURS)
    rooms.pulse(student)  # waiting is not use
    clock.wait(0.2 * HOURS)
    for act in (rooms.pulse, rooms.see):
        with pytest.raises(ClassroomError, match="ended by itself after 2 hours"):
            act(student)
    assert [row.answer for row in rooms.results(teacher)] == ["yes"]


def test_a_closed_room_says_so_keeps_results_for_a_while_and_is_forgotten(rooms, clock):
    teacher = rooms.open()
    student = rooms.join(teacher.code)
    rooms.answer(student, rooms.ask(teacher, YES_NO), 1)
    rooms.close(teacher)
    for act in (rooms.see, rooms.pulse, rooms.close, lambda seat: rooms.join(seat.code)):
        with pytest.raises(ClassroomError, match="closed by its teacher"):
            act(teacher)
    assert len(rooms.results(teacher)) == 1
    clock.wait(2 * HOURS)
    with pytest.raises(ClassroomError, match="Only the browser that opened"):
        rooms.results(teacher)
    with pytest.raises(ClassroomError, match="no room"):
        rooms.see(student)


def test_ended_rooms_do_not_pile_up(rooms, clock):
    teachers = []
    for _ in range(45):
        teachers.append(rooms.open())
        clock.wait(1)
        rooms.close(teachers[-1])
    rooms.open()
    assert len(rooms._rooms) == 21
    assert rooms.results(teachers[-1]) == []


def test_thirty_threads_lose_no_answer_and_no_seat():
    rooms = Rooms()
    teacher = rooms.open()
    number = rooms.ask(teacher, YES_NO)
    begin = threading.Barrier(30)

    def student(choice: int) -> None:
        begin.wait()
        seat = rooms.join(teacher.code)
        for again in range(20):
            rooms.answer(seat, number, (choice + again) % 2)
            rooms.pulse(seat)
        rooms.answer(seat, number, choice)

    threads = [threading.Thread(target=student, args=(index % 2,)) for index in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.person for row in rooms.results(teacher)) == list(range(1, 31))
    assert [row.answer for row in rooms.results(teacher)].count("yes") == 15
