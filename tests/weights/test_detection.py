"""The network that made the tensors is found from the tensors."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
import transformers
from efficientnet_pytorch import EfficientNet as Lukemelas
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from effnet_viz.architecture import custom_spec, list_variants, spec, tutorial_spec
from effnet_viz.network import EfficientNet, build
from effnet_viz.weights import CheckpointError
from effnet_viz.weights.detection import detect


def state(network_spec):
    """Names and shapes as a state dict has them, without the memory."""
    with torch.device("meta"):
        return EfficientNet(network_spec).state_dict()


def flat(state_dict):
    """Our tensors under efficientnet-pytorch's names, which do not tell the stages."""
    places = sorted(
        {
            tuple(map(int, name.split(".")[1:3]))
            for name in state_dict
            if name.startswith("feature_extractor") and name.split(".")[2].isdigit()
        }
    )
    head = max(int(name.split(".")[1]) for name in state_dict if name.startswith("feature_extractor"))
    fixed = {"1.conv": "_conv_stem", "1.norm": "_bn0", f"{head}.conv": "_conv_head", f"{head}.norm": "_bn1"}
    steps = {
        "expand.conv": "_expand_conv",
        "expand.norm": "_bn0",
        "depthwise.conv": "_depthwise_conv",
        "depthwise.norm": "_bn1",
        "se.reduce": "_se_reduce",
        "se.expand": "_se_expand",
        "project.conv": "_project_conv",
        "project.norm": "_bn2",
    }
    renamed = {}
    for name, tensor in state_dict.items():
        module, _, parameter = name.removeprefix("feature_extractor.").rpartition(".")
        if module == "classifier":
            renamed[f"_fc.{parameter}"] = tensor
        elif module in fixed:
            renamed[f"{fixed[module]}.{parameter}"] = tensor
        else:
            stage, index, step = module.split(".", 2)
            number = places.index((int(stage), int(index)))
            renamed[f"_blocks.{number}.{steps[step]}.{parameter}"] = tensor
    return renamed


@pytest.mark.parametrize("variant", list_variants())
def test_every_variant_is_found(variant):
    detected = detect(state(spec(variant, num_classes=5)))
    assert (detected.spec.name, detected.spec.num_classes, detected.naming) == (variant, 5, "effnet_viz")
    assert detected.has_classifier and detected.spec.origin == spec(variant).origin


@pytest.mark.parametrize(
    ("name", "variant", "origin"),
    [
        ("efficientnet_b1", "b1", "timm"),
        ("efficientnet_b4", "b4", "timm"),
        ("tf_efficientnet_b7", "b7", "google"),
        ("tf_efficientnet_b8", "b8", "google"),
        ("tf_efficientnet_l2", "l2", "google"),
        ("tf_efficientnet_lite4", "lite4", "google"),
        ("efficientnet_el", "edgetpu_l", "timm"),
        ("tf_efficientnetv2_xl", "v2_xl", "google"),
        ("tf_efficientnetv2_b2", "v2_b2", "google"),
    ],
)
def test_timms_networks_are_found(name, variant, origin):
    with torch.device("meta"):
        network = timm.create_model(name, num_classes=11)
    detected = detect(network.state_dict())
    assert (detected.spec.name, detected.spec.origin, detected.spec.num_classes) == (variant, origin, 11)


def test_what_timms_training_script_notes_decides_the_padding():
    with torch.device("meta"):
        state_dict = timm.create_model("tf_efficientnet_b0").state_dict()
    assumed = detect({"state_dict": state_dict})
    assert assumed.spec.origin == "timm" and "symmetric" in assumed.assumptions[0]
    assert detect({"state_dict": state_dict, "arch": "tf_efficientnet_b0"}).spec.origin == "google"
    overridden = detect(state_dict, origin="google")
    assert (overridden.spec.padding, overridden.spec.norm_epsilon) == ("same", 1e-3)
    with pytest.raises(ValueError, match="origin"):
        detect(state_dict, origin="nobody")


