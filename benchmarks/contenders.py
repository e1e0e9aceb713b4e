"""Grad-CAM on the last convolution, as each tool's own documentation does it.

Each function prepares a network with random parameters and returns what is measured: from a ready input `(1, 3, H, W)`
to a map. Torchvision's network serves the other tools, as it is what they are used with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Call = Callable[[Tensor], Any]


def floor(variant: str) -> Call:
    """The cheapest forward pass there is: folded, channels-last, no graph; no Grad-CAM at all."""
    from effnet_viz.network import build, for_inference

    network = for_inference(build(variant))

    def call(x: Tensor):
        with torch.inference_mode():
            return network(x).numpy()

    return call


def onnx_runtime(variant: str) -> Call:
    """The same network written as ONNX and run by ONNX Runtime, with nothing else."""
    import onnxruntime

    from effnet_viz.engine.graph import graph_of
    from effnet_viz.network import build, for_inference

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    graph = graph_of(for_inference(build(variant)))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"image": x.numpy()})[0]


def capture_only(variant: str) -> Call:
    """Logits, every block's output and every gate, kept."""
    from effnet_viz.explain import capture

    model, photo = ready_model(variant)

    def call(x: Tensor):
        model.preprocessing.ready["input"] = x
        return capture(model, photo).logits

    return call


def ours(variant: str) -> Call:
    """`effnet_viz.grad_cam`."""
    import effnet_viz as ev

    model, photo = ready_model(variant)

    def call(x: Tensor):
        model.preprocessing.ready["input"] = x
        return ev.grad_cam(model, photo).values

    return call


def ours_with_capture(variant: str) -> Call:
    """What a page of the app costs at first: every block's output and gate kept, then Grad-CAM from the kept run."""
    from effnet_viz.explain import capture, grad_cam_of

    model, photo = ready_model(variant)

    def call(x: Tensor):
        model.preprocessing.ready["input"] = x
        return grad_cam_of(model, capture(model, photo)).values

    return call


def captum(variant: str) -> Call:
    """Captum's `LayerGradCam` on the network as torchvision gives it."""
    from captum.attr import LayerGradCam

    network = torchvision_network(variant)
    method = LayerGradCam(network, network.features[-1])

    def call(x: Tensor):
        with torch.no_grad():
            target = int(network(x).argmax())
        return method.attribute(x, target=target).detach().numpy()

    return call


def captum_known_class(variant: str) -> Call:
    """The same for a class known beforehand, which saves the first forward pass."""
    from captum.attr import LayerGradCam

    network = torchvision_network(variant)
    method = LayerGradCam(network, network.features[-1])
    return lambda x: method.attribute(x, target=0).detach().numpy()


def torchcam(variant: str) -> Call:
    """torchcam's `GradCAM`."""
    from torchcam.methods import GradCAM

    network = torchvision_network(variant)

    def call(x: Tensor):
        with GradCAM(network, "features.8" if hasattr(network.features, "8") else "features.7") as extractor:
            scores = network(x)
            return extractor(int(scores.argmax()), scores)[0].numpy()

    return call


def pytorch_grad_cam(variant: str) -> Call:
    """pytorch-grad-cam's `GradCAM`."""
    from pytorch_grad_cam import GradCAM

    network = torchvision_network(variant)

    def call(x: Tensor):
        with GradCAM(model=network, target_layers=[network.features[-1]]) as method:
            return method(input_tensor=x, targets=None)

    return call


CONTENDERS: dict[str, Callable[[str], Call]] = {
    "floor (forward pass only)": floor,
    "ONNX Runtime (forward pass only)": onnx_runtime,
    "effnet_viz": ours,
    "effnet_viz, capture only": capture_only,
    "effnet_viz, all blocks kept": ours_with_capture,
    "Captum, class known": captum_known_class,
    "Captum": captum,
    "torchcam": torchcam,
    "pytorch-grad-cam": pytorch_grad_cam,
}


def torchvision_network(variant: str) -> torch.nn.Module:
    import torchvision

    return torchvision.models.get_model(f"efficientnet_{variant}", weights=None).eval()


def ready_model(variant: str):
    """A model whose preprocessing hands on an input that is ready, and any photo."""
    from PIL import Image

    import effnet_viz as ev
    from effnet_viz.explain import Model, Provenance
    from effnet_viz.images import Preprocessing
    from effnet_viz.network import for_inference

    @dataclass(frozen=True, kw_only=True)
    class Ready(Preprocessing):
        ready: dict[str, Tensor] = field(default_factory=dict)

        def tensor(self, photo) -> Tensor:
            return self.ready["input"]

    network = ev.build(variant)
    side = network.spec.resolution
    model = Model(
        spec=network.spec,
        network=for_inference(network),
        device="cpu",
        key=variant,
        preprocessing=Ready(resize=side, crop=side, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1)),
        class_names=tuple(map(str, range(1000))),
        provenance=Provenance(kind="untrained", label="random parameters"),
    )
    return model, ev.open_photo(Image.new("RGB", (side, side)))
