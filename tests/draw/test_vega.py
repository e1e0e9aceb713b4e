"""Every chart is what Vega-Lite's own schema allows, on several networks, and another program can draw it."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from xml.etree import ElementTree

import altair
import jsonschema
import numpy as np
import pytest
import vl_convert

from effnet_viz import draw
from effnet_viz.architecture import compare, plan, spec
from effnet_viz.architecture.difference import split
from effnet_viz.architecture.equal_cost import scale_to_cost
from effnet_viz.architecture.published import ACCURACIES
from effnet_viz.architecture.theory import shipped_beside_theory
from effnet_viz.draw import (
    class_answers,
    class_charts,
    comparison_charts,
    cost_charts,
    folder_charts,
    gate_charts,
    gate_evidence_charts,
    lesson_charts,
    scaling_charts,
    side_by_side_charts,
    structure_charts,
    training_charts,
    trust_charts,
    value_charts,
)
from effnet_viz.draw.palette import contrast
from effnet_viz.explain.gate_statistics import agreement, group_contrast, summarise_gates
from effnet_viz.explain.photo_changes import Noticed
from effnet_viz.explain.pointing_game import PointingGame
from effnet_viz.explain.surgery import KnockOut
from effnet_viz.lessons import convolution, decision, descent, scaling

NETWORKS = ("b0", "b7", "v2_s", "shapes")
Charts = dict[str, list[dict]]


def gates_of(network: str, seed: int) -> dict[str, np.ndarray]:
    """Gates as they could be, for each block that has SE."""
    rng = np.random.default_rng(seed)
    return {block.id: rng.random(4 * block.squeeze_channels, np.float32) for block in plan(network).se_blocks}


def steps_with_gates(gates: np.ndarray) -> SimpleNamespace:
    numbers = np.random.default_rng(2).normal(size=gates.size)
    middle = numbers[: gates.size // 4]
    return SimpleNamespace(descriptor=gates, reduced=middle, activated=middle, expanded=numbers, gates=gates)


def charts_of_gates(network: str) -> Charts:
    """Every chart that depends on which blocks a network has."""
    photos = {"coffee": gates_of(network, 0), "cat.jpg [2]": gates_of(network, 1)}
    gates = photos["coffee"]
    blocks, block = list(gates), list(gates)[-1]
    last_gates, numbers = gates[block], np.random.default_rng(1).normal(size=gates[block].size)
    groups = {name: [own, gates] for name, own in photos.items()}
    shares = {id: float(values.mean()) for id, values in gates.items()}
    knocked = [KnockOut(block=id, logit_change=-1.0, probability_change=0.1, winner=3) for id in blocks[:2]]
    changes = [
        Noticed(change=name, photo=None, gates=photos["cat.jpg [2]"], before=gates, probability=0.5, winner=1)
        for name in ("grey", "blurred")
    ]
    words = {"grey": "in grey", "blurred": "blurred"}
    return {
        "gates_along_depth": [
            gate_charts.gates_along_depth(gates, summarise_gates(gates), chosen) for chosen in (block, "")
        ],
        "sorted_gates": [gate_charts.sorted_gates(last_gates, channel) for channel in (3, None)],
        "gates_against_evidence": [
            gate_charts.gates_against_evidence(last_gates, numbers, channel) for channel in (3, None)
        ],
        "mechanism_strip": [
            gate_charts.mechanism_strip(steps_with_gates(last_gates), step[0], 3) for step in gate_charts.STEPS
        ],
        "mean_gate_profiles": [comparison_charts.mean_gate_profiles(photos)],
        "agreement_along_depth": [comparison_charts.agreement_along_depth(agreement(list(photos.values())))],
        "contrast_along_depth": [comparison_charts.contrast_along_depth(group_contrast(groups))],
        "gates_by_row": [
            side_by_side_charts.gates_by_row({name: own[block] for name, own in photos.items()}, [3, 1], "Photo")
        ],
        "distance_from_usual": [side_by_side_charts.distance_from_usual(photos)],
        "likeness": [side_by_side_charts.likeness(list(photos), np.array([[1, 0.2], [0.2, 1]]))],
        "knock_out_chart": [
            comparison_charts.knock_out_chart(results, blocks, measure)
            for results in (knocked, [])
            for measure in ("logit", "probability")
        ],
        "class_shares_along_depth": [class_charts.class_shares_along_depth(shares)],
        "accuracy_lost": [class_charts.accuracy_lost({id: share - 0.4 for id, share in shares.items()})],
        "noticed_along_depth": [
            gate_evidence_charts.noticed_along_depth(changes, blocks, words, ["cat 0.5", "cat 0.4, now dog"])
        ],
        "gates_before_and_after": [
            gate_evidence_charts.gates_before_and_after(last_gates, last_gates[::-1], channel) for channel in (3, None)
        ],
    }


def other_charts() -> Charts:
    """The rest."""
    report = {"seconds": 60.0, "loss": 1.0, "accuracy": 0.5, "held_out_accuracy": 0.4}
    quantiles = {"q05": 0.1, "q25": 0.2, "q50": 0.3, "q75": 0.4, "q95": 0.5}
    shares = np.linspace(0, 1, 5)
    steps = convolution.by_hand(
        np.random.default_rng(0).random((1, 9, 9), dtype=np.float32),
        np.array(convolution.KERNELS["Sharpen"]),
        spec("b0"),
    )
    taken_apart = decision.Decision(target=1, pooled=shares, weights=1 - 2 * shares, bias=0.5, logit=1.0)
    game = PointingGame(pointing=0.7, energy=0.4, chance=0.2, pictures=9)
    step = {
        "id": "2.1.depthwise",
        "kind": "depthwise",
        "milliseconds": 2.0,
        "macs_per_byte": 1.5,
        "macs_per_second": 3e9,
    }
    return {
        "block_bars": [
            cost_charts.block_bars(
                cost_charts.counted_rows(plan("shapes"), "macs", 1), ["1", "2.1"], "MACs", legend=legend
            )
            for legend in (True, False)
        ],
        "roofline": [cost_charts.roofline({"B0": [step], "B7": [step]}, 40e9, 10e9)],
        "error_by_depth": [cost_charts.error_by_depth({"one": {"1": 30.0}})],
        "answers_before_and_after": [
            comparison_charts.answers_before_and_after([("cat", 0.2, 0.4), ("dog", 0.3, 0.1)])
        ],
        "pushing_channels": [
            gate_evidence_charts.pushing_channels([(3, 1.5)], [(1, -2.0)]),
            gate_evidence_charts.pushing_channels([], []),
        ],
        "truth_chart": [trust_charts.truth_chart({"Grad-CAM": game})],
        "curve_chart": [
            trust_charts.curve_chart(
                {"by the map": (shares, 1 - shares)}, (shares, shares, shares), x_title="hidden", y_title="cat"
            )
        ],
        "randomisation_chart": [trust_charts.randomisation_chart(["head", "8"], [0.9, 0.1])],
        "agreement_chart": [trust_charts.agreement_chart(["a", "b"], np.eye(2))],
        "learning_curves": training_charts.learning_curves([report], 5.0),
        "gates_over_training": [training_charts.gates_over_training([{"step": 100, "block": "2.1", **quantiles}])],
        "value_histogram": [value_charts.value_histogram(np.random.default_rng(0).normal(size=(7, 7)))],
        "calibration_chart": [
            folder_charts.calibration_chart(np.array([0.05, np.nan]), np.array([0.1, np.nan]), np.array([3, 0]))
        ],
        "group_differences": [
            folder_charts.group_differences(
                [{"what": "Block 2.1 · 3", "group": group, "value": 0.5, "photo": "<a>.png"} for group in "AB"],
                "AB",
                "Gate",
                gates=gates,
            )
            for gates in (True, False)
        ],
        "apart_along_depth": [folder_charts.apart_along_depth({"2.1": 0.5, "2.2": 0.7})],
        "change_along_depth": [
            folder_charts.change_along_depth({"1": 0.5, "2.1": 0.7}, {"1": float("nan"), "2.1": 1.0}, moved)
            for moved in ({}, {"2.1": 0.1})
        ],
        "accuracy_bars": [folder_charts.accuracy_bars([{"class": "cat", "right": 0.5, "photos": 4}])],
        "choice_bars": [class_answers.choice_bars(["a", "b"], [3, 0], right) for right in (1, None)],
        "number_histogram": [
            class_answers.number_histogram([1.0, 2.0, 2.1]),
            class_answers.number_histogram([1.0], right=3.0),
        ],
        "activation_curve": [lesson_charts.activation_curve({"silu": (shares, shares), "relu": (shares, shares)})],
        "input_histogram": [lesson_charts.input_histogram(steps)],
        "way_bars": [lesson_charts.way_bars({"standard": 9e6, "depthwise": 1e5}, "Multiply-adds", ",.0f")],
        "gatings": [lesson_charts.gatings({"sigmoid": shares, "softmax": shares / shares.sum()})],
        "middle_cost": [lesson_charts.middle_cost({4: 100, 8: 200}, 8)],
        "running_totals": lesson_charts.running_totals(descent.levels(plan("b0")), 3),
        "width_times": [lesson_charts.width_times({24: 1e-4, 25: 2e-4, 28: 1.5e-4})],
        "growth_bars": lesson_charts.growth_bars(scaling.examples()),
        "contribution_bars": [lesson_charts.contribution_bars(taken_apart, [4, 0])],
        "waterfall": [
            structure_charts.waterfall(split(compare("b0", other)), "B0", "other", "parameters")
            for other in ("b7", "b0")
        ],
        "accuracy_chart": [structure_charts.accuracy_chart(ACCURACIES, "macs", {"b0": "B0", "b7": "B7"})],
        "implied_phi_chart": [
            scaling_charts.implied_phi_chart(shipped_beside_theory()),
            scaling_charts.implied_phi_chart(shipped_beside_theory(alpha=1.0)),
        ],
        "equal_cost_chart": [
            scaling_charts.equal_cost_chart(
                plan("b2"), scale_to_cost(spec("b0"), plan("b2").macs), "params", "Parameters"
            )
        ],
    }


SETS: dict[str, Callable[[], Charts]] = {
    **{network: lambda network=network: charts_of_gates(network) for network in NETWORKS},
    "other": other_charts,
}
SHAPES = {
    "layer": altair.TopLevelLayerSpec,
    "hconcat": altair.TopLevelHConcatSpec,
    "facet": altair.TopLevelFacetSpec,
    "mark": altair.TopLevelUnitSpec,
}


def with_first_rows(node: object) -> object:
    """A specification with one row of each table: the schema allows any row, and looks at each for long."""
    if isinstance(node, dict):
        if isinstance(node.get("datasets"), dict):
            tables = {name: rows[:1] for name, rows in node["datasets"].items()}
            node = {**node, "datasets": tables}
        return {
            key: rows[:1] if key == "values" and rows and isinstance(rows[0], dict) else with_first_rows(rows)
            for key, rows in node.items()
        }
    return [with_first_rows(part) for part in node] if isinstance(node, list) else node


def hold_against_schema(chart: dict) -> None:
    """Raises `jsonschema.ValidationError` where Vega-Lite's schema does not allow a word of the chart."""
    schema = next(schema for key, schema in SHAPES.items() if key in chart)
    schema.validate(with_first_rows(chart))


