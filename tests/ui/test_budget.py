"""Memory is asked for before the work, and who cannot have it is told so in a sentence."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path
from effnet_viz.ui.session.budget import SMALL, SPARE, Budget
from effnet_viz.ui.session.byte_cache import CACHE, NETWORKS
from effnet_viz.weights.memory import MemoryShortage

GB = 10**9


class Machine:
    """So much memory is free, and some more can be let go of."""

    def __init__(self, free: int, kept: int = 0) -> None:
        self.free, self.kept = free + SPARE, kept
        self.asked: list[int] = []

    def make_room(self, missing: int) -> None:
        self.asked.append(missing)
        freed = min(self.kept, missing)
        self.kept -= freed
        self.free += freed

    def budget(self, patience: float = 0.0) -> Budget:
        return Budget(lambda: self.free, self.make_room, patience)


def test_what_fits_is_promised_for_as_long_as_it_works():
    budget = Machine(2 * GB).budget()
    with budget.room_for(GB, "B7"):
        assert budget.promised == GB
    assert budget.promised == 0


def test_two_cannot_have_the_same_memory():
    budget = Machine(2 * GB).budget()
    with budget.room_for(int(1.5 * GB), "B7"):
        with (
            pytest.raises(MemoryShortage, match=r"B6 needs about 1\.0 GB of memory; 0\.5 GB are free"),
            budget.room_for(GB, "B6"),
        ):
            pytest.fail("it was let in")
        assert budget.promised == int(1.5 * GB)


def test_kept_values_go_before_anybody_is_refused():
    machine = Machine(GB, kept=3 * GB)
    with machine.budget().room_for(2 * GB, "B7"):
        pass
    assert machine.asked == [GB]
    assert machine.kept == 2 * GB


def test_who_lacks_some_megabytes_after_the_first_round_is_not_refused():
    """B7 was refused for want of some megabytes with 0.5 GB of results kept: the system got less than was let go of."""
    machine = Machine(GB, kept=3 * GB)
    whole = machine.make_room
    machine.make_room = lambda missing: whole(missing * 2 // 3)
    with machine.budget().room_for(int(1.5 * GB), "B7"):
        pass
    assert len(machine.asked) == 2
    assert machine.kept > 2.4 * GB


def test_the_sentence_says_what_to_do():
    said = r"L2 needs about 9\.0 GB .* Wait until others are done, or choose a smaller"
    with pytest.raises(ValueError, match=said), Machine(GB).budget().room_for(9 * GB, "L2"):
        pytest.fail("it was let in")


def test_one_waits_for_who_is_at_work():
    budget = Machine(GB).budget(patience=20)
    working, may_end, order = threading.Event(), threading.Event(), []

    def work() -> None:
        with budget.room_for(GB, "first"):
            working.set()
            may_end.wait()
            order.append("first")

    def wait() -> None:
        with budget.room_for(GB, "second"):
            order.append("second")

    first = threading.Thread(target=work)
    first.start()
    working.wait()
    second = threading.Thread(target=wait)
    second.start()
    while not budget.waiting:
        time.sleep(0.001)
    may_end.set()
    first.join()
    second.join()
    assert order == ["first", "second"]
    assert budget.promised == budget.waiting == 0


def test_who_needs_little_is_never_kept_waiting():
    """A small network's run takes some megabytes: while a large one fills the server, everybody else goes on."""
    budget = Machine(0).budget(patience=20)
    with budget.room_for(SMALL, "Lite0"):
        assert budget.promised == SMALL


def test_an_error_gives_the_promise_back():
    budget = Machine(GB).budget()
    with pytest.raises(RuntimeError, match="broken"), budget.room_for(GB, "B0"):
        raise RuntimeError("broken")
    with budget.room_for(GB, "B0"):
        pass


def test_memory_that_gives_out_in_the_middle_of_a_page_is_a_sentence_there(monkeypatch):
    """The usual gates of B7 are run behind the page's title; a class saw a raw exception in their place."""
    from effnet_viz.ui.se_attention import moved

    def gives_out(model: object) -> None:
        raise MemoryShortage("EfficientNet-B7 needs about 0.5 GB of memory; 0.0 GB are free on this server.")

    monkeypatch.setattr(moved, "usual_gates", gives_out)
    page = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
    page.query_params["variant"] = "shapes"
    page.switch_page(page_path("se_attention")).run()
    assert not page.exception
    assert "0.0 GB are free" in page.error[0].value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "query"),
    [("overview", {}), ("feature_maps", {}), ("evidence", {"part": "side_by_side"}), ("lessons", {"lesson": "6"})],
    ids=lambda part: part if isinstance(part, str) else "".join(part.values()),
)
def test_memory_may_give_out_at_any_time(page, query, monkeypatch):
    """Refused at the first asking of a page, at the second, and so on: each time it is a sentence."""
    asked = refused = 0

    @contextmanager
    def room_for(budget: Budget, needed: int, title: str):
        nonlocal asked
        asked += 1
        if asked == refused:
            raise MemoryShortage(f"{title} needs memory that is not there.")
        yield

    monkeypatch.setattr(Budget, "room_for", room_for)
    while asked >= refused:  # after a refusal the end of the page may ask once more
        CACHE.clear()
        NETWORKS.clear()
        asked, refused = 0, refused + 1
        app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=120)
        app.query_params.update({"variant": "shapes", **query})
        app.switch_page(page_path(page)).run()
        assert not app.exception, (refused, app.exception)
        assert asked < refused or "needs memory that is not there" in " ".join(error.value for error in app.error)
    assert refused > 2
