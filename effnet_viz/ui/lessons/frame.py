"""What all lessons have in common: their words, the code that runs, the questions, and the way on."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import streamlit as st

from effnet_viz.draw.scene import Scene
from effnet_viz.images import Photo
from effnet_viz.ui.navigation import page_link
from effnet_viz.ui.widgets.diagram import layouts, show_diagram
from effnet_viz.ui.widgets.page_parts import small_columns, untrained_notice
from effnet_viz.ui.widgets.pictures import show_picture

if TYPE_CHECKING:  # these rooms import torch
    from streamlit.delta_generator import DeltaGenerator

    from effnet_viz.explain import Capture, Model
    from effnet_viz.lessons.quiz import QuizQuestion


# Where there is room, the code stands above what it computes, a line as long as it is folded, and unfolded beside it,
# where it stays in sight; else it follows under it.
_BESIDE = """<style>
.st-key-lesson_room { container-type: inline-size; container-name: lesson; }
@container lesson (min-width: 1080px) {
  .st-key-lesson_beside > :has(> .st-key-lesson_code) { order: -1; }
  .st-key-lesson_beside:has(> * > .st-key-lesson_code details[open]) {
    flex-direction: row; align-items: flex-start; gap: 1.5rem;
    > :has(> .st-key-lesson_interaction) { flex: 3 1 0; min-width: 0; }
    > :has(> .st-key-lesson_code) { order: 0; flex: 2 1 0; min-width: 0; position: sticky; top: 4rem;
      max-height: calc(100vh - 5rem); overflow-y: auto; }
  }
}
</style>"""


@dataclass(frozen=True, kw_only=True)
class Link:
    """The page on which a lesson's subject goes on, with the state to open it in."""

    page: str
    label: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What stands below a lesson.

    Attributes:
        questions: computed from what is on the screen.
        links: where its subject goes on.
    """

    questions: Sequence[QuizQuestion]
    links: tuple[Link, ...]


Subject: TypeAlias = "tuple[Model, Photo, Capture]"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What one lesson puts into the frame that all have.

    Attributes:
        title: its name.
        short: its name where there is little room; the title where nothing is given.
        lead: what to know before the first thing to touch, at most 120 words, in Markdown.
        show: fills the place for what one touches and sees and the place for the code, given network, photo and run.
        opening: draws what the lesson opens with, above the lead.
        subject: network, photo and run that it takes in place of the visitor's, with the reason on the screen.
    """

    title: str
    lead: str
    show: Callable[[DeltaGenerator, DeltaGenerator, Model, Photo, Capture], Ending]
    subject: Callable[[Model, Photo, Capture], Subject] | None = None
    opening: Callable[[Model, Photo, Capture], None] | None = None
    short: str = ""


@st.fragment
def fill(number: int, lesson: Lesson, model: Model, photo: Photo, run: Capture) -> None:
    """A lesson below its title: what it opens with, what to know, what one touches, the code beside it, the way on.

    Args:
        number: of the lesson.
        lesson: the lesson.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    if lesson.opening is not None:
        lesson.opening(model, photo, run)
    untrained_notice(
        model.provenance, "The calculations of the lessons are the same, but the pictures and answers mean nothing."
    )
    st.markdown(lesson.lead)
    interaction, code = beside()
    ending = lesson.show(interaction, code, model, photo, run)
    check_yourself(number, ending.questions)
    for link in ending.links:
        page_link(link.page, link.label, query_params=dict(link.query))


def show_scene(key: str, *scenes: Scene) -> None:
    """A drawing in the colours and letters of the page; where these would be too small to read, it scrolls.

    Args:
        key: the drawing's key.
        *scenes: the drawing, for places of different width where it has more than one.
    """
    show_diagram(key, layouts(scenes, [max(scenes, key=lambda scene: scene.width)]))


def side_by_side(name: str, pictures: Mapping[str, tuple[bytes, str]], alt: str) -> None:
    """Pictures in one row; on a phone as many in a row as can be told apart.

    Args:
        name: tells the row from others of the page.
        pictures: title to the picture and the words under it.
        alt: what all of them show.
    """
    columns = small_columns(name, len(pictures))
    for column, (title, (picture, words)) in zip(columns, pictures.items(), strict=True):
        show_picture(picture, alt=f"{alt}: {title}, {words}", place=column)
        column.markdown(f"**{title}**  \n:small[{words}]")


def beside() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places: for what one touches and sees, and for the code that computes it."""
    st.html(_BESIDE)
    with st.container(key="lesson_room"), st.container(key="lesson_beside"):
        return st.container(key="lesson_interaction"), st.container(key="lesson_code")


def asked_for(what: Hashable, label: str, *, key: str) -> bool:
    """Whether this session has asked to have something measured; a button until then.

    Args:
        what: stands for what would be measured.
        label: of the button.
        key: of the button; what was asked for is kept apart by it.
    """
    asked = st.session_state.setdefault(f"lesson_asked_{key}", set())
    if what not in asked and st.button(label, icon=":material/timer:", key=key):
        asked.add(what)
    return what in asked


def real_code(shown: type | Callable, built: Any = None, what: str = "") -> None:
    """The source of a class or function as it runs, and what it became in this network.

    Args:
        shown: the class or function.
        built: a module made from it.
        what: where the module stands, such as `block 4.2 of EfficientNet-B0`.
    """
    module = inspect.getmodule(shown).__name__.replace(".", "/")
    with st.expander(f"The code that runs: `{shown.__name__}` in `{module}.py`", icon=":material/code:"):
        st.code(_source_of(shown), language="python", wrap_lines=True)
        if built is not None:
            folded = " For inference its batch norm has become part of the convolution: “norm” does nothing now."
            has_norm = any(name.split(".")[-1] == "norm" for name, _ in built.named_modules())
            st.caption(f"As it stands in {what}.{folded if has_norm else ''}")
            st.code(str(built), language="text")


_READING = threading.Lock()


@functools.lru_cache(maxsize=64)
def _source_of(shown: type | Callable) -> str:
    """The source of a class or function; one thread at a time, as Python 3.11 parses wrongly in several at once."""
    with _READING:
        return inspect.getsource(shown)


def check_yourself(lesson: int, questions: Sequence[QuizQuestion]) -> None:
    """Questions to predict an answer to; it is revealed with its reason once one is chosen.

    Args:
        lesson: number of the lesson.
        questions: computed from what is on the screen; others take their place when that changes.
    """
    st.header("Check yourself", anchor=False)
    answered = st.session_state.setdefault("lessons_answered", {})
    st.session_state["page_questions"] = tuple(questions)  # a teacher can put them to a class
    for number, question in enumerate(questions, start=1):
        chosen = st.radio(
            f"**{number}.** {question.prompt}",
            range(len(question.options)),
            index=None,
            format_func=question.options.__getitem__,
            key=f"answer_{lesson}_{question.key}",
            persist_state="session",
        )
        if chosen is None:
            continue
        if chosen != question.answer:
            st.warning(f"No, it is {question.right}. {question.because}", icon=":material/close:")
            continue
        st.success(f"Right. {question.because}", icon=":material/check:")
        if (lesson, number) not in answered:
            answered[lesson, number] = True
            st.rerun()


def right_answers() -> Mapping[int, int]:
    """Lesson to the number of its questions that were answered right in this session."""
    counts: dict[int, int] = {}
    for lesson, _ in st.session_state.get("lessons_answered", {}):
        counts[lesson] = counts.get(lesson, 0) + 1
    return counts
