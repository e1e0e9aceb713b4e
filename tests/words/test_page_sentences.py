"""Sentences of Classroom, Train, costs, the ONNX file, lessons and reports, over every network or every choice."""

from __future__ import annotations

import re
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import effnet_viz as ev
from effnet_viz.architecture import plan, spec
from effnet_viz.classroom import ChoiceQuestion, ClassroomError
from effnet_viz.command_line.photos import LayerOption
from effnet_viz.draw.block_words import reasons
from effnet_viz.draw.network_words import dropout_words, example_layer, family_words
from effnet_viz.engine.machine import Machine
from effnet_viz.engine.profile import Cost, Profile, beside
from effnet_viz.explain import Provenance
from effnet_viz.network import FusedMBConv, SqueezeExcitation, build
from effnet_viz.reports import ReportSettings
from effnet_viz.reports.write import html_of
from effnet_viz.training.loop import to_input
from effnet_viz.training.tasks import TASKS, pictures
from effnet_viz.ui.classroom import computed
from effnet_viz.ui.lessons import convolution as convolution_lesson
from effnet_viz.ui.lessons import scaling as scaling_lesson
from effnet_viz.ui.lessons import squeeze as squeeze_lesson
from effnet_viz.ui.train.training import size_words
from tests.explain.conftest import make_model, noise_photo, photo  # noqa: F401
from tests.words.conftest import facts_of, facts_of_spec


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def has(module: nn.Module, kind: type) -> bool:
    return any(isinstance(child, kind) for child in module.modules())


# ---- Classroom


def test_classroom_the_block_with_most_parameters(named, monkeypatch):
    _, network, facts = named
    monkeypatch.setattr(computed.chosen, "chosen_spec", lambda: network)
    asked = computed.most_parameters(computed.ON_SCREEN)
    blocks = [facts.layer(re.search(r"Block (\S+),", option).group(1)) for option in asked.options]
    counts = [parameters(block) for block in blocks]
    assert counts[asked.right] == max(map(parameters, facts.network.blocks().values()))
    assert counts.count(max(counts)) == 1
    assert all(f"has {count:,}" in asked.because for count in counts)
    depthwise = [
        any(isinstance(child, nn.Conv2d) and child.groups == child.in_channels > 1 for child in block.modules())
        for block in blocks
    ]
    assert ("depthwise" in asked.because) == any(depthwise)


def test_classroom_asks_about_gates_only_where_there_are_gates(named, monkeypatch):
    _, network, facts = named
    generator = np.random.default_rng(0)
    gates = {
        id: generator.uniform(size=block.se.expand.out_channels)
        for id, block in facts.network.blocks().items()
        if has(block, SqueezeExcitation)
    }
    monkeypatch.setattr(computed.chosen, "chosen_model", lambda: SimpleNamespace(spec=network))
    monkeypatch.setattr(computed.chosen, "sample_photo", lambda name: noise_photo(0))
    monkeypatch.setattr(computed.models_and_runs, "run_of", lambda *_: SimpleNamespace(gates=gates))
    if not gates:
        with pytest.raises(ClassroomError, match=f"{re.escape(network.title)} has no gates"):
            computed.open_or_closed("coffee")
        return
    asked = computed.open_or_closed("coffee")
    channel, block = re.search(r"channel (\d+) in block (\S+) of", asked.prompt).groups()
    gate = gates[block][int(channel)]
    assert asked.options[asked.right].startswith("Open" if gate > 0.5 else "Closed")
    assert abs(gate - 0.5) >= 0.2 and f"Its gate is {gate:.2f}" in asked.because


@pytest.mark.parametrize(("kind", "said"), [("untrained", True), ("packaged", False), ("checkpoint", False)])
def test_classroom_says_of_untrained_parameters_that_the_answer_is_random(kind, said, monkeypatch):
    model = SimpleNamespace(provenance=Provenance(kind=kind, label=""), spec=spec("b0", num_classes=1))
    plain = ChoiceQuestion(prompt="Which?", options=("this", "that"), right=0)
    monkeypatch.setattr(computed, "COMPUTED", {"first": computed.Computed(title="", make=lambda name: plain)})
    monkeypatch.setattr(computed.chosen, "chosen_model", lambda: model)
    monkeypatch.setattr(computed.chosen, "unfamiliar_photo", lambda: "")
    assert ("untrained, so the answer is random" in computed.question("first", computed.ON_SCREEN).prompt) == said
    monkeypatch.setattr(computed.chosen, "chosen_photo", lambda: noise_photo(0))
    with pytest.raises(ClassroomError, match="has one class only"):
        computed.first_class(computed.ON_SCREEN)