def chart_functions() -> Iterator[str]:
    """Names of all public functions under `draw/` that give charts."""
    for entry in pkgutil.iter_modules(draw.__path__, f"{draw.__name__}."):
        module = importlib.import_module(entry.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            gives_charts = function.__annotations__.get("return") in ("Chart", "list[Chart]")
            if function.__module__ == module.__name__ and not name.startswith("_") and gives_charts:
                yield name


def test_no_chart_is_forgotten():
    assert sorted(chart_functions()) == sorted({*charts_of_gates("b0"), *other_charts()})


@pytest.mark.parametrize("name", SETS)
def test_the_schema_allows_every_word(name):
    for charts in SETS[name]().values():
        for chart in charts:
            hold_against_schema(chart)
            json.dumps(chart, allow_nan=False)  # Python's own numbers, and no infinite ones


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shapes", "other"])
def test_another_program_draws_it(name):
    for function, charts in SETS[name]().items():
        for chart in charts:
            svg = vl_convert.vegalite_to_svg(
                chart if "hconcat" in chart or "facet" in chart else {**chart, "width": 500}
            )
            marks = ElementTree.fromstring(svg).iterfind(".//*[@aria-roledescription]")
            assert any(mark.get("role") == "graphics-symbol" for mark in marks) or "[]" in json.dumps(chart), function
            assert not re.search(r"\bNaN\b|undefined", svg), function


def test_a_wrong_word_is_found():
    (chart,) = charts_of_gates("b0")["likeness"]
    hold_against_schema(chart)
    for wrong in ({**chart, "mark": {"type": "rect", "colour": "red"}}, {**chart, "encodings": {}}):
        with pytest.raises(jsonschema.ValidationError):
            hold_against_schema(wrong)


def blue_dots(chart: dict) -> list[str]:
    """What stands at the marked dots of a chart, as it is read out."""
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg({**chart, "width": 500}))
    return [mark.get("aria-label") for mark in svg.iter() if mark.get("fill") == "#0072B2" and mark.get("aria-label")]


