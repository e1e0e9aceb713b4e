"""The public library with arguments that make no sense: one sentence for each, never an error from somewhere inside."""

from __future__ import annotations

import inspect
import math
import re
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import effnet_viz as ev
from effnet_viz.arguments import KINDS, kinds_of
from effnet_viz.images import open_sample

FUNCTIONS = [name for name in ev.__all__ if inspect.isfunction(getattr(ev, name))]
RAW = re.compile(r"has no attribute|object is not|not subscriptable|unsupported operand|out of range|expected")


class NoPath:
    """It says that it is a path, and is none."""

    def __fspath__(self):
        return 7


WRONG = (
    None, True, -1, 0, 10**30, 1.5, math.nan, math.inf, "", "x", "9.9", "²", "\x00", "x" * 5000, b"", b"x", [], [None],
    {}, {"a": 1}, (), object(), print, numpy.zeros(3), numpy.float32(2),
    Fraction(1, 3), Fraction(10**400, 3), numpy.int64(3), NoPath(), "²" * 4096, "/" + "²" * 200,
)  # fmt: skip
INSIDE = (TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, AssertionError, MemoryError)
SLOW = {"quantise", "report", "comparison_report", "profile", "run_folder", "compare_models", "export_onnx"}
"""Wrong values for these are tried where they are refused at the door; those that would be taken cost seconds."""


@pytest.fixture(scope="module")
def valid(tmp_path_factory) -> dict[str, dict[str, object]]:
    """Arguments that each function takes."""
    model, photo = ev.load("shapes", weights="untrained"), open_sample("coffee")
    network = ev.build("shapes", seed=0)
    asked = {"model": model, "photo": photo}
    folder = tmp_path_factory.mktemp("out")
    return {
        "spec": {"name": "b0"},
        "plan": {"network": "b0"},
        "compare": {"left": "b0", "right": "b1"},
        "build": {"network": "shapes"},
        "load": {"network": "shapes"},
        "load_checkpoint": {"checkpoint": b"x"},
        "load_state_dict": {"network": network, "state_dict": network.state_dict()},
        "open_photo": {"source": b"x"},
        "predict": asked,
        "feature_maps": {**asked, "layer": "1"},
        "se_gates": asked,
        "gate_evidence": {**asked, "block": "2.1"},
        "gate_wall": asked,
        "gate_picture": {"evidence": ev.gate_evidence(model, photo, "2.1"), "photo": photo},
        "gate_wall_picture": {"wall": ev.gate_wall(model, photo, count=1), "photo": photo},
        "grad_cam": asked,
        "export_onnx": {"model": model, "path": folder / "a.onnx"},
        "profile": {"model": model},
        "quantise": {"model": model},
        "report": {**asked, "path": folder / "a.html"},
        "comparison_report": {"left": model, "right": model, "photo": photo, "path": folder / "b.html"},
        "show": asked,
        "run_folder": {"model": "shapes", "source": str(folder), "out": folder / "rows"},
        "compare_models": {"first": model, "second": model, "rows": None},
    }


def test_every_word_of_the_annotations_is_known():
    for name in FUNCTIONS:
        for parameter in inspect.signature(getattr(ev, name)).parameters.values():
            assert set(kinds_of(parameter.annotation)) <= KINDS.keys(), (name, parameter)


def taken_at_the_door(name: str, parameter: str, value: object) -> bool:
    annotation = inspect.signature(getattr(ev, name)).parameters[parameter].annotation
    return any(KINDS[kind][0](value) for kind in kinds_of(annotation))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_makes_no_sense_is_one_sentence(name: str, valid):
    function, good = getattr(ev, name), valid.get(name, {})
    problems = []
    for parameter in inspect.signature(function).parameters:
        for value in WRONG:
            if name in SLOW and taken_at_the_door(name, parameter, value):
                continue
            try:
                function(**{**good, parameter: value})
            except (ValueError, OSError) as error:
                said = str(error)
                if "\n" in said or len(said) > 400 or RAW.search(said) or not said:
                    problems.append(f"{parameter}={value!r:.40}: {said:.300}")
            except INSIDE as error:
                problems.append(f"{parameter}={value!r:.40}: {type(error).__name__}: {error!s:.200}")
    assert "\n".join(problems) == ""


@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.none()))
@settings(max_examples=60)
def test_any_value_for_any_number_of_a_network_is_taken_or_refused_in_a_sentence(value):
    for function, name in ((ev.plan, "num_classes"), (ev.plan, "resolution"), (ev.custom_spec, "width")):
        network = {"network": "b0"} if function is ev.plan else {}
        try:
            function(**network, **{name: value})
        except ValueError as error:
            assert str(error).startswith(f"{name} is ") and len(str(error)) < 300
