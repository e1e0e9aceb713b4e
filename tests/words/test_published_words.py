"""Who trained which weights, under which licence, and what older networks cost: against torchvision's own registry."""

from __future__ import annotations

import pytest
from torchvision.models import get_model_weights

from effnet_viz.architecture import list_variants
from effnet_viz.architecture.published import OLDER_NETWORKS
from effnet_viz.weights.catalogue import torchvision_words, weight_sets


def torchvision_sets():
    return [weights for name in list_variants() for weights in weight_sets(name) if weights.kind == "torchvision"]


def test_ported_sets_are_those_that_torchvision_says_it_ported():
    ported = 0
    for weights in torchvision_sets():
        member = weights.name.removeprefix("torchvision-").upper()
        theirs = get_model_weights(f"efficientnet_{weights.variant}")[f"IMAGENET1K_{member}"]
        said = "ported from the original paper" in theirs.meta["_docs"]
        assert weights.note.startswith("Ported from ") == said
        assert ("timm" in weights.note) == ("rwightman" in theirs.url)
        assert ("efficientnet-pytorch" in weights.note) == ("lukemelas" in theirs.url)
        assert weights.licence != "BSD-3-Clause" and "not stated" in weights.licence
        ported += said
    assert (ported, len(torchvision_sets())) == (9, 12)
    assert torchvision_words().startswith("Of these 12 sets, 9 are ported")


def test_lite_weights_name_both_accuracies():
    note = next(weights.note for weights in weight_sets("lite0") if weights.kind == "packaged")
    measured = next(
        weights.top1 for weights in weight_sets("lite0") if weights.repo_id == "timm/tf_efficientnet_lite0.in1k"
    )
    assert f"timm measured {measured:.1f}%" in note


@pytest.mark.parametrize("older", OLDER_NETWORKS, ids=lambda network: network.name)
def test_older_networks_as_torchvision_has_them(older):
    meta = get_model_weights(older.name)["IMAGENET1K_V1"].meta
    assert older.params == meta["num_params"]
    assert older.macs == pytest.approx(meta["_ops"] * 1e9)
    assert older.top1 == meta["_metrics"]["ImageNet-1K"]["acc@1"]
