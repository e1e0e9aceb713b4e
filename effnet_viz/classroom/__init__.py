"""A class on one server: rooms, what the teacher shows, questions, answers. Knows neither Streamlit nor torch.

Everything is kept in this process's memory and nothing on disk; a room that has ended takes its contents with it.
"""

from effnet_viz.classroom.limits import Limits
from effnet_viz.classroom.questions import ChoiceQuestion, ClassQuestion, NumberQuestion, PlaceQuestion, TextQuestion
from effnet_viz.classroom.results import AnswerRow, AskedResult, as_csv
from effnet_viz.classroom.rooms import Rooms
from effnet_viz.classroom.seen import Asked, Pulse, RoomSeen, Seat, ShownPage, Stage
from effnet_viz.classroom.words import ClassroomError

__all__ = [
    "AnswerRow",
    "Asked",
    "AskedResult",
    "ChoiceQuestion",
    "ClassQuestion",
    "ClassroomError",
    "Limits",
    "NumberQuestion",
    "PlaceQuestion",
    "Pulse",
    "RoomSeen",
    "Rooms",
    "Seat",
    "ShownPage",
    "Stage",
    "TextQuestion",
    "as_csv",
]