# ---- Train


@pytest.mark.parametrize("with_se", [True, False])
@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("depth", [0.5, 1.0, 2.0])
def test_train_says_how_large_both_twins_are(with_se, width, depth):
    own, twin = (
        spec(name).replace(width=width, depth=depth, head_rule="official", num_classes=9)
        for name in (("shapes", "shapes_no_se") if with_se else ("shapes_no_se", "shapes"))
    )
    facts, other = facts_of_spec(own), facts_of_spec(twin)
    assert {has(facts.layer(block.id), SqueezeExcitation) for block in own.block_specs()} == {with_se}
    said = size_words(own)
    for network in (facts.network, other.network):
        count = parameters(network)
        assert re.search(rf"\b{count / 10 ** (6 if count >= 1e6 else 3):.3g}\xa0[kM] parameters", said)
    assert ("Without squeeze and excitation" in said) == with_se
    # “Without it the layers are wider, so that about as many parameters are left.”
    gated, plain = (facts, other) if with_se else (other, facts)
    assert 1 <= parameters(plain.network) / parameters(gated.network) < 1.2
    widths = [
        [block.out_channels for block in one_of.block_specs()] for one_of in (gated.network.spec, plain.network.spec)
    ]
    assert all(narrow <= wide for narrow, wide in zip(*widths, strict=True)) and widths[0] != widths[1]


@pytest.mark.parametrize("task", TASKS)
def test_train_begins_with_lines_near_a_half(task):
    """As in its first step: batch norm takes the pictures' own statistics."""
    torch.manual_seed(0)
    network = build(spec("shapes", num_classes=len(TASKS[task].class_names)))
    gates_seen: list[torch.Tensor] = []
    for module in network.modules():
        if isinstance(module, SqueezeExcitation):
            module.gate.register_forward_hook(
                lambda module, inputs, output: gates_seen.append(output.detach().flatten())
            )
    network.train()(to_input(pictures(task, 0, 0, 32).pixels))
    assert len(gates_seen) == len(network.spec.block_specs())
    for gates in gates_seen:
        assert abs(float(gates.median()) - 0.5) < 0.05


# ---- Costs, ONNX file, command line


def test_costs_name_no_kind_of_step_that_a_network_lacks(named):
    _, network, facts = named
    profiled = made_up_profile(network)
    said = profiled.sentence()
    assert ("squeeze-and-excitation" in said) == has(facts.network, SqueezeExcitation)
    assert ("fused convolutions" in said) == any(has(block, FusedMBConv) for block in facts.network.blocks().values())
    lite = made_up_profile(spec("lite0"))
    if "squeeze-and-excitation" not in said and "fused" not in said:
        both = beside(lite, profiled)
        assert "squeeze" not in both and "fused" not in both


def made_up_profile(network) -> Profile:
    """A profile in which every kind of step costs more than its arithmetic, as far as there are such steps."""
    drawn = plan(network)
    layers = [layer for block in drawn.blocks for layer in block.layers]
    kinds = {layer.kind for layer in layers}
    seconds = {kind: 1 / len(kinds) for kind in kinds}

    def cost(layer, share: float) -> Cost:
        return Cost(id=layer.id, kind=layer.kind, macs=0, bytes=1, seconds=share, share=share, macs_share=0.0)

    steps = [cost(layer, seconds[layer.kind] / sum(other.kind == layer.kind for other in layers)) for layer in layers]
    blocks = [cost(block, 1 / len(drawn.blocks)) for block in drawn.blocks]
    roofs = Machine(device="made up", threads=1, macs_per_second=1e9, bytes_per_second=1e9)
    return Profile(
        plan=drawn, batch=1, engine="none", machine=roofs, rounds=1, blocks=tuple(blocks), steps=tuple(steps)
    )


def test_the_onnx_file_names_a_layer_that_is_there(named):
    _, network, facts = named
    layer = facts.layer(example_layer(network))
    assert has(layer, nn.Conv2d)


def test_the_command_line_names_layers_of_the_first_network():
    names = re.search(r"such as (\S+) or (\S+)\.", LayerOption.__metadata__[0].help).groups()
    assert all(has(facts_of("lite0").layer(name), nn.Conv2d) for name in names)


# ---- Lessons and Architecture


def test_maps_get_smaller_and_behind_stage_2_there_are_more_channels(named):
    _, network, facts = named
    last = {block.stage: block.id for block in network.block_specs()}
    shapes = [facts.shapes[id] for id in ["1", *last.values(), str(network.head_stage)]]
    assert all(shape[1] >= other[1] for shape, other in pairwise(shapes))
    channels = [shape[0] for shape in shapes[1:]]
    assert channels == sorted(channels) and channels[0] < channels[-1]


