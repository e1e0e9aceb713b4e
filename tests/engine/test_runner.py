"""The runner against PyTorch: the same values for the same ids, from any block to any layer, whatever is changed."""

from __future__ import annotations

import ctypes
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import ref

import onnxruntime
import pytest
import torch

from effnet_viz.engine import Runner, many_images, runner_of, watch
from effnet_viz.engine import part_sessions as part_sessions_module
from effnet_viz.engine import runner as runner_module
from effnet_viz.engine import sessions as sessions_module
from effnet_viz.engine.graph import graph_beside_weights, graph_of
from effnet_viz.engine.sessions import EngineError, Session
from effnet_viz.network import build, for_inference

STATUS = Path("/proc/self/status")


def watched(network, x, layers, change=None) -> dict[str, torch.Tensor]:
    with torch.no_grad(), watch(network, layers, change=change) as seen:
        network(x)
    return seen


def assert_close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= 1e-4 * theirs.abs().max()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(2, 3, 75, 64)


@pytest.mark.parametrize(
    "variant", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("b0", "lite0", "v2_b0")), "shapes"]
)
def test_every_id_gives_what_watch_gives(folded_network, variant, x):
    network = folded_network(variant)
    runner = Runner(network)
    ids = [
        *(name.removeprefix("feature_extractor.") for name, _ in network.feature_extractor.named_modules() if name),
        "pool",
        "classifier",
    ]
    theirs = watched(network, x, ids)
    together = runner.run(x, list(theirs))
    assert runner.engine == "ONNX Runtime"
    for id in theirs:
        assert_close(together[id], theirs[id])
        assert_close(runner.run(x, [id])[id], theirs[id])


def test_from_any_block_on(b0, x):
    runner = Runner(b0)
    for block in b0.blocks():
        entering = runner.before(x, block)
        with torch.no_grad():
            assert_close(entering, b0.forward_before(x, block))
            assert_close(runner.logits(entering, start=block), b0.forward_from(entering, block))


@pytest.mark.parametrize("layer", ["1", "4.2.se.gate", "5", "9", "4.2.depthwise.conv", "classifier"])
def test_changed_layers(b0, x, layer):
    def change(output: torch.Tensor) -> torch.Tensor:
        return output.flip(1) * 0.5

    runner = Runner(b0)
    last = {"5": "5.3"}.get(layer, layer)  # PyTorch's hook on a whole stage
    theirs = watched(b0, x, ["classifier", "9", last], {last: change})
    ours = runner.run(x, ["classifier", "9", layer], change={layer: change})
    assert_close(ours["classifier"], theirs["classifier"])
    assert_close(ours["9"], theirs["9"])
    assert_close(ours[layer], theirs[last])


def test_one_block_input_with_many_changed_outputs(b0):
    x = torch.randn(1, 3, 64, 64)
    runner = Runner(b0)
    entering = runner.before(x, "6.1")
    gates = torch.rand(5, 480, 1, 1)
    with torch.no_grad(), watch(b0, change={"6.1.se.gate": lambda _: gates}):
        expected = b0.forward_from(entering, "6.1")
    assert_close(runner.logits(entering, start="6.1", change={"6.1.se.gate": lambda _: gates}), expected)


def test_hooks_of_others_are_called(b0, x):
    runner = Runner(b0)
    before = runner.logits(x)
    handle = b0.layer("4.2.project").register_forward_hook(lambda module, inputs, output: output * 0)
    try:
        with torch.no_grad():
            assert_close(runner.logits(x), b0(x))
        assert (runner.logits(x) - before).abs().max() > 1e-3 * before.abs().max()
    finally:
        handle.remove()
    assert torch.equal(runner.logits(x), before)


@pytest.mark.parametrize("path", ["", "feature_extractor", "feature_extractor.4"])
def test_hooks_on_more_than_a_block_are_called(b0, x, path):
    heard: list[int] = []
    handle = b0.get_submodule(path).register_forward_hook(lambda module, inputs, output: heard.append(len(output)))
    try:
        outputs = Runner(b0).run(x, ["4.2.se.gate", "4", "classifier"])
    finally:
        handle.remove()
    assert heard == [2]
    for id, values in watched(b0, x, ["4.2.se.gate", "4", "classifier"]).items():
        assert_close(outputs[id], values)


def test_changed_parameters_change_the_answer(folded_network, x):
    network = folded_network("lite0")
    runner = Runner(network)
    runner.logits(x)
    with torch.no_grad():
        network.layer("5.1.expand").conv.weight.mul_(0.5)
        network.classifier.bias.add_(1)
        assert_close(runner.logits(x), network(x))
    network.layer("6.1").se = torch.nn.Sigmoid()
    network.layer("6.1").depthwise.conv = torch.nn.Conv2d(480, 480, 5, padding=2, groups=480).requires_grad_(False)
    network.layer("6.1").eval()
    with torch.no_grad():
        assert_close(runner.logits(x), network(x))


