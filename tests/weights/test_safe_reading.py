"""Files that anybody may have made: tensors come out, code never runs, and each fault has its sentence."""

from __future__ import annotations

import argparse
import io
import pickle
import zipfile
from collections import OrderedDict

import pytest
import safetensors.torch
import torch
import torchvision

from effnet_viz.network import build
from effnet_viz.weights import CheckpointError, read_checkpoint, translate
from effnet_viz.weights.translation import unwrap

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


class Writes:
    """A pickle that writes a file when it is opened."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize(
    "content",
    [saved(TENSORS), saved(TENSORS, _use_new_zipfile_serialization=False), safetensors.torch.save(TENSORS)],
    ids=["zip", "legacy", "safetensors"],
)
@pytest.mark.parametrize("as_path", [True, False])
def test_every_format_is_read_from_its_content(content, as_path, tmp_path):
    path = tmp_path / "no-suffix"
    path.write_bytes(content)
    read = read_checkpoint(path if as_path else content)
    assert read.keys() == TENSORS.keys()
    assert all(torch.equal(read[name], tensor) for name, tensor in TENSORS.items())


@pytest.mark.parametrize("container", ["zip", "legacy", "pickle"])
def test_code_in_a_pickle_does_not_run(container, tmp_path):
    witness = tmp_path / "witness"
    value = {"state_dict": TENSORS, "trap": Writes(witness)}
    content = {
        "zip": lambda: saved(value),
        "legacy": lambda: saved(value, _use_new_zipfile_serialization=False),
        "pickle": lambda: pickle.dumps({"trap": Writes(witness)}),
    }[container]()
    with pytest.raises(CheckpointError, match="was not opened"):
        read_checkpoint(content)
    assert not witness.exists()
    unguarded = io.BytesIO(content)
    pickle.load(unguarded) if container == "pickle" else torch.load(unguarded, weights_only=False)
    assert witness.exists()  # the trap is a real one


def test_a_whole_pickled_network_is_explained():
    with pytest.raises(
        CheckpointError,
        match=r"whole pickled network \(torchvision.models.efficientnet.Effic"
        r"ientNet\).*torch.save\(model.state_dict\(\)",
    ):
        read_checkpoint(saved(torchvision.models.efficientnet_b0()))


def test_a_training_scripts_arguments_do_not_hinder():
    read = read_checkpoint(saved({"state_dict": TENSORS, "args": argparse.Namespace(lr=0.1), "epoch": 3}))
    tensors, beside = unwrap(read)
    assert tensors.keys() == TENSORS.keys() and beside["epoch"] == 3


def test_an_empty_a_large_and_an_absent_file(tmp_path):
    with pytest.raises(CheckpointError, match="empty"):
        read_checkpoint(b"")
    with pytest.raises(CheckpointError, match="The file has 4 MB; up to 2 MB are read"):
        read_checkpoint(saved({"a": torch.zeros(1_000_000)}), max_bytes=2_000_000)
    with pytest.raises(CheckpointError, match=r"no file 'nothing.pth'"):
        read_checkpoint(tmp_path / "nothing.pth")
    with pytest.raises(CheckpointError, match="no file"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "content",
    [saved(TENSORS), saved(TENSORS, _use_new_zipfile_serialization=False), safetensors.torch.save(TENSORS)],
    ids=["zip", "legacy", "safetensors"],
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file(content, share):
    with pytest.raises(CheckpointError, match="cut off"):
        read_checkpoint(content[: int(share * len(content))])


def test_a_zip_that_unpacks_to_more_than_it_says():
    inflating = io.BytesIO()
    with zipfile.ZipFile(inflating, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    assert len(inflating.getvalue()) < 20_000
    with pytest.raises(CheckpointError, match="compressed archive"):
        read_checkpoint(inflating.getvalue())

    content = bytearray(saved(TENSORS))
    entry = content.index(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = (2_000_000_000).to_bytes(4, "little") * 2
    with pytest.raises(CheckpointError, match=r"unpack to more than it holds|damaged"):
        read_checkpoint(bytes(content))


def test_tensors_that_claim_more_than_the_file_has():
    with pytest.raises(CheckpointError, match="larger than the file"):
        read_checkpoint(saved({"a": torch.zeros(1).expand(10**10)}))
    with pytest.raises(CheckpointError, match="sparse"):
        read_checkpoint(saved({"a": torch.sparse_coo_tensor(size=(10**6, 10**6))}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_and_infinity_in_the_weights(value):
    network = build("lite0", num_classes=2)
    tensors = {"state_dict": network.state_dict(), "optimizer": {"moment": torch.tensor(value)}}
    assert translate(read_checkpoint(saved(tensors)), network.spec)  # what is no weight does not matter
    network.feature_extractor.get_submodule("4.1.project").norm.running_var.fill_(value)
    for content in (saved({"state_dict": network.state_dict()}), safetensors.torch.save(network.state_dict())):
        with pytest.raises(CheckpointError, match=r"not finite .* feature_extractor.4.1.project.norm.running_var"):
            translate(read_checkpoint(content), network.spec)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x1f\x8b" + bytes(50), "gzip"),
        (b"epoch,loss\n1,0.5\n", "not a PyTorch checkpoint"),
        (pickle.dumps([1, 2]), "not one that torch.save wrote"),
    ],
)
def test_other_kinds_of_files_are_recognised(content, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        read_checkpoint(content)


def test_a_torchscript_program_and_another_zip_are_recognised():
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), buffer)
    with pytest.raises(CheckpointError, match="TorchScript"):
        read_checkpoint(buffer.getvalue())
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheckpointError, match=r"not one that torch.save wrote"):
        read_checkpoint(other.getvalue())


def test_ordered_dictionaries_and_bare_values():
    assert list(read_checkpoint(saved(OrderedDict(TENSORS)))) == list(TENSORS)
    with pytest.raises(CheckpointError, match="no named tensors"):
        unwrap(read_checkpoint(saved([1, 2, 3])))
