"""What a class answered, as one HTML file that opens anywhere."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template

from PIL import Image

from effnet_viz.classroom import AnswerRow, AskedResult, ChoiceQuestion, NumberQuestion, PlaceQuestion
from effnet_viz.draw.class_answers import choice_bars, number_histogram, taps_picture
from effnet_viz.reports.pictures import chart, picture, table

GROUND = (640, 480), (225, 229, 234)  # where a photo was that is no longer there: size and colour
_HEAD = Path(__file__).with_name("page.html").read_text(encoding="utf-8").partition("</style>")[0]


def classroom_page(code: str, asked: Sequence[AskedResult], rows: Sequence[AnswerRow], *, names: bool = False) -> str:
    """The results of a class as an HTML page that needs nothing else.

    Args:
        code: of the room.
        asked: the questions, each with what the class said.
        rows: the answers, each with who gave it.
        names: whether people's names are in it; their numbers always are.
    """
    people = len({row.person for row in rows})
    heading = f"Room {code}: {len(asked)} questions, {len(rows)} answers from {people} people"
    head = Template(_HEAD).safe_substitute(title=escape(heading), heading=escape(heading))
    body = "".join("".join(_section(result, rows, names)) for result in asked)
    return f"{head}</style>\n</head>\n<body>\n<main>\n<h1>{escape(heading)}</h1>\n{body}</main>\n</body>\n</html>\n"


def _section(result: AskedResult, rows: Sequence[AnswerRow], names: bool) -> Iterator[str]:
    question = result.question
    yield f"<section><h2>{result.number}. {escape(question.prompt)}</h2>"
    if not result.answers:
        yield "<p>No answers.</p>"
    else:
        yield _distribution(result)
    if question.right is not None:
        yield f"<p><strong>{escape(question.in_words(question.right))}.</strong> {escape(question.because)}</p>"
    elif question.because:
        yield f"<p>{escape(question.because)}</p>"
    yield "</section>"
    mine = [row for row in rows if row.number == result.number]
    if mine:
        judged = {True: "yes", False: "no", None: ""}
        yield table(
            ["Person", *(["Name"] if names else []), "Answer", "Right"],
            [[str(row.person), *([row.name] if names else []), row.answer, judged[row.right]] for row in mine],
        )


def _distribution(result: AskedResult) -> str:
    question, answers = result.question, result.answers
    many = f"{len(answers)} answers"
    match question:
        case ChoiceQuestion(options=options):
            counts = question.tally(answers)
            words = ", ".join(f"{option}: {count}" for option, count in zip(options, counts, strict=True))
            return chart(choice_bars(options, counts, question.right), words, height=44 * len(options))
        case NumberQuestion():
            return chart(number_histogram(answers, question.unit, question.right), many)
        case PlaceQuestion():
            ground = question.picture or _ground()
            drawn = Image.open(io.BytesIO(taps_picture(ground, answers, question.right)))
            gone = "" if question.picture else "<p class=note>The photo went with the question.</p>"
            return picture(drawn, f"{len(answers)} taps: a dot for each answer, warmer where there are more") + gone
        case _:
            return f"<p>{many}.</p>"


def _ground() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", *GROUND).save(buffer, "PNG")
    return buffer.getvalue()
