"""What the address says of a control: read once on every arrival, written back whenever the control changes.

Every parameter is in the table of `session/keys.py`. A widget that lives in the address is one of `url_pickers`; what
is no widget (a picked tile, nine numbers of a kernel) calls `from_address` before and `to_address` after.

Between two runs the browser may send an address that is older than what was just written. So an address is believed
only on arrival: on another page, by an address that was never written here, or by the browser's Back and Forward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from effnet_viz.ui.widgets.plain_text import as_markdown

Value = TypeVar("Value")
BY_HISTORY = "by_history"  # the mark of a visitor who is led here, whose address is taken as after Back
LONGEST = 40  # characters of the address that a sentence repeats
SEPARATOR = ";"  # between several choices


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """What a parameter's text means.

    Attributes:
        value: what is to be used.
        problem: why the text could not be taken as it is, as `is not a number`; empty where it could.
    """

    value: Value
    problem: str = ""


def read_choice(
    text: str, titles: Mapping[str, str], default: str, elsewhere: Mapping[str, str] | None = None
) -> Reading[str]:
    """One of several, by its id or its words.

    Args:
        text: what the address says.
        titles: id to words.
        default: id that is used where the text names none.
        elsewhere: ids that exist, but not here, and why that is.
    """
    if text in titles:
        return Reading(text)
    named = [id for id, words in titles.items() if words == text]
    if named:
        return Reading(named[0])
    return Reading(default, (elsewhere or {}).get(text, "is not among the choices here"))


def read_choices(text: str, titles: Mapping[str, str], limit: int) -> Reading[list[str]]:
    """Several of many, at most `limit`; those that do not exist are left out.

    Args:
        text: what the address says: ids with `SEPARATOR` between them.
        titles: id to words.
        limit: how many are taken at most.
    """
    asked = list(dict.fromkeys(text.split(SEPARATOR))) if text else []
    known = [id for id in asked if id in titles]
    if len(known) < len(asked):
        return Reading(known[:limit], "names what is not among the choices here")
    return Reading(known[:limit], f"names more than {limit}" if len(known) > limit else "")


def read_number(text: str, low: float, high: float, default: float | None, *, whole: bool) -> Reading[float | None]:
    """A number between two ends, the nearest one where the text is beyond them.

    Args:
        text: what the address says.
        low: smallest value.
        high: largest value.
        default: what is used where the text is no number.
        whole: whether only whole numbers are meant.
    """
    try:
        number = float(text) if len(text) <= LONGEST else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return Reading(default, "is not a number")
    nearest = min(max(number, low), high)
    value = round(nearest) if whole else float(nearest)
    if value == number:
        return Reading(value)
    return Reading(value, f"is not between {low:g} and {high:g}" if nearest != number else "is not a whole number")


def read_toggle(text: str, default: bool) -> Reading[bool]:
    """On or off: `true` or `false`.

    Args:
        text: what the address says.
        default: what is used where the text is neither.
    """
    known = {"true": True, "false": False}
    word = text.lower()
    return Reading(known[word]) if word in known else Reading(default, "is neither true nor false")


def begin_run(page: str) -> None:
    """To be called first in every run of the main script: notes whether the visitor has just arrived.

    Args:
        page: name of the page that the run shows.
    """
    by_history = st.query_params.pop(BY_HISTORY, None) is not None or _back_or_forward()
    known = st.session_state.setdefault("address_known", set())
    if by_history or page != st.session_state.get("address_page") or _fingerprint() not in known:
        st.session_state["address_visit"] = st.session_state.get("address_visit", 0) + 1
        st.session_state["address_by_history"] = by_history
        st.session_state["address_page"] = page
        known.clear()
    known.add(_fingerprint())


def _back_or_forward() -> bool:
    """Whether the browser's Back or Forward asked for this run."""
    run = get_script_run_ctx(suppress_warning=True)
    return run is not None and run.is_history_navigation


def from_address(
    key: str, read: Callable[[str], Reading[Value]], fit: Callable[[Value], Value], default: Value
) -> Value:
    """The value of a control, put into the session: from the address on arrival, else the one kept, else the default.

    Args:
        key: name in the session and in the address.
        read: what a text of the address means.
        fit: makes a kept value one that is possible now.
        default: value where neither address nor session has one.
    """
    asked, by_history = _asked_once(key)
    if asked is not None:
        reading = read(asked)
        value = reading.value
        if reading.problem:
            note_problem(key, asked, reading.problem)
    elif key in st.session_state and not by_history:
        value = fit(st.session_state[key])
    else:
        value = default
    st.session_state[key] = value
    return value


def to_address(key: str, text: str | None) -> None:
    """Write a control's value into the address; None takes it out, as for defaults.

    Args:
        key: the parameter's name.
        text: its value.
    """
    if st.query_params.get(key) == text:
        return
    if text is None:
        del st.query_params[key]
    else:
        st.query_params[key] = text
    st.session_state.setdefault("address_known", set()).add(_fingerprint())


def text_on_arrival(key: str) -> str | None:
    """What the address says of a parameter, once on every arrival; None at all other times."""
    return _asked_once(key)[0]


def address_text(key: str) -> str | None:
    """What stands in the address now."""
    return st.query_params.get(key)


def note_problem(key: str, asked: str, problem: str) -> None:
    """Note that the address asks for what cannot be had; `say_problems` says it.

    Args:
        key: the parameter's name.
        asked: what the address says; its first `LONGEST` characters are repeated.
        problem: the end of the sentence, such as `is not a number`.
    """
    shown = asked if len(asked) <= LONGEST else f"{asked[:LONGEST]}…"
    sentence = f"{key} = “{as_markdown(shown)}”, which {as_markdown(problem)}"
    st.session_state.setdefault("address_problems", []).append(sentence)


def say_problems(place: DeltaGenerator) -> None:
    """Say what the address asks for and cannot have, all in one place, until the next run.

    Called when the page is drawn. A toast would lie over the title of a small screen and show three lines.

    Args:
        place: where it is said.
    """
    problems = st.session_state.pop("address_problems", [])
    if not problems:
        return
    if len(problems) == 1:
        words = f"The address asks for {problems[0]}. What is possible and nearest to it is shown."
    else:
        lines = "\n".join(f"- {problem}" for problem in problems)
        words = f"The address asks for:\n\n{lines}\n\nWhat is possible and nearest to each is shown."
    place.warning(words, icon=":material/link_off:")


def _asked_once(key: str) -> tuple[str | None, bool]:
    """The parameter's text if this arrival has not read it before, and whether the arrival was by Back or Forward."""
    visit = st.session_state.get("address_visit", 0)
    read_at = st.session_state.setdefault("address_read_at", {})
    if read_at.get(key) == visit:
        return None, False
    read_at[key] = visit
    return st.query_params.get(key), st.session_state.get("address_by_history", False)


def _fingerprint() -> int:
    """Stands for the address as it is now."""
    return hash(tuple(sorted(st.query_params.to_dict().items())))
