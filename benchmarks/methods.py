"""The other methods beside the libraries that have them: one class, one layer, time and extra peak memory.

Each function prepares a network with random parameters and returns what is measured: from a ready input to a map. The
other tools get torchvision's network, as it is what they are used with; the class is known to all.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from torch import Tensor

from benchmarks.contenders import Call, ready_model, torchvision_network

TARGET = 0
LAYERS = {"ours": "6.3", "theirs": "5.2"}  # the same block: torchvision counts stages and blocks from 0
ROUNDS, PATIENCE = 15, 6.0  # timed calls, and the seconds of them after which a slow method has been timed enough
QUICK = ("layer_cam", "ablation_cam")
BESIDE = {  # method: who else has it
    "grad_cam_plus_plus": ("torchcam", "pytorch-grad-cam"),
    "hires_cam": ("pytorch-grad-cam",),
    "layer_cam": ("torchcam", "pytorch-grad-cam"),
    "x_grad_cam": ("torchcam", "pytorch-grad-cam"),
    "eigen_cam": ("pytorch-grad-cam",),
    "score_cam": ("torchcam", "pytorch-grad-cam"),
    "ablation_cam": ("pytorch-grad-cam",),
    "occlusion": ("Captum",),
    "integrated_gradients": ("Captum",),
}
TORCHCAM = {
    "grad_cam_plus_plus": "GradCAMpp",
    "layer_cam": "LayerCAM",
    "x_grad_cam": "XGradCAM",
    "score_cam": "ScoreCAM",
}
PYTORCH_GRAD_CAM = {
    "grad_cam_plus_plus": "GradCAMPlusPlus",
    "hires_cam": "HiResCAM",
    "layer_cam": "LayerCAM",
    "x_grad_cam": "XGradCAM",
    "eigen_cam": "EigenCAM",
    "score_cam": "ScoreCAM",
    "ablation_cam": "AblationCAM",
}


def ours(method: str, variant: str) -> Call:
    """`effnet_viz.explain.methods.evidence`, from pixels to map, the run of the network included."""
    from effnet_viz.explain.methods import evidence

    model, photo = ready_model(variant)

    def call(x: Tensor):
        model.preprocessing.ready["input"] = x
        return evidence(model, photo, method, target=TARGET, layer=LAYERS["ours"]).values

    return call


def torchcam(method: str, variant: str) -> Call:
    """torchcam, with batches of 32 as it is delivered."""
    from torchcam import methods

    network = torchvision_network(variant)
    kind = getattr(methods, TORCHCAM[method])

    def call(x: Tensor):
        with kind(network, f"features.{LAYERS['theirs']}") as extractor:
            return extractor(TARGET, network(x))[0].detach().numpy()

    return call


def pytorch_grad_cam(method: str, variant: str) -> Call:
    """pytorch-grad-cam, with batches of 16 or 32 as it is delivered."""
    import pytorch_grad_cam as library
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    network = torchvision_network(variant)
    kind = getattr(library, PYTORCH_GRAD_CAM[method])
    targets = [ClassifierOutputTarget(TARGET)]

    def call(x: Tensor):
        with kind(model=network, target_layers=[network.get_submodule(f"features.{LAYERS['theirs']}")]) as cam:
            return cam(input_tensor=x, targets=targets)

    return call


def captum(method: str, variant: str) -> Call:
    """Captum, used plainly, with the same windows or steps."""
    from captum import attr

    from effnet_viz.explain.methods.hiding import window_of
    from effnet_viz.explain.methods.pixels import INTEGRATED_STEPS

    network = torchvision_network(variant)

    def occlusion(x: Tensor):
        window, stride = window_of(x.shape[-1])
        return (
            attr.Occlusion(network)
            .attribute(x, target=TARGET, sliding_window_shapes=(3, window, window), strides=(3, stride, stride))
            .detach()
        )

    def integrated_gradients(x: Tensor):
        return attr.IntegratedGradients(network).attribute(x, target=TARGET, n_steps=INTEGRATED_STEPS).detach()

    return {"occlusion": occlusion, "integrated_gradients": integrated_gradients}[method]


TOOLS: dict[str, Callable[[str, str], Call]] = {
    "effnet_viz": ours,
    "torchcam": torchcam,
    "pytorch-grad-cam": pytorch_grad_cam,
    "Captum": captum,
}


def contender(name: str, variant: str) -> Call:
    """What is measured under a name such as `score_cam@torchcam`."""
    method, tool = name.split("@")
    return TOOLS[tool](method, variant)


def report(variant: str, names: tuple[str, ...] = tuple(BESIDE), processes: int = 1) -> None:
    """Print the comparison as a Markdown table."""
    from benchmarks.grad_cam import CASES, compare, least_memory

    print(f"\n### Other methods, {variant.upper()} at {CASES[variant]} pixels, block {LAYERS['ours']}\n")
    print("| method | tool | median time | times ours | least processor time | times ours | extra peak memory |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        tools = ("effnet_viz", *BESIDE[name])
        contenders = compare([f"{name}@{tool}" for tool in tools], variant, ROUNDS, PATIENCE)
        base = contenders[0]
        for contender, tool in zip(contenders, tools, strict=True):
            columns = [name, tool]
            for measure in (
                lambda contender: statistics.median(contender.times),
                lambda contender: min(contender.processor_times),
            ):
                columns += [f"{1000 * measure(contender):.0f} ms", f"{measure(contender) / measure(base):.2f}"]
            memory = least_memory(contender, variant, processes)
            columns.append("unknown" if memory is None else f"{memory / 2**20:.0f} MiB")
            print(f"| {' | '.join(columns)} |", flush=True)
