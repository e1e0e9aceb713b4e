"""All rooms of one server: who may open, join, lead, answer and see what. One object with one lock for all sessions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from effnet_viz.classroom.codes import new_code, new_secret, read_code
from effnet_viz.classroom.limits import Limits
from effnet_viz.classroom.questions import ClassQuestion
from effnet_viz.classroom.results import AnswerRow, AskedResult
from effnet_viz.classroom.room import Person, Room
from effnet_viz.classroom.seen import Asked, Pulse, RoomSeen, Seat, ShownPage, Stage
from effnet_viz.classroom.words import NAME_LETTERS, ClassroomError
from effnet_viz.one_line import one_line


class Rooms:
    """The classrooms of this server.

    Every method that takes a `Seat` raises `ClassroomError` where the room is not there, has ended, or does not know
    the seat; those of the teacher also where the seat is a student's.

    Args:
        clock: the time in seconds, which never goes back.
        limits: how much the server holds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._rooms: dict[str, Room] = {}

    def open(self) -> Seat:
        """Open a room; the seat is the teacher's.

        Raises:
            ClassroomError: the server is full.
        """
        with self._now() as now:
            if len(self._open_rooms()) >= self._limits.rooms:
                raise ClassroomError(
                    f"All {self._limits.rooms} classrooms of this server are in use; one is free again when its "
                    f"teacher closes it, or after {self._limits.idle_s / 3600:g} hours without use."
                )
            seat = Seat(code=new_code(self._rooms), secret=new_secret())
            self._rooms[seat.code] = Room(seat.code, seat.secret, now)
            return seat

    def join(self, code: str, name: str = "") -> Seat:
        """Join a room, with a name or without.

        Args:
            code: the room's code, as on the screen.
            name: what the class sees; empty for nobody's name.

        Raises:
            ClassroomError: no such room, it has ended, or the server is full.
        """
        with self._now() as now:
            room = self._room(read_code(code))
            self._check_place(room, now)
            if len(room.people) >= self._limits.seats:
                raise ClassroomError(
                    f"Room {room.code} has seen {self._limits.seats:,} people, which is all it can hold; ask the "
                    "teacher to open another."
                )
            seat = Seat(code=room.code, secret=new_secret())
            number = 1 + max((person.number for person in room.people.values()), default=0)
            room.people[seat.secret] = Person(number=number, name=one_line(name, NAME_LETTERS), seen=now)
            room.used = now
            return seat

    def come_back(self, code: str, secret: str) -> Seat:
        """Take one's seat again, after a reload or after leaving.

        Args:
            code: the room's code.
            secret: what `join` gave to this person alone.

        Raises:
            ClassroomError: the room has ended, the secret is not of this room, or the server is full.
        """
        with self._now() as now:
            room = self._room(read_code(code))
            person = self._person(room, secret)
            if person is not None:
                self._take_place(room, person, now)
            return Seat(code=room.code, secret=secret)

    def leave(self, seat: Seat) -> None:
        """Give the place free; answers stay, and whoever comes back finds them."""
        with self._now():
            room = self._room(seat.code)
            person = self._person(room, seat.secret)
            if person is not None:
                person.left = True

    def follow(self, seat: Seat, follows: bool) -> None:
        """Go where the teacher goes, or stay.

        Args:
            seat: whose choice it is.
            follows: whether the screen goes along.
        """
        with self._now():
            person = self._person(self._room(seat.code), seat.secret)
            if person is not None:
                person.follows = follows

    def answer(self, seat: Seat, number: int, value: Any) -> None:
        """Answer a question, or change one's answer, until the answers are shown.

        Args:
            seat: a student's.
            number: of the question; one that is over takes no answers.
            value: what fits the question.

        Raises:
            ClassroomError: it does not fit, comes too late, or the seat is the teacher's.
        """
        with self._now() as now:
            room = self._room(seat.code)
            if self._person(room, seat.secret) is None:
                raise ClassroomError("The teacher asks and does not answer; join from another browser to try it.")
            room.answer(seat.secret, number, value, now)

    def show(self, seat: Seat, view: ShownPage) -> None:
        """Lead the class to a view; while the room is frozen it is kept until it thaws.

        Args:
            seat: the teacher's.
            view: the page and its choices.
        """
        with self._led(seat) as (room, now):
            room.show(view, now)

    def freeze(self, seat: Seat, frozen: bool) -> None:
        """Let the class stay where it is while the teacher looks elsewhere; the end of it calls the class there.

        Args:
            seat: the teacher's.
            frozen: whether the class stays where it is.
        """
        with self._led(seat) as (room, now):
            room.freeze(frozen, now)

    def ask(self, seat: Seat, question: ClassQuestion) -> int:
        """Put a question on every screen, and the one before away; returns its number.

        Args:
            seat: the teacher's.
            question: what is asked, with its options.
        """
        with self._led(seat) as (room, now):
            return room.ask(question, now)

    def reveal(self, seat: Seat, number: int, stage: Stage) -> None:
        """Show the answers, then the solution.

        Args:
            seat: the teacher's.
            number: which question.
            stage: how much is shown: the answers, or the solution too.

        Raises:
            ClassroomError: the question is over, the answers are not shown yet, or there is no solution.
        """
        with self._led(seat) as (room, now):
            room.reveal(number, stage, now)

    def put_away(self, seat: Seat) -> None:
        """Take the question off the screens; its answers stay in the results."""
        with self._led(seat) as (room, now):
            room.put_away(now)

    def close(self, seat: Seat) -> None:
        """End the room; its results can still be had for a while."""
        with self._led(seat) as (room, now):
            self._end(room, f"Room {room.code} was closed by its teacher.", now)

    def pulse(self, seat: Seat) -> Pulse:
        """Whether there is something new, and a sign that this browser is still there."""
        with self._now() as now:
            return self._seen(seat, now).pulse()

    def see(self, seat: Seat) -> RoomSeen:
        """The room as this person sees it now."""
        with self._now() as now:
            return self._seen(seat, now).see(seat.secret, now)

    def drawn(self, seat: Seat, number: int, draw: Callable[[Asked], bytes]) -> bytes:
        """A picture of the answers that are shown: drawn once for the whole class, and gone with the question.

        Args:
            seat: of somebody who sees the answers.
            number: of the question.
            draw: draws it; others who ask wait meanwhile.

        Raises:
            ClassroomError: the question is over, or its answers are not shown yet.
        """
        with self._now() as now:
            room = self._room(seat.code)
            self._person(room, seat.secret)
            picture = room.picture(number)
            asked = room.see(seat.secret, now).asked
        with picture.guard:
            if asked is not None and picture.stage != asked.stage:
                picture.content, picture.stage = draw(asked), asked.stage
            return picture.content

    def results(self, seat: Seat) -> list[AnswerRow]:
        """All answers to all questions so far; also for a while after the room has ended."""
        with self._now():
            return self._led_by(seat).rows()

    def questions(self, seat: Seat) -> list[AskedResult]:
        """All questions so far, each with what the class said; also for a while after the room has ended."""
        with self._now():
            return self._led_by(seat).asked_results()

    def _led_by(self, seat: Seat) -> Room:
        room = self._rooms.get(seat.code)
        if room is None or not room.leads(seat.secret):
            raise ClassroomError("Only the browser that opened a classroom can take its results.")
        return room

    @contextmanager
    def _now(self) -> Iterator[float]:
        """The time, with the lock held and with rooms ended and forgotten that are due."""
        with self._lock:
            now = self._clock()
            for room in [room for room in self._rooms.values() if now - room.used >= self._limits.idle_s]:
                if room.ended:
                    del self._rooms[room.code]
                else:
                    hours = self._limits.idle_s / 3600
                    self._end(room, f"Room {room.code} has ended by itself after {hours:g} hours without use.", now)
            ended = [room.code for room in self._rooms.values() if room.ended]
            for code in ended[: -self._limits.rooms]:
                del self._rooms[code]
            yield now

    @contextmanager
    def _led(self, seat: Seat) -> Iterator[tuple[Room, float]]:
        """The room and the time, if the seat is its teacher's."""
        with self._now() as now:
            room = self._room(seat.code)
            if not room.leads(seat.secret):
                raise ClassroomError(f"Room {room.code} is led by the browser that opened it, and by no other.")
            yield room, now

    def _end(self, room: Room, why: str, now: float) -> None:
        room.end(why, now)
        self._rooms[room.code] = self._rooms.pop(room.code)  # ended rooms stand in the order of their ends

    def _open_rooms(self) -> list[Room]:
        return [room for room in self._rooms.values() if not room.ended]

    def _room(self, code: str) -> Room:
        room = self._rooms.get(code)
        if room is None:
            raise ClassroomError(
                f"There is no room {code} on this server. Read the four letters from the teacher's screen again; "
                "a room is there until its teacher closes it."
            )
        if room.ended:
            raise ClassroomError(room.ended)
        return room

    def _person(self, room: Room, secret: str) -> Person | None:
        """The student with this secret, or None for the teacher."""
        if not room.knows(secret):
            raise ClassroomError(f"This browser has no seat in room {room.code}; join with the code.")
        return room.people.get(secret)

    def _seen(self, seat: Seat, now: float) -> Room:
        room = self._room(seat.code)
        person = self._person(room, seat.secret)
        if person is not None:
            if person.left:
                raise ClassroomError(f"This browser has left room {room.code}; join again with the code.")
            self._take_place(room, person, now)
        return room

    def _take_place(self, room: Room, person: Person, now: float) -> None:
        """A seat that was left, or had no sign of its browser for long, is somebody's again if there is a place."""
        if not person.inside(now):
            self._check_place(room, now)
        person.left, person.seen = False, now

    def _check_place(self, room: Room, now: float) -> None:
        people = (person for other in self._open_rooms() for person in other.people.values())
        if sum(person.inside(now) for person in people) >= self._limits.people:
            raise ClassroomError(
                f"This server holds {self._limits.people} students, and all places are taken; room {room.code} has one "
                "again when somebody leaves."
            )