def test_networks_that_onnx_runtime_does_not_run(x):
    training = build("lite0", num_classes=3)
    unfolded = build("lite0", num_classes=3).eval()
    double = for_inference(unfolded.double())
    for network, images in ((unfolded.float(), x), (double, x.double())):
        with torch.no_grad():
            assert_close(Runner(network).logits(images), network(images))
    assert not Runner(training).logits(x).requires_grad


def test_a_network_on_another_device_says_so():
    runner = Runner(build("lite0", num_classes=3).eval().to("meta"))
    assert (runner.engine, runner.refused) == ("PyTorch", "The network is on meta.")


def test_ids_that_do_not_exist(b0, x):
    runner = Runner(b0)
    with pytest.raises(ValueError, match=r"no layer '4.2.depthwize'; did you mean .*4.2.depthwise"):
        runner.run(x, ["4.2.depthwize"])
    with pytest.raises(ValueError, match="no block 'pond'"):
        runner.run(x, ["9"], start="pond")
    with pytest.raises(ValueError, match=r"'4.2', which lies before block '5.1'"):
        runner.run(x, ["4.2"], start="5.1")
    with pytest.raises(ValueError, match=r"'2.1.stochastic_depth', a step that .* skips"):
        runner.run(x, ["2.1.stochastic_depth"])


