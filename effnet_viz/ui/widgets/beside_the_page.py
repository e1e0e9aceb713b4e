"""Work in a thread of its own, so that a page can be left at any moment: a native call of seconds cannot be cut.

The page waits in short steps. When it is left, by Stop or by anything else that is pressed, the work goes on until it
next tells its progress, ends there, and what it found is thrown away. All that it holds, promised memory and its turn
on a device, it holds until then, and the next work of the same session begins only afterwards.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from effnet_viz.sharing.turns import new_question, question_began, soon_over

if TYPE_CHECKING:  # the room imports torch, which the structure pages do without
    from effnet_viz.engine.progress import Progress

Value = TypeVar("Value")
LOOK_EVERY = 0.1  # seconds between two looks at what was pressed and how far the work is

_at_work: dict[str, threading.Thread] = {}  # of a session, only while it works: it holds what its session has


class _PageLeft(BaseException):
    """Ends the work; no `Exception`, so that nobody takes it for a mistake in the work."""


@dataclass
class _Work:
    """What a page and its work tell each other."""

    began: float | None  # its page's question, which it is a part of
    left: threading.Event = field(default_factory=threading.Event)
    share: float = 0.0
    value: Any = None
    error: BaseException | None = None

    def tell(self, share: float) -> None:
        """The progress of the work, in its thread."""
        self.go_on()
        self.share = share

    def go_on(self) -> None:
        if self.left.is_set():
            raise _PageLeft

    def do(self, work: Callable[[Progress], Any], session: str) -> None:
        new_question(self.began)
        try:
            self.value = work(self.tell)
        except BaseException as error:  # noqa: BLE001 (the page's thread raises it again)
            self.error = error
        finally:
            _at_work.pop(session, None)


def beside_the_page(work: Callable[[Progress], Value], look: Callable[[float], object]) -> Value:
    """The value of some work, whose errors are raised here.

    Args:
        work: tells its progress; it may draw, and does so no longer once the page is left. It cannot end the run.
        look: told the share done every now and then, also where it has not changed; what it raises leaves the page.
    """
    run = get_script_run_ctx(suppress_warning=True)
    session = "" if run is None else run.session_id
    while (before := _at_work.get(session)) is not None:
        before.join(LOOK_EVERY)
        look(0.0)
    going = _Work(question_began())
    thread = threading.Thread(target=contextvars.copy_context().run, args=(going.do, work, session), daemon=True)
    if run is not None:
        add_script_run_ctx(thread, _only_while_there(run, going))
    _at_work[session] = thread
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_EVERY)
            if thread.is_alive():
                look(going.share)
    except BaseException:
        going.left.set()
        soon_over(thread)
        raise
    if going.error is not None:
        raise going.error
    return going.value


def _only_while_there(run: ScriptRunContext, going: _Work) -> ScriptRunContext:
    """The page's run for the work's thread: what is drawn there later would stand on what came after it."""

    def enqueue(message: Any) -> None:
        going.go_on()
        run._enqueue(message)

    return replace(run, _enqueue=enqueue)
