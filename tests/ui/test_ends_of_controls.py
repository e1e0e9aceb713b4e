"""Every slider and number field of the app at both of its ends: a page answers, or says what it allows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from effnet_viz.ui.lessons.contents import LESSONS
from effnet_viz.ui.navigation import MAIN_SCRIPT, page_path

SECONDS = 120
UNBOUNDED = (-1, 10**7)  # for fields that take any number and say themselves what they allow
VIEWS = [
    *(("lessons", {"lesson": number, "variant": "shapes"}) for number in LESSONS),
    ("lessons", {"lesson": "1", "filter": "From the stem"}),
    ("architecture", {"variant": "b0"}),
    ("compare", {}),
    ("scaling", {}),
    ("scaling", {"scale_by": "hand"}),
    ("feature_maps", {"variant": "shapes", "over": "true"}),
    ("feature_maps", {"variant": "shapes", "normalise": "fixed"}),
    ("feature_maps", {"variant": "shapes", "view": "One channel"}),
    ("se_attention", {"variant": "shapes"}),
    ("se_attention", {"variant": "shapes", "part": "Surgery"}),
    ("evidence", {"variant": "shapes"}),
    ("train", {}),
]


def opened(page: str, query: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(MAIN_SCRIPT), default_timeout=SECONDS)
    app.query_params.update(query)
    app.switch_page(page_path(page)).run()
    assert not app.exception, app.exception
    return app


def fields(app: AppTest) -> dict[str, tuple]:
    """Key of every slider and number field to its ends."""
    reach = {slider.key: (slider.min, slider.max) for slider in app.slider}
    for field in app.number_input:
        ends = (field.min, field.max)
        reach[field.key] = tuple(own if own is not None else far for own, far in zip(ends, UNBOUNDED, strict=True))
    return {key: ends for key, ends in reach.items() if key is not None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "query"), VIEWS, ids=lambda value: value if isinstance(value, str) else "-".join(value.values())
)
def test_both_ends_of_every_slider_and_number_field(page, query):
    app = opened(page, query)
    for key, ends in fields(app).items():
        for end in ends:
            there = [*app.slider, *app.number_input]
            field = next((control for control in there if control.key == key), None)
            if field is None:  # another control's end took it from the page
                continue
            before = field.value
            field.set_value(type(before)(end) if before is not None else int(end)).run()
            assert not app.exception, (key, end, app.exception)
            field = next((control for control in [*app.slider, *app.number_input] if control.key == key), None)
            if field is not None:
                field.set_value(before).run()


@pytest.mark.slow
def test_lesson_6_can_build_what_it_offers():
    app = opened("lessons", {"lesson": "6", "variant": "shapes"})
    times = app.slider(key="times")
    assert times.max == 20  # deeper networks than 20 times cannot be built
    times.set_value(times.max).run()
    assert not app.exception and not app.error