def test_threads_that_ask_at_once_get_their_own_answers(b0):
    inputs = [torch.randn(1 + index % 2, 3, 64 + index, 64) for index in range(6)]
    with torch.no_grad():
        alone = [b0(image) for image in inputs]
    runner = Runner(b0)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(runner.logits, inputs * 4))
    for ours, theirs in zip(together, alone * 4, strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize(("count", "side", "threads"), [(7, 61, 3), (3, 224, 2), (2, 96, 8), (5, 64, 1)])
def test_answers_to_many_images_come_from_several_threads(b0, monkeypatch, count, side, threads):
    monkeypatch.setattr(many_images, "threads", lambda: threads)
    images = torch.randn(count, 3, side, side)
    runner = Runner(b0)
    with torch.no_grad():
        assert_close(runner.logits(images), b0(images))
    assert runner._sessions._single and not runner._sessions._wholes


def test_answers_stay_when_the_next_run_uses_the_same_memory(b0, x):
    runner = Runner(b0)
    first = runner.run(x, ["3.1", "4.2.depthwise", "classifier"])
    copies = {name: values.clone() for name, values in first.items()}
    runner.run(torch.randn(2, 3, 75, 64), ["3.1", "4.2.depthwise", "classifier"])
    again = runner.run(x, ["3.1", "4.2.depthwise", "classifier"])  # written there by the library
    for name, values in first.items():
        assert torch.equal(values, copies[name]) and torch.equal(again[name], values)
        assert again[name].data_ptr() != values.data_ptr()


def test_scratch_memory_of_a_large_run_goes_back(b0, x, monkeypatch):
    freed = []
    monkeypatch.setattr(runner_module, "free_scratch", lambda: freed.append(1))
    runner = Runner(b0)
    runner.logits(x)
    assert not freed
    monkeypatch.setattr(Runner, "kept_scratch", 0)
    runner.logits(x)
    runner.logits(x, change={"9": torch.clone})
    assert len(freed) == 3  # the whole network, the part before the change, the classifier behind it


def test_scratch_memory_goes_back_when_no_other_run_comes(b0, x, monkeypatch):
    freed, gone = [], threading.Event()

    def free() -> None:
        freed.append(1)
        gone.set()

    monkeypatch.setattr(runner_module, "LITTLE", 0)
    monkeypatch.setattr(sessions_module, "free_scratch", free)
    runner = Runner(b0)
    for idle in (60, 60, 0.01):
        assert not freed
        monkeypatch.setattr(sessions_module, "IDLE", idle)
        runner.logits(x)
    assert gone.wait(30)
    for timer in [thread for thread in threading.enumerate() if getattr(thread, "function", None) is free]:
        timer.join(30)  # whoever waited before was called off
        assert not timer.is_alive()
    assert len(freed) == 1


@pytest.mark.slow
def test_a_process_is_not_larger_after_a_large_run(b0):
    status = Path("/proc/self/status")
    if not status.exists():
        return

    def resident() -> int:
        ctypes.CDLL(None).malloc_trim(0)  # what is free in the C library is nobody's, as in the app
        return (
            int(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024
        )

    runner = Runner(b0)
    ids = [*b0.blocks(), "classifier"]
    runner.run(torch.randn(1, 3, 64, 64), ids)
    before = resident()
    kept = sum(values.nbytes for values in runner.run(torch.randn(1, 3, 1024, 1024), ids).values())
    assert kept > 80 * 2**20
    assert resident() - before < 40 * 2**20


def test_a_part_that_fails_half_way_is_run_by_pytorch_and_leaves_nothing_behind(b0, x, monkeypatch):
    runner = Runner(b0)
    expected = runner.logits(x)
    real = Session.run

    def stumble(session, values, outputs=None, **options):
        if session.input in ("image", "4.1"):
            raise EngineError("no memory left")
        return real(session, values, outputs, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "run", stumble)
        assert_close(runner.logits(x), expected)
    assert torch.equal(runner.logits(x), expected)
    assert not any(module._forward_hooks for module in b0.modules())


def test_a_session_that_cannot_be_made_leaves_the_network_to_pytorch(b0, x, monkeypatch):
    class Refusing:
        def __init__(self, graph, weights, **options):
            if graph.graph.input[0].name == "image":
                raise EngineError("ONNX Runtime refuses the graph (too large).")
            self.real = Session(graph, weights, **options)

        def __getattr__(self, name):
            return getattr(self.real, name)

    monkeypatch.setattr(part_sessions_module, "Session", Refusing)
    runner = Runner(b0)
    with torch.no_grad():
        assert_close(runner.logits(x), b0(x))
    assert (runner.engine, runner.refused) == ("PyTorch", "ONNX Runtime refuses the graph (too large).")


def test_where_onnx_runtime_is_missing(b0, x, monkeypatch):
    def missing():
        raise EngineError("ONNX Runtime cannot be loaded (No module named 'onnxruntime').")

    monkeypatch.setattr(part_sessions_module, "onnx_runtime", missing)
    runner = Runner(b0)
    assert runner.engine == "PyTorch" and "cannot be loaded" in runner.refused
    with torch.no_grad():
        assert_close(runner.logits(x), b0(x))


def test_one_session_serves_every_run_that_begins_with_the_image(b0, x):
    runner = Runner(b0)
    theirs = watched(b0, x, ["3.1", "4.2", "4.2.se.gate", "8.1", "pool", "classifier"])
    for ids in (["3.1"], ["4.2.se.gate", "8.1"], list(theirs)):
        for id, values in runner.run(x, ids).items():
            assert_close(values, theirs[id])
    assert runner._sessions._wholes and not runner._sessions._made


def test_a_large_network_runs_in_slices_with_the_same_values(b0, x, monkeypatch):
    monkeypatch.setattr(part_sessions_module, "SLICE", 10**8)
    ids = ["3.1", "4.2.depthwise", "4.2.se.gate", "5.1", "8.1", "pool", "classifier"]
    theirs = watched(b0, x, ids)
    runner, pauses = Runner(b0), []
    assert len(runner._sessions._row) > 4
    for wanted in (["3.1"], ["4.2.depthwise"], ["4.2.se.gate", "8.1"], ids, list(reversed(ids))):
        given = runner.run(x, wanted, between=lambda: pauses.append(1))
        assert list(given) == wanted
        for id, values in given.items():
            assert_close(values, theirs[id])
    assert pauses
    weights = sum(parameter.nbytes for parameter in b0.parameters())
    assert runner.nbytes < 1.6 * weights  # only the slice with 4.2 has been made twice


def test_only_what_is_looked_into_or_lies_behind_a_change_runs_for_itself(b0, x):
    runner = Runner(b0)
    runner.run(x, ["4.2.project", "classifier"])
    assert list(runner._sessions._inner) == ["4.2"] and not runner._sessions._made
    runner.logits(x, change={"8.1.se.gate": torch.ones_like})
    assert list(runner._sessions._made) == ["9", "classifier"]


def test_a_session_uses_the_memory_of_the_weights_as_it_is(b0):
    graph, weights = graph_beside_weights(b0, None, ["classifier"])
    assert graph.ByteSize() < 2**18
    assert {name: values.ctypes.data for name, values in weights.items() if "classifier" in name} == {
        f"classifier.{key}": values.data_ptr() for key, values in b0.classifier.named_parameters()
    }
    assert not any(tensor.external_data for tensor in graph_of(b0).graph.initializer)
    parameters = sum(parameter.nbytes for parameter in b0.parameters())
    assert parameters < Session(graph, weights).nbytes < parameters + 2**18


def test_sessions_for_steps_are_few(b0, x):
    runner = Runner(b0)
    for block in list(b0.blocks())[1:-1]:
        runner.run(x, [f"{block}.project"])
    assert len(runner._sessions._inner) == part_sessions_module.INNER_SESSIONS


@pytest.mark.slow
def test_a_runner_goes_with_its_network(folded_network):
    network = folded_network("shapes")
    runner = runner_of(network)
    assert runner_of(network) is runner
    gone = ref(runner), ref(network)
    del runner, network
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_other_peoples_sessions_stay_possible(b0, x):
    Runner(b0).logits(x)
    plain = onnxruntime.InferenceSession(graph_of(b0).SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        assert_close(torch.from_numpy(plain.run(None, {"image": x.numpy()})[0]), b0(x))
