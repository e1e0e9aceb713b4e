"""Same parameters, same logits as torchvision's and timm's: padding, epsilon, order and shapes all have to fit."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from timm.models import efficientnet as timm_efficientnet
from torch import nn

from effnet_viz.architecture import spec
from effnet_viz.network import EfficientNet, build, for_inference

SIZES = ((64, 64), (75, 98), (97, 65))  # even, odd, not square: SAME and symmetric padding differ in different ways
QUICK = {  # one of each kind; the others count as slow together
    "torchvision": ("b0", "b3", "v2_s"),
    "google": ("b0", "lite0", "edgetpu_s", "v2_b0", "v2_b3"),
    "timm": ("b1", "lite3"),
}

EDGETPU = {"edgetpu_s": "es", "edgetpu_m": "em", "edgetpu_l": "el"}
V1 = [f"b{number}" for number in range(9)]
LITE = [f"lite{number}" for number in range(5)]
V2 = ["v2_s", "v2_m", "v2_l"]
V2_B = [f"v2_b{number}" for number in range(4)]


def timm_name(variant: str) -> str:
    return f"efficientnet{variant}" if variant.startswith("v2") else f"efficientnet_{EDGETPU.get(variant, variant)}"


CASES = [
    *(("torchvision", variant, f"efficientnet_{variant}") for variant in V1[:8] + V2),
    *(("google", variant, f"tf_{timm_name(variant)}") for variant in V1 + LITE + V2 + V2_B + list(EDGETPU)),
    *(("timm", variant, timm_name(variant)) for variant in V1 + LITE + V2 + list(EDGETPU)),
]


def assert_same_logits(ours: nn.Module, theirs: nn.Module) -> None:
    for height, width in SIZES:
        x = torch.randn(2, 3, height, width)
        with torch.no_grad():
            expected, given = theirs(x), ours(x)
        assert expected.std() > 0.01  # nothing saturated, nothing vanished
        assert (given - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.mark.parametrize(
    ("origin", "variant", "peer"),
    [
        pytest.param(*case, id=f"{case[0]}-{case[1]}", marks=[pytest.mark.slow] * (case[1] not in QUICK[case[0]]))
        for case in CASES
    ],
)
def test_logits_equal_the_peers(origin, variant, peer, randomise, copy_parameters):
    ours = randomise(build(spec(variant, origin=origin)))
    theirs = (torchvision.models.get_model(peer) if origin == "torchvision" else timm.create_model(peer)).eval()
    copy_parameters(ours, theirs)
    assert_same_logits(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "generate", "options"),
    [
        ("l2", timm_efficientnet._gen_efficientnet, {"depth_multiplier": 5.3}),
        ("v2_xl", timm_efficientnet._gen_efficientnetv2_xl, {}),
    ],
)
def test_logits_of_the_giants_equal_timms_at_a_fraction_of_their_width(
    variant, generate, options, randomise, copy_parameters
):
    head_rule = "fixed" if variant == "v2_xl" else "official"  # timm does not scale the head of these
    ours = randomise(build(spec(variant, origin="google").replace(width=0.3, head_rule=head_rule)))
    theirs = generate(
        f"tf_efficientnet{variant if variant.startswith('v2') else '_' + variant}",
        channel_multiplier=0.3,
        pad_type="same",
        bn_eps=1e-3,
        **options,
    ).eval()
    copy_parameters(ours, theirs)
    assert_same_logits(ours, theirs)


def test_padding_and_epsilon_matter(randomise):
    """A wrong origin is not within the tolerance, so the tests above would see it."""
    google = randomise(build(spec("b0", origin="google")))
    x = torch.randn(1, 3, 64, 64)
    for change in ({"padding": "symmetric"}, {"norm_epsilon": 1e-5}):
        other = EfficientNet(google.spec.replace(**change)).eval()
        other.load_state_dict(google.state_dict())
        with torch.no_grad():
            expected, given = google(x), other(x)
        assert (given - expected).abs().max() > 1e-3 * expected.abs().max()


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["b0", "lite0", "edgetpu_s", "v2_b0"])
@pytest.mark.parametrize("origin", ["timm", "google"])
def test_folded_copy_gives_the_same_logits(variant, origin, randomise):
    network = randomise(build(spec(variant, origin=origin)))
    assert_same_logits(for_inference(network), network)


@pytest.mark.parametrize("variant", ["b0", "v2_b0", "lite0"])
def test_every_folded_block_gives_what_the_network_gives(variant, randomise):
    network = randomise(build(variant))
    folded = for_inference(network)
    x = torch.randn(1, 3, 75, 64)
    y = x.clone()
    with torch.no_grad():
        for ours, theirs in zip(folded.blocks().values(), network.blocks().values(), strict=True):
            x, y = ours(x), theirs(y)
            assert (x - y).abs().max() <= 1e-4 * y.abs().max()
