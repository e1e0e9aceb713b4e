"""Every question that a network can be asked, for every network: exactly one option is right, reckoned another way."""

from __future__ import annotations

import dataclasses
import random
import re
from types import SimpleNamespace

import numpy as np
import pytest

from effnet_viz.architecture import custom_spec, plan
from effnet_viz.lessons import bottleneck, convolution, decision, depthwise, descent, scaling, squeeze
from tests.words.conftest import NETWORKS, facts_of_spec


def only_right(question, right) -> None:
    """The option that `right` accepts is one, and it is the answer."""
    accepted = [option for option in question.options if right(option)]
    assert accepted == [question.right], (question.prompt, question.options, accepted)
    assert question.because and "None" not in question.because and "; ." not in question.because


def number(text: str) -> float:
    return float(re.search(r"-?[\d,]*\.?\d+", text)[0].replace(",", ""))


def some_blocks(network) -> list[str]:
    """The first and the second block of every stage: what comes after is like the second."""
    return [block.id for block in network.block_specs() if block.id.split(".")[1] in ("1", "2")]


def test_questions_about_blocks(named):
    _, network, facts = named
    drawn = plan(network)
    for id in some_blocks(network):
        module = facts.layer(id)
        for question in bottleneck.questions(drawn, drawn.block(id), random.Random(id)):
            assert len(set(question.options)) == len(question.options)
            if "adds its input" in question.prompt:
                only_right(question, lambda option: facts.layer(option.removeprefix("block ")).residual)
                assert not re.search(r"(\S+) makes (\S+) into \2[,.]", question.because)
            elif "run on average" in question.prompt:
                chances = [
                    1 - facts.layer(block.id).stochastic_depth.probability
                    for block in network.block_specs()
                    if facts.layer(block.id).residual
                ]
                only_right(question, lambda option, chances=chances: abs(number(option) - sum(chances)) < 0.0501)
            else:
                steps = {name: child for name, child in module.named_children() if list(child.parameters())}
                cost = {
                    {"se": "SE"}.get(step, step): facts.sum_under(f"{id}.{step}")
                    if "multiply-adds" in question.prompt
                    else sum(parameter.numel() for parameter in child.parameters())
                    for step, child in steps.items()
                }
                if "Which two steps" in question.prompt:
                    only_right(
                        question, lambda option, cost=cost: len({cost[step] for step in option.split(" and ")}) == 1
                    )
                else:
                    only_right(question, lambda option, cost=cost: cost[option] == max(cost.values()))


def test_questions_about_the_way_down(named):
    _, network, facts = named
    drawn, last = plan(network), {}
    for block in network.block_specs():
        last[block.stage] = block.id
    stages = {1: ["1"], network.head_stage: [str(network.head_stage)]}
    for block in network.block_specs():
        stages.setdefault(block.stage, []).append(block.id)
    cost = {stage: sum(facts.sum_under(id) for id in ids) for stage, ids in stages.items()}
    cost[network.head_stage] += facts.network.classifier.weight.numel()
    for seed in range(6):
        size, dearest, stride = descent.questions(drawn, random.Random(seed))
        stage = int(number(size.prompt.split("behind stage")[1]))
        side = facts.shapes[last[stage]][1]
        only_right(size, lambda option, side=side: option == f"{side}×{side}")
        assert f"→ {side}." in size.because
        only_right(dearest, lambda option: cost[int(number(option))] == max(cost.values()))
        stage = int(number(stride.prompt))

        def has_stride(option: str, stage: int = stage) -> bool:
            strides = {
                id: max(m.stride[0] for m in facts.layer(id).modules() if hasattr(m, "stride")) for id in stages[stage]
            }
            if "each of" in option:
                return set(strides.values()) == {2}
            return strides.get(option) == 2

        only_right(stride, has_stride)


def test_questions_about_convolutions_of_the_network(named):
    _, network, facts = named
    layers = depthwise.convolutions_in(plan(network))
    for id, layer in list(layers.items())[::4]:
        filters, share, doubled = depthwise.questions(layer, list(layers.values()), random.Random(id))
        conv = facts.layer(f"{id}.depthwise").conv
        only_right(
            filters,
            lambda option, conv=conv: option == f"filters: {conv.out_channels:,}, weights: {conv.weight.numel():,}",
        )
        sizes = re.search(r"([\d,]+) channels in, ([\d,]+) out .* (\d+)×", share.prompt).groups()
        inputs, outputs, kernel = (int(size.replace(",", "")) for size in sizes)
        standard = kernel**2 * inputs * outputs
        separable = kernel**2 * inputs + inputs * outputs
        only_right(share, lambda option, s=separable / standard: abs(number(option) - 100 * s) < 0.0501)
        times = {"nothing changes": 1, "twice as many": 2, "four times as many": 4, "eight times as many": 8}
        doubled_side = dataclasses.replace(layer, size=2 * layer.size)
        grown = doubled_side.macs(layer.depthwise) / layer.macs(layer.depthwise)
        only_right(doubled, lambda option, grown=grown, times=times: times[option] == grown)


