"""The written graph, run by ONNX Runtime plainly, against PyTorch hooks on the network it was written from."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from effnet_viz.architecture import custom_spec, list_variants, spec
from effnet_viz.engine.graph import IMAGE, entering, graph_of, parts_of
from effnet_viz.network import ConvBlock, EfficientNet, FusedMBConv, MBConv, SqueezeExcitation

QUICK = (
    "b0",
    "lite0",
    "edgetpu_s",
    "v2_b0",
    "shapes",
    "shapes_no_se",
)  # one of each kind; the others are slow together
SIZES = ((64, 64), (75, 98), (97, 65))  # even, odd, not square: SAME and symmetric padding differ in different ways

STEPS = (ConvBlock, MBConv, FusedMBConv, SqueezeExcitation, nn.Linear, nn.Sigmoid)  # what users can ask for by its id
ALL = [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in list_variants()]


def hooked(network: EfficientNet, x: torch.Tensor) -> dict[str, np.ndarray]:
    """Outputs of all modules by their path in the network, by hooks of PyTorch."""
    seen: dict[str, np.ndarray] = {}

    def reader(path: str):
        def read(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
            seen[path.removeprefix("feature_extractor.")] = output.numpy().copy()

        return read

    handles = [module.register_forward_hook(reader(path)) for path, module in network.named_modules()]
    with torch.no_grad():
        network(x)
    for handle in handles:
        handle.remove()
    return seen


def run(graph: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x}), strict=True))


def assert_same(ours: np.ndarray, theirs: np.ndarray, name: str, tolerance: float = 1e-4) -> None:
    assert ours.shape == theirs.shape, name
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max(), name


def tolerance_of(name: str, theirs: dict[str, np.ndarray]) -> float:
    """1e-4, or what float32 leaves open of a gate with a logit of thousands: a sigmoid rises by a quarter at most."""
    block, se, _ = name.partition(".se")
    if not se or f"{block}.se.expand" not in theirs:
        return 1e-4
    return max(1e-4, 0.25 * 1e-6 * float(np.abs(theirs[f"{block}.se.expand"]).max()))


def assert_all_layers_same(network: EfficientNet, sizes=SIZES) -> None:
    """Every layer of every part, each part fed with what PyTorch gave the same part.

    So an error is the part's own: random networks of a hundred layers enlarge the rounding of the first ones.
    """
    paths = {path for path, module in network.named_modules() if isinstance(module, STEPS)}
    onnx.checker.check_model(graph_of(network, outputs=None), full_check=True)
    graphs = {part: graph_of(network, [part], outputs=None) for part in parts_of(network)}
    for height, width in sizes:
        x = torch.randn(2, network.spec.in_channels, height, width)
        theirs = {IMAGE: x.numpy()} | hooked(network, x)
        compared = set()
        for part, graph in graphs.items():
            ours = run(graph, theirs[entering(network, part)])
            compared |= ours.keys()
            for name, values in ours.items():
                assert_same(values, theirs[name], name, tolerance_of(name, theirs))
        assert {path.removeprefix("feature_extractor.") for path in paths} <= compared


@pytest.mark.parametrize("variant", ALL)
def test_every_layer_of_every_variant(folded_network, variant):
    assert_all_layers_same(folded_network(variant))


@pytest.mark.parametrize("origin", ["google", "torchvision"])
def test_both_paddings_of_one_variant(folded_network, origin):
    assert_all_layers_same(folded_network(spec("b0", origin=origin, num_classes=3)))


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.floats(0.1, 0.8),
    depth=st.floats(0.2, 1.2),
    rounding=st.sampled_from(["official", "ceil4", "nearest8"]),
    head_rule=st.sampled_from(["official", "torchvision"]),
    se_ratio=st.sampled_from([None, 0.05, 0.25, 1.0]),
    num_classes=st.sampled_from([1, 2, 7]),
    in_channels=st.sampled_from([1, 3, 5]),
    padding=st.sampled_from(["same", "symmetric"]),
    activation=st.sampled_from(["silu", "relu6", "relu"]),
    height=st.integers(1, 90),
    side=st.integers(1, 90),
)
def test_custom_networks(folded_network, padding, activation, height, side, **scaling):
    network = folded_network(custom_spec(**scaling).replace(padding=padding, activation=activation))
    assert_all_layers_same(network, [(height, side)])


def test_names_and_shapes_are_those_of_the_outside(b0):
    graph = graph_of(b0, outputs=["4.2.depthwise", "4.2.se.gate", "4.2", "pool", "classifier"]).graph
    assert [tensor.name for tensor in graph.input] == ["image"]
    shapes = {
        tensor.name: [axis.dim_value or axis.dim_param for axis in tensor.type.tensor_type.shape.dim]
        for tensor in graph.output
    }
    assert list(shapes) == ["4.2.depthwise", "4.2.se.gate", "4.2", "pool", "classifier"]
    assert [shape[0] for shape in shapes.values()] == ["N"] * 5
    assert [shape[1] for shape in shapes.values()] == [240, 240, 40, 1280, 10]
    assert {tensor.name for tensor in graph.initializer} == {
        name.removeprefix("feature_extractor.") for name in b0.state_dict()
    }


def test_parts_put_together_are_the_whole(b0):
    x = torch.randn(1, 3, 70, 81)
    with torch.no_grad():
        expected = b0(x).numpy()
    values = x.numpy()
    for part in parts_of(b0):
        values = run(graph_of(b0, [part], [part]), values)[part]
    assert_same(values, expected, "logits")
    rest = run(graph_of(b0, ["7.1", *parts_of(b0)[parts_of(b0).index("7.2") :]]), hooked(b0, x)["6.3"])
    assert_same(rest["classifier"], expected, "logits from 7.1 on")