@pytest.mark.parametrize("name", ["b1", "b4", "b7"])
@pytest.mark.parametrize("names", [dict, flat])
def test_what_tutorials_build_is_found_with_its_odd_stem(name, names):
    made = tutorial_spec(name)
    detected = detect(names(state(made)))
    assert detected.spec.title == made.title and detected.spec.resolution == made.resolution
    assert (
        detected.spec.scaled_stem_channels == int(32 * made.width) and detected.spec.block_specs() == made.block_specs()
    )
    assert detected.state_dict.keys() == state(made).keys()


@pytest.mark.slow
@settings(max_examples=25)
@given(
    width=st.floats(0.05, 2.5),
    depth=st.floats(0.05, 3.5),
    rounding=st.sampled_from(["official", "ceil4", "nearest8"]),
    head_rule=st.sampled_from(["official", "torchvision", "fixed"]),
    se_ratio=st.one_of(st.none(), st.floats(0.02, 1.0)),
    classes=st.integers(1, 50),
    channels=st.integers(1, 6),
    staged=st.booleans(),
)
def test_custom_networks_are_found(width, depth, rounding, head_rule, se_ratio, classes, channels, staged):
    made = custom_spec(
        width=width,
        depth=depth,
        rounding=rounding,
        head_rule=head_rule,
        se_ratio=se_ratio,
        num_classes=classes,
        in_channels=channels,
    )
    tensors = state(made)
    detected = detect(tensors if staged else flat(tensors)).spec
    expected = [
        (
            block.id,
            block.stride,
            block.residual,
            block.in_channels,
            block.expanded_channels,
            block.out_channels,
            block.kernel,
            block.squeeze_channels,
        )
        for block in made.block_specs()
    ]
    assert [
        (
            block.id,
            block.stride,
            block.residual,
            block.in_channels,
            block.expanded_channels,
            block.out_channels,
            block.kernel,
            block.squeeze_channels,
        )
        for block in detected.block_specs()
    ] == expected
    assert (detected.num_classes, detected.in_channels) == (classes, channels)
    assert detected.scaled_head_channels == made.scaled_head_channels


def test_the_simplest_numbers_are_found():
    detected = detect(state(custom_spec(width=1.3, depth=1.4, rounding="ceil4", se_ratio=0.5)))
    assert (detected.spec.width, detected.spec.depth, detected.spec.rounding) == (1.3, 1.4, "ceil4")
    tutorial = detect(state(custom_spec(width=1.1, depth=1.3, rounding="ceil4"))).spec
    assert (tutorial.width, tutorial.depth, tutorial.rounding) == (1.1, 1.3, "ceil4")


def test_a_network_of_other_stages_is_built_from_its_shapes():
    base = spec("b0", origin="timm")
    stages = tuple(
        stage.__class__(
            operator=stage.operator,
            kernel=7 if index == 2 else stage.kernel,
            stride=stage.stride,
            expansion=3 if stage.expansion > 1 else 1,
            channels=stage.channels + 8,
            repeats=stage.repeats + 1,
            se_ratio=stage.se_ratio,
        )
        for index, stage in enumerate(base.stages)
    )
    made = base.replace(stages=stages, name="custom", head_channels=512, head_rule="fixed")
    detected = detect(state(made))
    assert [
        (b.id, b.kernel, b.expanded_channels, b.squeeze_channels, b.stride) for b in detected.spec.block_specs()
    ] == [(b.id, b.kernel, b.expanded_channels, b.squeeze_channels, b.stride) for b in made.block_specs()]
    assert any("strides are not stored" in sentence for sentence in detected.assumptions)
    assert detected.state_dict.keys() == state(made).keys()


def test_a_pruned_network_is_refused_with_the_reason():
    with torch.device("meta"):
        network = timm.create_model("efficientnet_b1_pruned")
    with pytest.raises(CheckpointError, match="pruned"):
        detect(network.state_dict())


def test_a_sigmoid_head_of_one_class():
    network = torchvision.models.efficientnet_b0()
    network.classifier[1] = nn.Linear(1280, 1)
    detected = detect(network.state_dict())
    assert detected.has_classifier and detected.spec.num_classes == 1
    build(detected.spec).load_state_dict(detected.state_dict)