def test_questions_about_gates(named):
    """Gates and maps of random numbers, in the shapes of every block that has any."""
    _, network, _ = named
    drawn, generator = plan(network), np.random.default_rng(0)
    for block in [drawn.block(candidate.id) for candidate in network.block_specs() if candidate.squeeze_channels][::5]:
        before = generator.normal(size=(block.expanded_channels, 3, 3))
        se = SimpleNamespace(
            before=before,
            descriptor=before.mean(axis=(1, 2)),
            gates=generator.uniform(size=block.expanded_channels),
            reduced=np.zeros(block.squeeze_channels),
        )
        weakest, kept, cost = squeeze.questions(se, block, random.Random(block.id))
        asked = {option: se.gates[int(number(option))] for option in weakest.options}
        only_right(weakest, lambda option, asked=asked: asked[option] == min(asked.values()))
        values = before[int(number(kept.prompt))]
        only_right(
            kept, lambda option, values=values: "mean" in option and abs(number(option) - values.mean()) < 0.00051
        )
        wide = block.expanded_channels
        asked_for = 2 * block.squeeze_channels if "twice as wide" in cost.prompt else wide // 4
        assert ("quarter of" in cost.prompt) == (wide != block.in_shape[0])
        parameters = 2 * wide * asked_for + asked_for + wide
        only_right(cost, lambda option, parameters=parameters: int(number(option)) == parameters)


def test_questions_about_the_decision(named):
    _, _, facts = named
    generator = np.random.default_rng(1)
    channels, classes = facts.network.classifier.in_features, facts.network.classifier.out_features
    logits = generator.normal(size=classes)
    run = SimpleNamespace(logits=logits, probabilities=np.exp(logits) / np.exp(logits).sum())
    model = SimpleNamespace(class_names=tuple(f"class {index}" for index in range(classes)))
    decided = decision.Decision(
        target=0, pooled=generator.normal(size=channels), weights=generator.normal(size=channels), bias=0.1, logit=1.0
    )
    most, product, *ratio = decision.questions(model, run, decided, random.Random(0))
    adds = {
        option: decided.pooled[int(number(option))] * decided.weights[int(number(option))] for option in most.options
    }
    only_right(most, lambda option: adds[option] == max(adds.values()))
    mean, weight = (
        float(text) for text in re.search(r"mean of (-?[\d.]+), .* weight of (-?[\d.]+) ", product.prompt).groups()
    )
    only_right(product, lambda option: abs(number(option) - mean * weight) < 0.01)
    first, second = np.sort(logits)[::-1][:2]
    for question in ratio:
        only_right(question, lambda option: abs(number(option) - np.exp(first - second)) < 0.0501)


@pytest.mark.parametrize("seed", range(8))
def test_questions_about_a_window(seed):
    generator = np.random.default_rng(seed)
    image = generator.uniform(size=(1, 56, 56)).astype(np.float32)
    kernel = generator.normal(size=(3, 3))
    network = NETWORKS[list(NETWORKS)[seed]]
    stride, padding = 1 + seed % 2, seed // 2 % 2
    steps = convolution.by_hand(image, kernel, network, stride=stride, padding=padding)
    total, size, share = convolution.questions(steps, random.Random(seed))
    row, column = map(int, re.search(r"row (\d+), column (\d+)", total.prompt).groups())
    padded = np.pad(image[0], padding)
    window = padded[row * stride : row * stride + 3, column * stride : column * stride + 3]
    only_right(total, lambda option: abs(number(option) - float((window * kernel).sum())) < 0.0006)
    places = len(range(0, 56 + 2 * padding - 2, stride))
    only_right(size, lambda option: option == f"{places}×{places}")
    below = float((steps.convolved < steps.convolved.mean()).mean())
    only_right(share, lambda option: abs(number(option) - 100 * below) < 0.51)


@pytest.mark.parametrize("factor", [2, 5, 11, 20])
def test_questions_about_scaling(factor):
    root, phi = factor**0.5, np.log(factor) / np.log(1.2 * 1.1**2 * 1.15**2)
    once, twice = parameters(custom_spec()), parameters(custom_spec(depth=2))
    built = {
        "Depth alone": once + (factor - 1) * (twice - once),  # a whole factor repeats every stage as often again
        "Width alone": parameters(custom_spec(width=root)),
        "Resolution alone": once,
        "All three": parameters(custom_spec(depth=1.2**phi, width=1.1**phi)),
    }
    for seed in (factor, factor + 1):  # eight draws of the other numbers over all cases
        wider, sharper, most = scaling.questions(factor, random.Random(seed))
        times = number(wider.prompt.split("gets")[1])
        grown = macs(custom_spec(width=times)) / macs(custom_spec())
        only_right(wider, lambda option, grown=grown: abs(number(option) - grown) < 0.0501)
        cells = -(-int(number(sharper.prompt.split("photo at")[1])) // 32)
        only_right(sharper, lambda option, cells=cells: option == f"the same parameters, a map of {cells}×{cells}")
        only_right(most, lambda option: built[option] == max(built.values()))


def macs(network) -> int:
    facts = facts_of_spec(network)
    return sum(facts.macs.values()) + facts.network.classifier.weight.numel()


def parameters(network) -> int:
    return sum(parameter.numel() for parameter in facts_of_spec(network).network.parameters())
