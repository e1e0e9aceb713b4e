"""Whatever people do in whatever order: no answer is lost, none counts twice, none is seen early."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from effnet_viz.classroom import ChoiceQuestion, ClassroomError, Limits, Rooms, Seat, ShownPage, Stage

LIMITS = Limits(rooms=2, people=3)
QUESTION = ChoiceQuestion(prompt="Which?", options=("a", "b", "c"), right=1, because="It is.")
SHORT, NAP, IDLE = 100.0, 3000.0, 7200.0  # seconds; after a nap a browser's place counts as free


class Class(RuleBasedStateMachine):
    """Rooms beside the plainest account of what should be in them.

    The account: for each open room its students' seats, whether each is inside, and for each question its stage and
    the last good answer of every student.
    """

    teachers = Bundle("teachers")
    students = Bundle("students")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rooms = Rooms(lambda: self.now, LIMITS)
        self.inside: dict[str, dict[Seat, bool]] = {}
        self.asked: dict[str, list[tuple[Stage, dict[Seat, int]]]] = {}
        self.on_screen: dict[str, bool] = {}
        self.shown: dict[str, ShownPage | None] = {}
        self.looked_at: dict[str, ShownPage | None] = {}
        self.frozen: dict[str, bool] = {}
        self.used: dict[str, float] = {}
        self.teacher: dict[str, Seat] = {}

    def refused(self, act) -> bool:
        try:
            act()
        except ClassroomError as error:
            assert str(error).endswith((".", "!")) and "\n" not in str(error)
            return True
        return False

    def is_open(self, seat: Seat) -> bool:
        return seat.code in self.inside

    def places(self) -> int:
        return sum(sum(seats.values()) for seats in self.inside.values())

    @initialize(target=teachers)
    def a_room_is_open(self):
        self.first = self.open()
        return self.first

    @initialize(target=students)
    def and_two_are_in_it(self):
        if not self.inside:  # the two beginnings come in any order
            return multiple()
        return multiple(self.enter(self.first), self.enter(self.first))

    @rule(target=teachers)
    @precondition(lambda self: self.now % 3 == 0)  # so that less is tried in vain and more happens in each room
    def open_another(self):
        return self.open()

    def open(self):
        full = len(self.inside) >= LIMITS.rooms
        opened = []
        assert self.refused(lambda: opened.append(self.rooms.open())) == full
        if full:
            return multiple()
        (seat,) = opened
        assert seat.code not in self.inside
        self.teacher[seat.code] = seat
        self.inside[seat.code], self.asked[seat.code], self.on_screen[seat.code] = {}, [], False
        self.shown[seat.code] = self.looked_at[seat.code] = None
        self.frozen[seat.code], self.used[seat.code] = False, self.now
        return seat

    @rule(target=students, teacher=teachers)
    @precondition(lambda self: self.now % 3 == 0 or not any(self.inside.values()))
    def join(self, teacher):
        return self.enter(teacher)

    def enter(self, teacher):
        joined = []
        may = self.is_open(teacher) and self.places() < LIMITS.people
        assert self.refused(lambda: joined.append(self.rooms.join(teacher.code))) != may
        if not may:
            return multiple()
        self.inside[teacher.code][joined[0]] = True
        self.used[teacher.code] = self.now
        return joined[0]

    @rule(student=students)
    def leave(self, student):
        assert self.refused(lambda: self.rooms.leave(student)) != self.is_open(student)
        if self.is_open(student):
            self.inside[student.code][student] = False

    @rule(student=students)
    def come_back(self, student):
        may = self.is_open(student) and (self.inside[student.code][student] or self.places() < LIMITS.people)
        assert self.refused(lambda: self.rooms.come_back(student.code, student.secret)) != may
        if may:
            self.inside[student.code][student] = True

    @rule(teacher=teachers, page=st.sampled_from(["compare", "evidence", "lessons"]))
    def lead(self, teacher, page):
        view = ShownPage(page=page)
        assert self.refused(lambda: self.rooms.show(teacher, view)) != self.is_open(teacher)
        if self.is_open(teacher):
            if view != self.looked_at[teacher.code]:
                self.used[teacher.code] = self.now
            self.looked_at[teacher.code] = view
            if not self.frozen[teacher.code]:
                self.shown[teacher.code] = view

    @rule(teacher=teachers, frozen=st.booleans())
    def freeze(self, teacher, frozen):
        assert self.refused(lambda: self.rooms.freeze(teacher, frozen)) != self.is_open(teacher)
        if self.is_open(teacher):
            if frozen != self.frozen[teacher.code]:
                self.used[teacher.code] = self.now
            self.frozen[teacher.code] = frozen
            if not frozen:
                self.shown[teacher.code] = self.looked_at[teacher.code]

    # One rule for what a teacher does with questions: hypothesis leaves whole rules out of many runs.
    @rule(teacher=teachers, what=st.sampled_from([*["ask"] * 4, *Stage, *Stage, "put away"]))
    def question(self, teacher, what):
        if what == "ask":
            self.ask(teacher)
        elif what == "put away":
            self.put_away(teacher)
        else:
            self.reveal(teacher, what)

    def ask(self, teacher):
        assert self.refused(lambda: self.rooms.ask(teacher, QUESTION)) != self.is_open(teacher)
        if self.is_open(teacher):
            self.asked[teacher.code].append((Stage.ASKED, {}))
            self.on_screen[teacher.code] = True
            self.used[teacher.code] = self.now

    @rule(
        student=students,
        choice=st.sampled_from([0, 1, 2, 0, 1, 2, -1, 3]),
        behind=st.sampled_from([0, 0, 0, 1]),
        asked_first=st.booleans(),
        shown_first=st.booleans(),
    )
    def answer(self, student, choice, behind, asked_first, shown_first):
        teacher = self.teacher[student.code]
        if asked_first and not self.on_screen[student.code]:
            self.ask(teacher)
        if shown_first:
            self.reveal(teacher, Stage.ANSWERS)
        number = len(self.asked[student.code]) - behind
        may = self.is_open(student) and behind == 0 and self.on_screen[student.code] and 0 <= choice <= 2
        may = may and self.asked[student.code][-1][0] == Stage.ASKED
        assert self.refused(lambda: self.rooms.answer(student, number, choice)) != may
        if may:
            self.asked[student.code][-1][1][student] = choice
            self.used[student.code] = self.now

    def reveal(self, teacher, stage):
        asked = self.asked[teacher.code]
        may = self.is_open(teacher) and self.on_screen[teacher.code] and stage <= asked[-1][0] + 1
        assert self.refused(lambda: self.rooms.reveal(teacher, len(asked), stage)) != may
        if may and stage > asked[-1][0]:
            asked[-1] = (stage, asked[-1][1])
            self.used[teacher.code] = self.now

    @rule(student=students, stage=st.sampled_from(Stage))
    def steal_the_lead(self, student, stage):
        number = len(self.asked[student.code])
        assert self.refused(lambda: self.rooms.reveal(student, number, stage))
        assert self.refused(lambda: self.rooms.show(student, ShownPage(page="stolen")))
        assert self.refused(lambda: self.rooms.close(student))

    def put_away(self, teacher):
        assert self.refused(lambda: self.rooms.put_away(teacher)) != self.is_open(teacher)
        if self.is_open(teacher):
            self.on_screen[teacher.code] = False
            self.used[teacher.code] = self.now

    @rule(teacher=teachers, patience=st.integers(0, 5))
    def close(self, teacher, patience):
        if patience:  # most rooms live longer, so that something happens in them
            return
        assert self.refused(lambda: self.rooms.close(teacher)) != self.is_open(teacher)
        if self.is_open(teacher):
            self.check_results(teacher)  # also those of a room that has ended
            self.forget(teacher.code)

    @rule(seconds=st.sampled_from([*[SHORT] * 9, *[NAP] * 3, IDLE]))
    def wait(self, seconds):
        self.now += seconds
        for code in [code for code in self.inside if self.now - self.used[code] >= IDLE]:
            self.forget(code)
        # Browsers give signs of life, also after a nap; that does not keep a room open.
        for seats in self.inside.values():
            for seat, inside in seats.items():
                assert self.refused(lambda seat=seat: self.rooms.pulse(seat)) != inside

    def forget(self, code: str) -> None:
        del self.inside[code]
        self.on_screen[code] = False

    def check_results(self, teacher: Seat) -> None:
        rows = [(row.number, row.answer) for row in self.rooms.results(teacher)]
        assert sorted(rows) == sorted(
            (number, "abc"[choice])
            for number, (_, answers) in enumerate(self.asked[teacher.code], start=1)
            for choice in answers.values()
        )

    @rule(teacher=teachers)
    def results(self, teacher):
        if self.is_open(teacher):
            self.check_results(teacher)

    @invariant()
    def everybody_sees_what_is_to_be_seen(self):
        for seats in self.inside.values():
            for seat in [seat for seat, inside in seats.items() if inside]:
                seen = self.rooms.see(seat)
                assert seen.shown == self.shown[seat.code] and seen.frozen == self.frozen[seat.code]
                assert not seen.leads
                if not self.on_screen[seat.code]:
                    assert seen.asked is None
                    continue
                stage, answers = self.asked[seat.code][-1]
                assert seen.asked.stage == stage and seen.asked.answered == len(answers)
                assert seen.asked.mine == answers.get(seat)
                assert (seen.asked.question.right is not None) == (stage == Stage.SOLUTION)
                if stage == Stage.ASKED:
                    assert seen.asked.answers is None
                else:
                    assert sorted(seen.asked.answers) == sorted(answers.values())


TestAnyOrder = Class.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