def test_the_marked_channel_is_the_chosen_one():
    gates = gates_of("b0", 0)["3.2"]
    (label,) = blue_dots(gate_charts.sorted_gates(gates, 5))
    assert "Channel: 5;" in label
    (label,) = blue_dots(gate_charts.gates_against_evidence(gates, gates - 0.5, 7))
    assert "Channel: 7;" in label
    (label,) = blue_dots(gate_evidence_charts.gates_before_and_after(gates, gates, 2))
    assert "Channel: 2;" in label
    assert blue_dots(gate_charts.sorted_gates(gates)) == []


def percents_in_words(node: object) -> Iterator[dict]:
    """Channels of a chart that Vega would round to percent; axes and legends have even steps and may."""
    if isinstance(node, dict):
        if "field" in node and str(node.get("format", "")).endswith("%"):
            yield node
        for part in node.values():
            yield from percents_in_words(part)
    elif isinstance(node, list):
        for part in node:
            yield from percents_in_words(part)


@pytest.mark.parametrize("name", ["b0", "other"])
def test_no_readout_of_a_chart_rounds_to_nothing_or_to_all(name):
    for function, charts in SETS[name]().items():
        assert not list(percents_in_words(charts)), function


def test_a_small_probability_reads_in_a_chart_as_on_the_page():
    curve = {"by the map": (np.array([0.001, 1]), np.array([1e-6, 0.99999]))}
    chart = trust_charts.curve_chart(curve, (np.zeros(2),) * 3, x_title="hidden", y_title="probability")
    (tips,) = (layer["encoding"]["tooltip"] for layer in chart["layer"] if "tooltip" in layer.get("encoding", {}))
    read = [[row[tip["field"]] for tip in tips] for row in chart["data"]["values"]]
    assert read == [["by the map", "<1%", "<0.1%"], ["by the map", "100%", ">99.9%"]]


def test_the_numbers_in_a_heat_map_are_readable_on_their_cells():
    """Colours as another program draws them, against WCAG's 4.5; both themes draw them alike."""
    values = np.linspace(-1, 1, 81).reshape(9, 9)
    chart = trust_charts.agreement_chart([f"method {at}" for at in range(9)], values)
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg({**chart, "width": 500}))
    marks = [mark for mark in svg.iter() if mark.get("role") == "graphics-symbol"]
    cells = [mark.get("fill") for mark in marks if mark.get("aria-roledescription") == "rect mark"]
    words = [mark.get("fill") for mark in marks if mark.get("aria-roledescription") == "text mark"]
    assert len(cells) == len(words) == 81
    as_hex = ["#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", cell)) for cell in cells]
    assert min(map(contrast, words, as_hex)) >= 4.5
