"""What holds for every plan, whatever the network: random custom networks and all that have a name."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effnet_viz.architecture import LAYER_KINDS, Plan, compare, custom_spec, list_variants, plan, spec

custom_specs = st.builds(
    custom_spec,
    width=st.floats(0.2, 3.0),
    depth=st.floats(0.2, 3.0),
    resolution=st.integers(32, 640),
    rounding=st.sampled_from(["official", "ceil4", "nearest8"]),
    head_rule=st.sampled_from(["official", "torchvision", "fixed"]),
    se_ratio=st.none() | st.floats(0.02, 1.0),
    num_classes=st.integers(1, 2000),
    in_channels=st.integers(1, 8),
)
plans = custom_specs.map(plan)


def assert_consistent(planned: Plan) -> None:
    assert_chained(planned)
    assert_summed(planned)
    assert_receptive_fields_grow(planned)
    ids = [layer.id for layer in planned.layers] + [part.id for layer in planned.layers for part in layer.inner_layers]
    assert len(set(ids)) == len(ids)
    assert {layer.kind for layer in planned.layers} <= set(LAYER_KINDS)


def assert_chained(planned: Plan) -> None:
    side = planned.resolution
    shape = (planned.spec.in_channels, side, side)
    for layer in planned.layers:
        assert layer.in_shape == shape
        shape = layer.out_shape
    assert shape == (planned.spec.num_classes,)
    head = planned.layer("pool").in_shape
    stride = 16 if planned.spec.family == "shapes" else 32
    assert math.prod(layer.stride for layer in planned.layers) == planned.spec.total_stride == stride
    assert head[1:] == (math.ceil(side / stride),) * 2
    for before, after in zip(planned.blocks, planned.blocks[1:], strict=False):
        assert before.out_shape == after.in_shape
    for part in planned.stages:
        assert part.in_shape == part.blocks[0].in_shape
        assert part.out_shape == part.blocks[-1].out_shape


def assert_summed(planned: Plan) -> None:
    for quantity in ("params", "macs"):
        total = getattr(planned, quantity)
        assert total == sum(getattr(stage, quantity) for stage in planned.stages)
        assert total == sum(getattr(block, quantity) for block in planned.blocks)
        for level in ("stages", "blocks", "layers"):
            assert total == sum(row[quantity] for row in planned.rows(level))
        for layer in planned.layers:
            if layer.inner_layers:
                assert getattr(layer, quantity) == sum(getattr(part, quantity) for part in layer.inner_layers)
    for layer in planned.layers:
        assert layer.arithmetic.endswith(f"{layer.params:,}") or layer.params == 0
        assert layer.macs_arithmetic.endswith(f"{layer.macs:,}") or layer.macs == 0
        assert layer.activation_bytes == 4 * math.prod(layer.out_shape)
        assert layer.activation_bytes <= planned.peak_activation_bytes


def assert_receptive_fields_grow(planned: Plan) -> None:
    for before, after in zip(planned.layers, planned.layers[1:], strict=False):
        assert after.receptive_field >= before.receptive_field
        assert after.jump in (before.jump, 2 * before.jump)
        assert (after.receptive_field > before.receptive_field) == (after.kernel > 1)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(plans)
def test_random_custom_networks_are_consistent(planned):
    assert_consistent(planned)


@pytest.mark.parametrize("name", list_variants())
def test_named_networks_are_consistent(name):
    assert_consistent(plan(name))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(custom_specs)
def test_arithmetic_evaluates_to_the_count_it_explains(network):
    for layer in plan(network).layers:
        for text, count in ((layer.arithmetic, layer.params), (layer.macs_arithmetic, layer.macs)):
            if count:
                terms, _, _ = text.partition(" = ")
                products = [term.replace(",", "").split("·") for term in terms.split(" + ")]
                assert sum(math.prod(int(factor) for factor in product) for product in products) == count


@settings(max_examples=30, deadline=None)
@given(custom_specs)
def test_plans_of_equal_specifications_are_one_object(network):
    assert plan(network) is plan(network.replace())
    assert hash(network) == hash(network.replace())


@pytest.mark.parametrize(("block_id", "residual"), [("2.1", False), ("3.1", False), ("3.2", True), ("6.1", False)])
def test_only_blocks_that_keep_their_shape_add_their_input(block_id, residual):
    block = plan("b0").block(block_id)
    assert block.residual is residual
    assert (block.stochastic_depth > 0) is residual


def test_stochastic_depth_grows_linearly_towards_its_end():
    blocks = plan("b0").blocks[1:-2]
    assert len(blocks) == 16
    assert blocks[3].stochastic_depth == pytest.approx(0.0)  # 4.1 has no residual
    assert blocks[4].stochastic_depth == pytest.approx(0.2 * 4 / 16)
    assert blocks[14].stochastic_depth == pytest.approx(0.2 * 14 / 16)


def test_edgetpu_counts_its_first_expansion_from_24_channels_and_adds_nothing_there():
    block = plan("edgetpu_s").block("2.1")
    assert block.in_shape[0] == 32
    assert block.expanded_channels == 96
    assert not block.residual


def test_a_plan_is_a_key_of_specification_resolution_and_class_count():
    rebuilt = plan(dataclasses.replace(spec("b0")), 224)
    assert (rebuilt, hash(rebuilt)) == (plan("b0"), hash(plan("b0")))
    others = {plan("b0", 256), plan("b0", num_classes=10), plan("b1", 224), plan(spec("b0", origin="google"))}
    assert len(others) == 4 and plan("b0") not in others


def test_equal_plans_are_compared_once():
    first = compare(plan("b0"), plan("b1"))
    assert compare(plan(dataclasses.replace(spec("b0"))), "b1") is first
    assert len({first, compare("b1", "b0"), compare("b0", plan("b1", 224))}) == 3
