"""The table of trained parameters says what torchvision and timm say about them."""

from __future__ import annotations

import math
import runpy
import subprocess
import sys
from pathlib import Path

import huggingface_hub.constants
import pytest
import timm
import torch
import torchvision
from timm.data import create_transform, resolve_data_config
from timm.models import get_pretrained_cfg

from effnet_viz.architecture import list_variants
from effnet_viz.weights import all_weight_sets, best_on_this_machine, on_this_machine, weight_set, weight_sets
from effnet_viz.weights.caches import hub_cache, torch_checkpoints
from effnet_viz.weights.class_names import imagenet_names

SETS = all_weight_sets()


def of_kind(kind):
    sets = [weights for weights in SETS if weights.kind == kind]
    return pytest.mark.parametrize("weights", sets, ids=[f"{weights.variant}/{weights.name}" for weights in sets])


@of_kind("torchvision")
def test_torchvisions_sets(weights):
    family = weights.variant.upper()
    member = f"IMAGENET1K_{weights.name.removeprefix('torchvision-').upper()}"
    theirs = getattr(torchvision.models, f"EfficientNet_{family}_Weights")[member]
    transform = theirs.transforms()
    ours = weights.preprocessing
    assert weights.url == theirs.url
    assert weights.sha256 == theirs.url.rsplit("-", 1)[1].split(".")[0] and len(weights.sha256) == 8
    assert weights.params == theirs.meta["num_params"]
    assert weights.top1 == theirs.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    assert math.isclose(weights.size_bytes / 2**20, theirs.meta["_file_size"], abs_tol=1e-3)
    assert ([ours.resize], [ours.crop], ours.interpolation) == (
        transform.resize_size,
        transform.crop_size,
        transform.interpolation.value,
    )
    assert (list(ours.mean), list(ours.std)) == (transform.mean, transform.std)
    assert len(theirs.meta["categories"]) == weights.num_classes
    assert weights.spec.origin == "torchvision" and weights.spec.resolution == transform.crop_size[0]


def test_all_of_torchvisions_sets_are_there():
    theirs = {
        weights.url
        for name in torchvision.models.list_models(include="efficientnet*")
        for weights in torchvision.models.get_model_weights(name)
    }
    assert {weights.url for weights in SETS if weights.kind == "torchvision"} == theirs


@of_kind("hub")
def test_the_hubs_sets(weights):
    model, tag = weights.repo_id.removeprefix("timm/").split(".")
    theirs = get_pretrained_cfg(f"{model}.{tag}")
    data = resolve_data_config({}, pretrained_cfg=theirs.to_dict(), use_test_size=True)
    resize = create_transform(**data).transforms[0]
    ours = weights.preprocessing
    assert theirs.hf_hub_id == weights.repo_id and theirs.num_classes == weights.num_classes == 1000
    assert weights.licence.lower() == theirs.license
    assert ours.crop == data["input_size"][-1]
    assert (ours.interpolation, ours.mean, ours.std) == (data["interpolation"], data["mean"], data["std"])
    squashed = data["crop_mode"] == "squash"
    assert ours.resize == (resize.size[0] if squashed else resize.size)
    assert bool(weights.note) == squashed
    assert weights.origin == ("google" if model.startswith("tf_") else "timm")


def test_all_of_timms_sets_with_1000_classes_are_there():
    ours = {weights.repo_id for weights in SETS if weights.kind == "hub"}
    models = {repo.removeprefix("timm/").split(".")[0] for repo in ours}
    theirs = {
        f"timm/{name}"
        for model in models
        for name in timm.list_pretrained(f"{model}.*")
        if get_pretrained_cfg(name).num_classes == 1000
    }
    assert ours == theirs


def test_every_published_variant_has_a_set_and_the_best_comes_first():
    for variant in list_variants():
        accuracies = [weights.top1 or 0 for weights in weight_sets(variant)]
        assert accuracies and accuracies == sorted(accuracies, reverse=True)
        assert len({weights.name for weights in weight_sets(variant)}) == len(accuracies)


@of_kind("packaged")
def test_the_packages_carry_what_the_table_says(weights):
    from effnet_viz.weights.catalogue import path_on_this_machine
    from effnet_viz.weights.sources import is_intact

    assert path_on_this_machine(weights).stat().st_size == weights.size_bytes
    assert len(weights.sha256) == 64 and is_intact(weights)
    assert best_on_this_machine(weights.variant) == weights


@pytest.mark.parametrize("variables", [(), ("XDG_CACHE_HOME",), ("TORCH_HOME", "HF_HOME"), ("HF_HUB_CACHE",)])
def test_the_caches_are_where_torch_and_the_hub_have_them(variables, tmp_path, monkeypatch):
    for name in ("TORCH_HOME", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in variables:
        monkeypatch.setenv(name, str(tmp_path / name))
    assert str(torch_checkpoints()) == str(Path(torch.hub.get_dir()) / "checkpoints")
    assert str(hub_cache()) == runpy.run_path(huggingface_hub.constants.__file__)["HF_HUB_CACHE"]


def test_nothing_is_on_a_fresh_machine_but_what_is_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    here = {weights.kind for weights in SETS if on_this_machine(weights)}
    assert here <= {"packaged", "trained_here"}
    assert best_on_this_machine("b0") is None
    weights = weight_set("b0", "torchvision-v1")
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / weights.filename).write_bytes(b"")
    assert best_on_this_machine("b0") == weights


def test_unknown_sets_are_named():
    with pytest.raises(ValueError, match="the sets that exist for lite3 are: google"):
        weight_set("lite3", "packaged")
    with pytest.raises(ValueError, match="no variant 'b9'"):
        weight_sets("b9")


def test_the_names_of_imagenet():
    assert list(imagenet_names()) == torchvision.models.ResNet18_Weights.DEFAULT.meta["categories"]


def test_the_table_imports_no_torch():
    program = "import sys; import effnet_viz.weights.catalogue as c; c.all_weight_sets(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_process_without_a_home_finds_its_caches_and_no_weights(monkeypatch):
    """As in containers that run as some number."""
    for name in ("HOME", "TORCH_HOME", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])
    with pytest.raises(RuntimeError):
        Path("~").expanduser()
    assert torch_checkpoints() == Path("~/.cache/torch/hub/checkpoints")
    assert hub_cache() == Path("~/.cache/huggingface/hub")
    assert not on_this_machine(weight_set("b0", "torchvision-v1"))
