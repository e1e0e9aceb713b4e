"""Where a difference comes from: parts against torchvision's own networks, sums against the published counts."""

from __future__ import annotations

import pytest
import torch
from torchvision.models import efficientnet_b0, efficientnet_b7
from torchvision.ops import SqueezeExcitation

from effnet_viz.architecture import compare, plan
from effnet_viz.architecture.difference import explain_ratio, split

B7_MINUS_B0 = 66_347_960 - 5_288_548  # torchvision's weights, num_params


@pytest.fixture(scope="module")
def torchvision_networks():
    with torch.device("meta"):
        return efficientnet_b0(), efficientnet_b7()


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_parts_are_those_of_torchvisions_networks(torchvision_networks):
    parts = {part.title: part for part in split(compare("b0", "b7"))}
    squeezes = []
    for side, network in zip(("left", "right"), torchvision_networks, strict=True):
        inside = {"stem": network.features[0], "head": torch.nn.ModuleList([network.features[8], network.classifier])}
        inside |= {f"stage {number}": network.features[number - 1] for number in range(2, 9)}
        squeeze = {
            title: sum(count(module) for module in part.modules() if isinstance(module, SqueezeExcitation))
            for title, part in inside.items()
        }
        for title, part in inside.items():
            assert getattr(parts[title], side) == count(part) - squeeze[title], (title, side)
        squeezes.append(sum(squeeze.values()))
    assert (parts["SE"].left, parts["SE"].right) == tuple(squeezes)


@pytest.mark.parametrize("way", ["stage", "operator"])
def test_parts_sum_to_the_whole(way):
    comparison = compare("b0", "b7")
    assert sum(part.difference for part in split(comparison, way)) == B7_MINUS_B0 == 61_059_412
    macs = sum(part.difference for part in split(comparison, way, "macs"))
    assert macs == comparison.macs_difference
    assert round(macs / 1e9, 1) == 37.4


def test_networks_without_se_have_no_such_part():
    assert "SE" not in [part.title for part in split(compare("lite0", "lite4"))]
    assert [part.title for part in split(compare("lite0", "lite4"), "operator")] == [
        "stem_head",
        "depthwise",
        "pointwise",
        "classifier",
    ]


def test_stages_that_only_one_has():
    parts = split(compare("v2_s", "b0"))
    assert [part.title for part in parts][-3:] == ["stage 8", "head", "SE"]
    assert parts[7].left == 0 < parts[7].right


def test_the_ratio_of_b0_and_b7():
    explanation = explain_ratio(plan("b0"), plan("b7"))
    assert explanation.predicted == pytest.approx(3.1 * 2.0**2 * (600 / 224) ** 2)
    assert explanation.true == pytest.approx(37.746 / 0.3858, rel=1e-3)  # torchvision's weights, _ops
    product = explanation.together
    for dimension in explanation.dimensions:
        product *= dimension.true
    assert product == pytest.approx(explanation.true)
    assert "16 blocks become 55" in explanation.dimensions[0].reason
    params = explain_ratio(plan("b0"), plan("b7"), "params")
    assert [dimension.name for dimension in params.dimensions] == ["depth", "width"]
    assert params.true == pytest.approx(66_347_960 / 5_288_548)


def test_no_rule_leads_from_one_design_to_another():
    assert explain_ratio(plan("b0"), plan("v2_s")) is None
    assert explain_ratio(plan("b0"), plan("lite0")) is None


@pytest.mark.parametrize(
    "call",
    [lambda: split(compare("b0", "b1"), quantity="flops"), lambda: explain_ratio(plan("b0"), plan("b1"), "flops")],
)
def test_an_unknown_quantity_is_named(call):
    with pytest.raises(ValueError, match="quantity is 'flops'; it can be params, macs"):
        call()


def test_an_unknown_way_to_split_is_named():
    with pytest.raises(ValueError, match="way is 'block'; it can be stage, operator"):
        split(compare("b0", "b1"), "block")
