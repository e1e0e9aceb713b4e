"""Lesson 4: the mobile bottleneck, and the dice of stochastic depth."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations

from numpy import ndarray

from effnet_viz.architecture import BlockPlan, LayerPlan, Plan
from effnet_viz.explain import Capture, Model
from effnet_viz.explain.capture import to_batch
from effnet_viz.lessons.quiz import QuizQuestion, ask, ask_order


def roll(plan: Plan, seed: int) -> dict[str, bool]:
    """One throw of training's dice: for every block with a skip, whether it runs. Blocks without one always do.

    Args:
        plan: the network, whose blocks know their chance to be skipped.
        seed: of the dice; the same seed gives the same throw.
    """
    dice = random.Random(seed)
    return {block.id: dice.random() >= block.stochastic_depth for block in plan.blocks if block.residual}


def expected_blocks(plan: Plan) -> float:
    """How many of the blocks with a skip run on average."""
    return sum(1 - block.stochastic_depth for block in plan.blocks if block.residual)


def used_macs(plan: Plan, kept: Mapping[str, bool]) -> int:
    """Multiply-adds of a pass in which some blocks are skipped.

    Args:
        plan: the network at its resolution.
        kept: id of a block to whether it runs; a block that is not named runs.
    """
    return sum(block.macs for block in plan.blocks if kept.get(block.id, True))


def logits_after(model: Model, run: Capture, plan: Plan, kept: Mapping[str, bool]) -> ndarray:
    """Logits of a pass in which some blocks are skipped, `(num_classes,)`.

    As in training, what a block that runs adds is divided by its chance to run, and only there where it has skips.

    Args:
        model: the model that made the capture.
        run: the capture; its input is run again.
        plan: the network, whose blocks know their chance to be skipped.
        kept: id of each block with a skip to whether it runs, as `roll` gives it.

    Source: Deep Networks with Stochastic Depth (arXiv 1603.09382), section 3.
    """
    factors = {block: float(runs) / (1 - plan.block(block).stochastic_depth) for block, runs in kept.items()}
    change = {
        f"{block}.stochastic_depth": (lambda output, factor=factor: output * factor)
        for block, factor in factors.items()
        if factor != 1.0
    }
    x = to_batch(run.input, model.device)
    with model.lock:
        return model.runner.of_one(x, ["classifier"], change=change)["classifier"]


def opening_block(plan: Plan) -> BlockPlan:
    """The block that the lesson's four steps fit best: not fused, with a skip and an expansion, where there is one."""
    blocks = [block for block in plan.blocks if block.spec is not None]
    split = [block for block in blocks if block.kind == "mbconv"]
    return next((block for block in split if block.residual and block.expansion != 1), (split or blocks)[0])


def widths(block: BlockPlan) -> list[tuple[str, int]]:
    """Step and channels behind it, from the input to the output; widening and narrowing in numbers."""
    return [("input", block.in_shape[0]), *((layer.step, layer.out_shape[0]) for layer in block.layers)]


def questions(plan: Plan, block: BlockPlan, dice: random.Random) -> list[QuizQuestion]:
    """About the chosen block, and which blocks of the network may be skipped.

    Args:
        plan: the network at its resolution.
        block: the chosen block.
        dice: decide which blocks are asked about, and the order of the options.
    """
    blocks = [candidate for candidate in plan.blocks if candidate.spec is not None]
    with_skip = [candidate for candidate in blocks if candidate.residual]
    without = [candidate for candidate in blocks if not candidate.residual]
    quiz = [_costliest_step(block, dice)] if len(block.layers) > 1 else []
    if with_skip and without:
        right, wrong = dice.choice(with_skip), dice.sample(without, min(3, len(without)))
        quiz.append(
            ask(
                dice,
                "Which of these blocks adds its input to its output?",
                f"block {right.id}",
                [f"block {candidate.id}" for candidate in wrong],
                f"Only equal shapes can be added: {right.id} keeps {_shape(right.in_shape)}; "
                + ", ".join(_why_no_skip(candidate) for candidate in wrong)
                + ".",
            )
        )
    if with_skip and expected_blocks(plan) < len(with_skip):
        average = expected_blocks(plan)
        quiz.append(
            ask(
                dice,
                f"{len(with_skip)} blocks of {plan.spec.title} have a skip. How many of them run on "
                "average in a training step?",
                f"{average:.1f}",
                [f"{len(with_skip) / 2:.1f}", f"{len(with_skip) - average:.1f}", f"{len(with_skip):.1f}"],
                "The sum of every block's probability to run: "
                + " + ".join(f"{1 - candidate.stochastic_depth:.3f}" for candidate in with_skip[:3])
                + f" + … = {average:.1f}.",
            )
        )
    return quiz


def _costliest_step(block: BlockPlan, dice: random.Random) -> QuizQuestion:
    """Which step costs most: in parameters, or in multiply-adds where two steps have as many weights.

    Expand and project have equal weights wherever a block keeps its channels; only batch norm would decide.
    """
    weights = sorted((_weights(layer) for layer in block.layers), reverse=True)
    quantity, of = ("multiply-adds", "macs") if weights[0] == weights[1] else ("parameters", "params")
    costs = {"SE" if layer.step == "se" else layer.step: getattr(layer, of) for layer in block.layers}
    most = max(costs.values())
    first = [step for step, cost in costs.items() if cost == most]
    told = "; ".join(f"{step}: {cost:,}" for step, cost in costs.items()) + "."
    if len(first) > 1:
        return ask(
            dice,
            f"Which two steps of block {block.id} cost the same number of {quantity}?",
            " and ".join(first[:2]),
            [f"{step} and {other}" for step, other in combinations(costs, 2) if costs[step] != costs[other]],
            told,
        )
    return ask_order(dice, f"Which step of block {block.id} costs most {quantity}?", list(costs), first[0], told)


def _weights(layer: LayerPlan) -> int:
    """Parameters of a step without batch norm's two a channel; all of an SE module, which has none."""
    return layer.params if layer.step == "se" else layer.params - 2 * layer.out_shape[0]


def _why_no_skip(block: BlockPlan) -> str:
    if block.in_shape == block.out_shape:
        return f"{block.id} could, but this network was built without a skip there"
    return f"{block.id} makes {_shape(block.in_shape)} into {_shape(block.out_shape)}"


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(f"{side:,}" for side in (*shape[1:], shape[0]))
