"""Work that takes long: kept results at once, else an estimate, a progress bar and a button to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from effnet_viz.sharing.load import SHORT_QUESTIONS
from effnet_viz.sharing.turns import long_work, others_at_work
from effnet_viz.ui.session.byte_cache import CACHE
from effnet_viz.ui.session.housekeeping import sessions
from effnet_viz.ui.widgets.beside_the_page import beside_the_page
from effnet_viz.ui.widgets.estimates import ESTIMATES

if TYPE_CHECKING:  # the room imports torch, which the structure pages do without
    from effnet_viz.engine.progress import Progress

Value = TypeVar("Value")
START = ":material/play_arrow:"
PATIENCE = 3.0  # seconds; what takes longer waits for a click
AFTER_A_CLICK = 20.0  # seconds; what was asked for before anybody knew how long it takes, and takes longer, asks again


class Look(Protocol):
    """Moves a bar to the share done, with words beside the label."""

    def __call__(self, share: float, words: str = ..., /) -> None: ...


def on_request(
    key: tuple[Hashable, ...],
    seconds: Callable[[], float],
    work: Callable[[Progress], Value],
    *,
    label: str,
    name: str,
    patience: float | None = None,
    unasked: bool = True,
    again: bool = False,
    kind: str = "",
) -> Value | None:
    """Something slow: kept values at once, else a button with an estimate, then a progress bar and a button to stop.

    A click on Stop, or anywhere else, takes the bar away at once; the work ends when it next tells its progress.

    Args:
        key: stands for the value.
        seconds: estimates how long the work takes where nobody else works; asked where there is no kept value, and
            somebody wants one.
        work: computes the value and tells its progress.
        label: of the button.
        name: tells several buttons on a page apart.
        patience: seconds; what takes longer waits for a click; `PATIENCE` unless told otherwise.
        unasked: whether it may begin without a click. If not, the estimate is made after the click, as trying a pass
            for it costs everybody who only comes along; what takes longer than `AFTER_A_CLICK` then asks once more.
        again: whether to compute at once, and in place of a kept value.
        kind: what is done, where the name does not say it; later estimates learn from how long this kind took.
    """
    if not again and (kept := CACHE.peek(key)) is not None:
        return kept
    kind = kind or name
    slot = st.empty()
    wished = st.session_state.get("wished_work") == key
    pressed = again or bool(st.session_state.get(f"start_{name}"))
    if not (unasked or pressed or wished):
        slot.button(label, key=f"ask_{name}", icon=START, type="primary", on_click=_wish, args=(key,))
        return None
    look = _bar(slot, label, name, key) if wished or pressed else None  # the estimate may have to try a pass
    alone = seconds() if look is None else beside_the_page(lambda progress: seconds(), look)
    reckoned = alone * (1 + others_at_work()) / _left_of_the_device()
    foretold = ESTIMATES.foretold(kind, reckoned)
    most = AFTER_A_CLICK if wished else PATIENCE if patience is None else patience
    begins = foretold <= most and (wished or st.session_state.get("stopped_work") != key)
    if not (pressed or begins):
        slot.empty()
        slot.button(f"{label} ({duration(foretold)})", key=f"start_{name}", icon=START, type="primary")
        return None
    st.session_state.pop("wished_work", None)
    look = look or _bar(slot, label, name, key)
    began = time.monotonic()

    def with_time_left(share: float) -> None:
        left = (time.monotonic() - began) * (1 - share) / share if share > 0 else foretold
        look(share, f"{duration(left)} left" if share > 0 else duration(left))

    def in_turn(progress: Progress) -> Value:
        with long_work() if foretold > PATIENCE else nullcontext():
            return work(progress)

    try:
        value = beside_the_page(in_turn, with_time_left)
    except Exception:
        slot.empty()  # whoever says what is wrong says it in this place
        raise
    ESTIMATES.learn(kind, reckoned, time.monotonic() - began)
    CACHE.put(key, value)
    slot.empty()
    return value


def _left_of_the_device() -> float:
    """Share of the time that short questions, which go first, leave to longer work: all of it to whoever is alone."""
    return 1 - SHORT_QUESTIONS.share if sessions() > 1 else 1.0


def _bar(slot: DeltaGenerator, label: str, name: str, key: tuple[Hashable, ...]) -> Look:
    """A button to stop and a bar; returns what moves it, and ends the run where something was pressed."""
    slot.empty()
    with slot.container():
        st.button("Stop", key=f"stop_{name}", icon=":material/stop:", on_click=_stop, args=(key,))
        bar = st.progress(0.0, text=f"{label}: how long will it take?")
    shown = (0.0, "")

    def look(share: float, words: str = "how long will it take?") -> None:
        nonlocal shown
        if _pressed_in_this_fragment():
            st.rerun()
        if (share, words) != shown:
            bar.progress(min(1.0, share), text=f"{label}: {words}")  # ends the run where something was pressed
            shown = share, words
        elif (run := get_script_run_ctx(suppress_warning=True)) is not None:
            run.yield_check()

    return look


def _pressed_in_this_fragment() -> bool:
    """Whether something was pressed in the fragment that is running now: Streamlit would let it end its work first."""
    run = get_script_run_ctx(suppress_warning=True)
    if run is None or run.script_requests is None:
        return False
    requests, here = run.script_requests, ThreadState.get().fragment_id
    waiting = requests._state is ScriptRequestType.RERUN  # nothing public says that a rerun waits
    return waiting and here in requests._rerun_data.fragment_id_queue


def _wish(key: tuple[Hashable, ...]) -> None:
    """Somebody wants it: the run that follows finds out how long it takes."""
    st.session_state["wished_work"] = key


def _stop(key: tuple[Hashable, ...]) -> None:
    """What began by itself and was stopped does not begin by itself again."""
    st.session_state["stopped_work"] = key
    st.session_state.pop("wished_work", None)


def duration(seconds: float) -> str:
    """A time for people: `about 20 s`, `about 3 min`."""
    if seconds < 1.5:
        return "about a second"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