def test_only_the_stem_and_first_blocks_have_stride_2(named):
    _, network, facts = named
    for module in facts.network.modules():
        if isinstance(module, nn.Conv2d) and module.stride != (1, 1):
            assert module.stride == (2, 2)
    for block in network.block_specs():
        strides = {child.stride for child in facts.layer(block.id).modules() if isinstance(child, nn.Conv2d)}
        assert (2, 2) not in strides or block.id.endswith(".1")
    assert facts.layer("1").conv.stride == (2, 2)


def test_the_year_of_a_family_is_that_of_its_publication(named):
    _, network, _ = named
    said = family_words(network)
    of_2021 = "2104.00298" in network.source or "effnetv2" in network.source
    assert ("2021" in said) == of_2021
    assert ("project's own" in said) == ("this project" in network.source)


def test_dropout_is_named_only_where_it_is(named):
    _, network, facts = named
    said, share = dropout_words(network), facts.network.dropout.p
    assert (f"dropout sets {share:.0%} of these means" in said) == (share > 0)
    assert (f"{network.title} does not" in said) == (share == 0)
    drawn = plan(network)
    card = " ".join(reasons(drawn, drawn.blocks[-1]))
    assert (f"Dropout before it ({share:.0%})" in card) == (share > 0) == ("Dropout" in card)


@pytest.mark.parametrize("origin", ["timm", "google"])
def test_zeros_are_used_where_a_window_reaches_over_the_edge(origin):
    stem = build(spec("b0", origin=origin)).layer("1").conv
    side = 33
    with torch.no_grad():
        stem.weight.fill_(1.0)
        sums = stem(torch.ones(1, 3, side, side))[0, 0]
    inside = 3 * 9
    assert sums.max() == inside and sums[-1, -1] == 3 * 4  # only four of the corner's nine places are pixels
    assert set(sums.unique().tolist()) <= {inside, 3 * 6, 3 * 4}


SYMBOLS = re.compile(r"\\([a-zA-Z]+)|(?<![a-zA-Z\\])([a-zA-Z])(?![a-zA-Z])")
WORDS_OF_LATEX = {"frac", "sqrt", "Big", "big", "mathbf", "mathrm", "tilde", "cdot", "qquad", "quad", "text", "propto"}


@pytest.mark.parametrize("lesson", [convolution_lesson, squeeze_lesson, scaling_lesson])
def test_every_symbol_of_a_leads_formula_is_explained_in_it(lesson):
    formula = re.search(r"\$\$(.*?)\$\$", lesson.LEAD, re.DOTALL).group(1)
    formula = re.sub(r"\\(mathrm|text)\{\w+\}", "", formula)
    told = lesson.LEAD.replace(f"$${formula}$$", "").split("$$")[-1] + lesson.LEAD.split("$$")[0]
    names = {symbol or other for symbol, other in SYMBOLS.findall(formula)} - WORDS_OF_LATEX
    assert names
    for name in names:
        if lesson is scaling_lesson and name in {"d", "w", "r"}:
            continue  # depth, width and resolution stand beside their bases
        assert re.search(rf"\$[^$]*(?<![a-zA-Z]){name}(?![a-zA-Z])[^$]*\$", told), name


def test_one_letter_is_no_two_things():
    """alpha, beta and gamma are the bases of scaling; sigma, once a spread and once the sigmoid, is neither."""
    for lesson in (convolution_lesson, squeeze_lesson):
        assert not re.search(r"\\(alpha|beta|gamma|sigma)", lesson.LEAD)
    assert all(rf"\{name}" in scaling_lesson.LEAD for name in ("alpha", "beta", "gamma"))


# ---- Reports


@pytest.mark.parametrize("method", ["grad_cam", "eigen_cam"])
@pytest.mark.parametrize("name", ["shapes", "shapes_no_se"])
def test_a_report_says_of_a_network_and_a_method_what_they_are(name, method, make_model, photo, tmp_path):  # noqa: F811
    settings = ReportSettings(photo="photo", model=name, methods=(method,), gates=0)
    page = html_of(ev.report(make_model(name, num_classes=5), photo, tmp_path / "report.html", settings=settings))
    assert ("the same map for every class" in page) == (method == "eigen_cam")
    assert ("why class" in page) == (method == "grad_cam")
    assert ("has no squeeze-and-excitation" in page) == (name == "shapes_no_se")
    assert "are untrained: what follows from them" in page
