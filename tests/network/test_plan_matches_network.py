"""The plan against the network that runs: shapes, parameters and ids of every layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from effnet_viz.architecture import custom_spec, list_variants, plan, spec
from effnet_viz.network import EfficientNet, build

FAMILIES = ("b0", "b3", "lite1", "edgetpu_m", "v2_s", "v2_b2")


def shapes_seen(network: nn.Module, ids: list[str], x: torch.Tensor) -> dict[str, tuple[tuple, tuple]]:
    """Input and output shape of each layer, without the batch, as a forward hook sees them."""
    seen = {}
    handles = []
    for layer_id in ids:

        def hook(module, inputs, output, layer_id=layer_id):
            seen[layer_id] = (tuple(inputs[0].shape[1:]), tuple(output.shape[1:]))

        handles.append(network.layer(layer_id).register_forward_hook(hook))
    network.eval()(x)
    for handle in handles:
        handle.remove()
    return seen


def assert_plan_fits(network: EfficientNet, resolution: int) -> None:
    planned = plan(network.spec, resolution)
    layers = [part for layer in planned.layers for part in (layer, *layer.inner_layers)]
    ids = [layer.id for layer in layers] + [block.id for block in planned.blocks[:-1]]
    channels = network.spec.in_channels
    seen = shapes_seen(network, ids, torch.empty(1, channels, resolution, resolution, device="meta"))
    for part in (*layers, *planned.blocks[:-1]):
        assert seen[part.id] == (part.in_shape, part.out_shape), part.id
        assert sum(parameter.numel() for parameter in network.layer(part.id).parameters()) == part.params, part.id
    assert sum(parameter.numel() for parameter in network.parameters()) == planned.params


@pytest.mark.parametrize(("resolution", "origin"), [(32, "timm"), (75, "google"), (97, "timm")])
@pytest.mark.parametrize("name", FAMILIES)
def test_shapes_and_parameters_of_every_layer(name, resolution, origin):
    with torch.device("meta"):
        network = build(spec(name, origin=origin))
    assert_plan_fits(network, resolution)


@pytest.mark.slow
@pytest.mark.parametrize("name", list_variants())
def test_every_variant_at_its_own_resolution(name):
    with torch.device("meta"):
        network = build(name)
    assert_plan_fits(network, network.spec.resolution)


@pytest.mark.parametrize(
    "options",
    [
        {"width": 1.3, "depth": 1.5, "rounding": "ceil4"},
        {"width": 0.37, "depth": 0.4, "rounding": "nearest8", "se_ratio": None},
        {"phi": 1.5, "head_rule": "torchvision", "se_ratio": 0.1},
        {"width": 0.5, "head_rule": "fixed", "num_classes": 7, "in_channels": 4},
    ],
)
def test_custom_networks(options):
    with torch.device("meta"):
        network = build(custom_spec(**options))
    assert_plan_fits(network, 97)


@pytest.mark.parametrize("name", ["b0", "v2_s", "lite0"])
def test_blocks_are_those_of_the_plan_in_its_order(name):
    with torch.device("meta"):
        network = build(name)
    blocks = network.blocks()
    assert list(blocks) == [block.id for block in plan(name).blocks[:-1]]
    for block_id, block in blocks.items():
        assert network.layer(block_id) is block
        for step in ("expand", "depthwise") if hasattr(block, "depthwise") else ():
            assert network.layer(f"{block_id}.{step}") is getattr(block, step)


def test_every_block_has_every_hook_point():
    with torch.device("meta"):
        networks = [build("b0"), build("lite0"), build("v2_s")]
    for network in networks:
        for block in list(network.blocks().values())[1:-1]:
            first = ("expand", "depthwise") if hasattr(block, "depthwise") else ("fused",)
            for step in (*first, "se", "project", "stochastic_depth"):
                assert isinstance(getattr(block, step), nn.Module)


def test_running_in_two_parts_equals_running_at_once():
    network = build("v2_b0").eval()
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = network(x)
        for block in network.blocks():
            assert torch.equal(network.forward_from(network.forward_before(x, block), block), expected)


@pytest.mark.parametrize(
    ("layer_id", "message"),
    [
        ("4.9", r"EfficientNet-B0 has no layer '4\.9'; did you mean 4\.\d"),
        ("4.2.depthwsie", r"did you mean 4\.2\.depthwise or"),
        ("", r"ids look like '4', '4\.2' or '4\.2\.depthwise'\."),
        ("nonsense", r"has no layer 'nonsense'"),
    ],
)
def test_layers_that_do_not_exist_are_refused_with_a_hint(layer_id, message):
    with torch.device("meta"):
        network = build("b0")
    with pytest.raises(ValueError, match=message):
        network.layer(layer_id)


def test_blocks_that_do_not_exist_are_refused():
    network = build("b0")
    with pytest.raises(ValueError, match=r"no block '4\.9'; it has 1, 2\.1, "):
        network.forward_before(torch.zeros(1, 3, 32, 32), "4.9")


def test_build_refuses_what_a_specification_refuses():
    with pytest.raises(ValueError, match="no variant 'b99'"):
        build("b99")
    with pytest.raises(ValueError, match="num_classes is 0"):
        build("b0", num_classes=0)
    assert build("b0", num_classes=5).classifier.out_features == 5