def test_a_classifier_of_another_name_or_without_bias_is_taken():
    network = timm.create_model("efficientnet_b0", num_classes=0)
    linear = nn.Linear(1280, 9, bias=False)
    tensors = {f"backbone.{name}": tensor for name, tensor in network.state_dict().items()}
    detected = detect(tensors | {"head.weight": linear.weight})
    assert detected.has_classifier and detected.spec.num_classes == 9
    assert torch.equal(detected.state_dict["classifier.weight"], linear.weight)
    assert not detected.state_dict["classifier.bias"].any()


def test_layers_before_the_classifier_are_named_and_the_features_load():
    network = torchvision.models.efficientnet_b0()
    network.classifier = nn.Sequential(nn.Dropout(), nn.Linear(1280, 256), nn.ReLU(), nn.Linear(256, 4))
    detected = detect(network.state_dict())
    assert not detected.has_classifier
    words = ("(classifier.1, classifier.3)", "predictions cannot")
    assert any(all(word in sentence for word in words) for sentence in detected.assumptions)
    ours = build(detected.spec)
    ours.load_state_dict(detected.state_dict)
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval().feature_extractor(images), network.eval().features(images))


@pytest.mark.slow
def test_features_without_any_classifier():
    bare = transformers.EfficientNetModel(
        transformers.EfficientNetConfig(width_coefficient=1.0, depth_coefficient=1.0, hidden_dim=1280)
    )
    for network in (timm.create_model("efficientnet_b0", num_classes=0), bare):
        detected = detect(network.state_dict())
        assert not detected.has_classifier
        assert any("no classifier" in sentence for sentence in detected.assumptions)
        build(detected.spec).load_state_dict(detected.state_dict)


def test_the_resolution_is_assumed_and_can_be_changed():
    tensors = state(spec("b0"))
    assert detect(tensors).spec.resolution == 224
    changed = detect(tensors, resolution=380)
    assert (changed.spec.resolution, changed.preprocessing.crop) == (380, 380)
    assert any("224 pixels" in sentence for sentence in detect(tensors).assumptions)


def test_efficientnet_pytorchs_networks_are_found_as_googles():
    detected = detect(Lukemelas.from_name("efficientnet-b0", in_channels=1, num_classes=3).state_dict())
    assert (detected.spec.name, detected.spec.origin, detected.spec.in_channels) == ("b0", "google", 1)


def test_what_is_no_efficientnet_is_said():
    with pytest.raises(CheckpointError, match="names of an EfficientNet"):
        detect(torchvision.models.resnet18().state_dict())
    with pytest.raises(CheckpointError, match="no named tensors"):
        detect({"epoch": 3})
    cut = {name: tensor for name, tensor in state(spec("b0")).items() if not name.startswith("feature_extractor.9")}
    with pytest.raises(CheckpointError, match="lacks its final convolution"):
        detect(cut)


def trained_backbone(network: torch.nn.Module) -> torch.nn.Module:
    """Batch norms with statistics, as behind a backbone that was trained; gates and classifier as they were made."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 1.5)
    return network


@pytest.mark.parametrize(
    "make",
    [
        lambda: torchvision.models.efficientnet_b0(num_classes=5),
        lambda: timm.create_model("efficientnet_b0", num_classes=5),
        lambda: Lukemelas.from_name("efficientnet-b0", num_classes=5),
        lambda: build(spec("b0", num_classes=5)),
    ],
    ids=["torchvision", "timm", "efficientnet-pytorch", "own"],
)
def test_gates_and_a_classifier_that_were_never_trained_are_noticed(make):
    network = trained_backbone(make())
    detected = detect(network.state_dict())
    assert detected.fresh_ends and not detected.looks_fresh
    state_dict = {name: tensor * 1.001 + 1e-4 for name, tensor in network.state_dict().items()}
    assert not detect(state_dict).fresh_ends
