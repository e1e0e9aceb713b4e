"""No sentence about SE, activation, fused blocks, padding or resolution over a network for which it is false."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from effnet_viz.architecture import custom_spec, plan, spec
from effnet_viz.architecture.difference import explain_ratio
from effnet_viz.architecture.theory import shipped_beside_theory
from effnet_viz.draw.block_words import reasons
from effnet_viz.draw.network_words import (
    activation_words,
    block_steps_words,
    channels_words,
    field_words,
    fused_share_words,
    input_words,
    no_se_reason,
    reach_words,
    theory_words,
    training_resolution_words,
    whole_picture_reaches,
    without_se_words,
)
from effnet_viz.lessons.bottleneck import opening_block
from effnet_viz.lessons.descent import exact_words
from effnet_viz.network import FusedMBConv, MBConv, SqueezeExcitation
from effnet_viz.ui.lessons import depthwise as depthwise_lesson
from effnet_viz.ui.lessons import scaling as scaling_lesson
from tests.words.conftest import facts_of


def count(network: nn.Module, kind: type) -> int:
    return sum(isinstance(module, kind) for module in network.modules())


def test_what_the_blocks_do(named):
    _, network, facts = named
    said = block_steps_words(network)
    gated, fused, blocks = (
        count(facts.network, SqueezeExcitation),
        count(facts.network, FusedMBConv),
        len(network.block_specs()),
    )
    assert f"has {blocks} blocks" in said
    assert ("(squeeze and excitation)" in said) == (gated > 0) != ("no squeeze and excitation" in said)
    assert ("In each block" in said) == (gated == blocks)
    assert (f"{gated} of {blocks} blocks" in said) == (0 < gated < blocks)
    assert (f"{fused} blocks do the first two steps in one full convolution" in said) == (fused > 0)


def test_a_reason_for_having_no_se_is_given_only_where_somebody_gave_one(named):
    _, network, facts = named
    reason = no_se_reason(network)
    if count(facts.network, SqueezeExcitation):
        assert reason == ""
    assert ("mobile accelerators" in reason) == (network.family == "lite")
    assert ("Edge TPU" in reason) == (network.family == "edgetpu")
    assert "phone" not in reason


def test_the_activation_is_the_networks_own(named):
    _, network, facts = named
    used = {kind for kind in (nn.SiLU, nn.ReLU6, nn.ReLU) if count(facts.network, kind)}
    said = activation_words(network, 0.25)
    assert said.startswith("25% ")
    # nn.ReLU6 is no nn.ReLU: exactly one kind is in a network.
    assert len(used) == 1
    assert (" makes zeros of them" in said) == (used != {nn.SiLU})
    assert ("8 bits after training" in said) == (used == {nn.ReLU6})
    assert (f"and {next(iter(used)).__name__} makes zeros" in said) == (used != {nn.SiLU})


def test_what_the_last_maps_depend_on(named):
    _, network, facts = named
    drawn = plan(network)
    said = reach_words(drawn)
    reach, jump = 1, 1
    for id in facts.macs:  # in the order in which they ran
        conv = facts.layer(id)
        if ".se." not in id:
            reach, jump = reach + (conv.kernel_size[0] - 1) * jump, jump * conv.stride[0]
    assert f"through convolutions on {reach:,} pixels a side" in said
    assert ("squeeze and excitation on the whole picture" in said) == (count(facts.network, SqueezeExcitation) > 0)


def test_resolution_is_held_against_the_training_not_the_evaluation(named):
    _, network, _ = named
    said = training_resolution_words(network, network.resolution)
    where = "its training here" if network.family == "shapes" else "the published training"
    assert (f"as large as in {where}." in said) == (network.resolution == network.train_resolution)
    assert where in said


def test_v2_s_was_trained_at_300_and_evaluated_at_384():
    assert training_resolution_words(spec("v2_s"), 384) == (
        "At 384 pixels everything is 1.3 times as large as in the published training, at 300 pixels."
    )


def test_where_standard_convolutions_stand(named):
    _, network, facts = named
    said = fused_share_words(plan(network))
    full = sum(macs for id, macs in facts.macs.items() if id.endswith(".fused.conv"))
    assert ("fused blocks" in said) == (full > 0)
    if full:
        classifier = facts.network.classifier.weight.numel()
        told = int(re.search(r"\((\d+)%", said).group(1))
        assert abs(told - 100 * full / (sum(facts.macs.values()) + classifier)) <= 0.51


def test_v2_s_spends_about_half_on_fused_convolutions():
    assert "fused blocks (49% of the multiply-adds)" in fused_share_words(plan("v2_s", 384))


def test_every_block_of_every_network_is_explained_as_it_is(named):
    _, network, facts = named
    drawn = plan(network)
    any_se = count(facts.network, SqueezeExcitation) > 0
    for block in drawn.blocks:
        if block.spec is None:
            continue
        said, module = " ".join(reasons(drawn, block)), facts.layer(block.id)
        has_se = isinstance(module.se, SqueezeExcitation)
        assert ("**SE " in said) == has_se
        assert ("**No SE**" in said) == (any_se and not has_se)
        assert ("**Skip**" in said) == module.residual != ("**No skip**" in said)
        if module.residual:
            assert facts.shapes[block.id] == block.in_shape
        expands = not isinstance(getattr(module, "expand", module.project), nn.Identity)
        assert ("**No expansion**" in said) == (not expands)
        assert ("fused convolution" in said) == (expands and isinstance(module, FusedMBConv))
        if expands and not isinstance(module, FusedMBConv):
            wide = module.depthwise.conv.out_channels
            convolutions = {
                "expansion": module.expand.conv.weight.numel(),
                "its filter": module.depthwise.conv.weight.numel(),
                "squeeze and excitation": 2 * module.se.reduce.weight.numel() if has_se else 0,
                "projection": module.project.conv.weight.numel(),
            }
            for name, weights in convolutions.items():
                assert (f"{weights // wide:,} ({name})" in said) == (weights > 0)
        assert ("**Stochastic depth**" in said) == (module.residual and module.stochastic_depth.probability > 0)


def test_an_expansion_that_is_not_counted_from_the_input_says_so(named):
    _, network, facts = named
    drawn = plan(network)
    for block in drawn.blocks:
        if block.spec is None or block.expansion == 1:
            continue
        module = facts.layer(block.id)
        wide = (module.depthwise if isinstance(module, MBConv) else module.fused).conv.out_channels
        said = next(reason for reason in reasons(drawn, block) if reason.startswith("**Expansion"))
        assert ("not from the" in said) == (wide != round(block.expansion * block.in_shape[0]))


def test_more_and_more_channels_are_said_of_networks_in_which_they_grow(named):
    _, network, facts = named
    last = {block.stage: block.id for block in network.block_specs()}
    widths = [facts.shapes[block][0] for block in last.values()]
    grows = sorted(set(widths)) == widths and widths[-1] < facts.layer(str(network.head_stage)).conv.out_channels
    assert ("more and more" in channels_words(network)) == grows


def test_the_phi_of_variants_follow_the_bases():
    said = theory_words(shipped_beside_theory())
    assert "for B1, B3, B4, B5, B6, B7 the phi" in said and "for B0, B2 they are nearly or exactly equal" in said
    flat = theory_words(shipped_beside_theory(alpha=1.0))  # a base of 1 gives no depth but 1
    assert "for B1, B2, B3, B4, B5, B6, B7 the phi" in flat and "for B0 they are" in flat


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (1.0, "all products are already multiples of 8"),
        (4.0, "all products are already multiples of 8"),
        (1.5, "all products are whole numbers, but 2 are not multiples of 8"),  # 24, 36, 60, 120, 168, 288, 480
        (1.1, "4 of 7 products are not whole numbers"),  # 17.6, 26.4, 44, 88, 123.2, 211.2, 352
    ],
)
def test_products_are_called_broken_only_where_they_are(width, said):
    assert said in exact_words(width)


def test_the_field_of_the_last_maps_names_se_only_where_it_is(named):
    _, network, facts = named
    assert ("squeeze and excitation" in field_words(plan(network))) == (count(facts.network, SqueezeExcitation) > 0)


def test_a_block_is_said_to_depend_on_the_whole_picture_behind_the_first_gate_only(named):
    _, network, facts = named
    reached = False
    for id, block in facts.network.blocks().items():
        reached = reached or count(block, SqueezeExcitation) > 0
        assert whole_picture_reaches(network, id) == reached


def test_blocks_without_gates_are_called_fused_only_where_all_are(named):
    _, network, facts = named
    blocks = [facts.layer(block.id) for block in network.block_specs()]
    missing = [block for block in blocks if not count(block, SqueezeExcitation)]
    said = without_se_words(network)
    assert (f"{len(missing)} blocks have no squeeze" in said) == bool(missing)
    assert ("all fused" in said) == (bool(missing) and all(isinstance(block, FusedMBConv) for block in missing))


def test_the_image_is_called_colourful_only_with_three_channels(named):
    _, network, facts = named
    assert ("red" in input_words(network.in_channels)) == (facts.layer("1").conv.in_channels == 3)


def test_why_the_rule_of_thumb_fails_names_parts_that_the_network_has(named):
    name, network, facts = named
    if network.family == "shapes":
        return  # they are not scaled
    drawn = plan(network)
    explanation = explain_ratio(drawn, drawn)
    depth, width, resolution = (dimension.reason for dimension in explanation.dimensions)
    assert ("SE and the classifier" in resolution) == (count(facts.network, SqueezeExcitation) > 0)
    assert (" fused convolutions" in width) == (count(facts.network, FusedMBConv) > 0)
    assert ("stage 2" in depth) == (name.startswith("lite"))
    assert ("the stem" in width) == (name.startswith("lite"))


def test_lesson_4_opens_on_a_block_that_its_steps_describe(named):
    _, network, facts = named
    block = facts.layer(opening_block(plan(network)).id)
    assert isinstance(block, MBConv) and block.residual and not isinstance(block.expand, nn.Identity)


def test_lesson_4_does_not_open_on_the_fused_first_block_of_v2_s():
    assert isinstance(facts_of("v2_s").layer("2.1"), FusedMBConv)
    assert opening_block(plan("v2_s")).id == "5.2"  # the first stage of MBConv blocks, whose first block has stride 2


def test_projections_are_linear_in_every_block(named):
    _, network, facts = named
    for block in network.block_specs():
        project = facts.layer(block.id).project
        assert isinstance(getattr(project, "activation", project), nn.Identity)


def test_an_activation_destroys_more_in_few_channels():
    """MobileNetV2, section 3.2 and figure 1: points embedded in n channels, through ReLU, and back."""
    generator = torch.Generator().manual_seed(0)
    points = torch.randn(2, 500, generator=generator)

    def lost(channels: int) -> float:
        errors = []
        for _ in range(20):
            embed = torch.randn(channels, 2, generator=generator)
            back = torch.linalg.pinv(embed) @ torch.relu(embed @ points)
            scale = (back * points).sum() / (back * back).sum()  # halved values are not lost ones
            errors.append(float(((scale * back - points) ** 2).mean()))
        return sum(errors) / len(errors)

    assert lost(2) > 2 * lost(30)


def test_a_separable_convolution_cannot_do_all_that_a_standard_one_can():
    """For one input channel all outputs see the same filter, only multiplied: its kernels have rank 1."""
    depthwise, pointwise = torch.randn(4, 1, 3, 3), torch.randn(8, 4, 1, 1)
    joined = pointwise * depthwise[:, 0]  # (8, 4, 3, 3): the standard convolution that does the same
    x = torch.randn(1, 4, 9, 9)
    both = nn.functional.conv2d(nn.functional.conv2d(x, depthwise, groups=4), pointwise)
    assert torch.allclose(both, nn.functional.conv2d(x, joined), atol=1e-4)
    assert all(torch.linalg.matrix_rank(joined[:, channel].flatten(1)) == 1 for channel in range(4))
    assert "They cannot do everything that a standard one can" in depthwise_lesson.LEAD


def test_width_leaves_the_receptive_field_alone():
    fields = {plan(custom_spec(width=width)).block("9").receptive_field for width in (0.5, 1.0, 2.0)}
    assert len(fields) == 1
    deeper = plan(custom_spec(depth=2.0)).block("9").receptive_field
    assert deeper > fields.pop()
    lead = " ".join(scaling_lesson.LEAD.split())
    assert "very wide but shallow ones have difficulties in capturing higher-level features" in lead  # section 3.2
    assert "context" not in lead
