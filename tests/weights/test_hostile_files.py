"""Small files that were made to exhaust a server, and files that pretend to be an EfficientNet."""

from __future__ import annotations

import io
import json
import pickle
import struct
import threading
import zipfile

import pytest
import timm
import torch

from effnet_viz.loading import load_checkpoint, load_trained
from effnet_viz.network import build
from effnet_viz.training.checkpoint import read_trained_checkpoint, to_bytes
from effnet_viz.weights import CheckpointError, read_checkpoint
from effnet_viz.weights.caches import ASSETS
from effnet_viz.weights.detection import detect
from effnet_viz.weights.translation import unwrap


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def archive(objects: bytes) -> bytes:
    """What torch.save would write around a pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", objects)
        file.writestr("archive/version", "3\n")
        file.writestr("archive/byteorder", "little")
    return buffer.getvalue()


@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "legacy"])
def test_a_dictionary_that_holds_itself_ends_in_a_sentence(new_format):
    endless: dict = {}
    endless["state_dict"] = endless
    content = saved(endless, _use_new_zipfile_serialization=new_format)
    with pytest.raises(CheckpointError, match="no named tensors"):
        unwrap(read_checkpoint(content))


def test_dictionaries_that_share_their_contents_are_looked_into_once():
    level = {str(index): torch.zeros(1) for index in range(100)}
    for _ in range(4):
        level = {str(index): level for index in range(100)}  # 100 to the fifth entries, 500 of them in the file
    assert read_checkpoint(saved(level)).keys() == level.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "value", [[bytearray(1000)] * 3, [[index] for index in range(300_000)]], ids=["byte arrays", "millions of lists"]
)
@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "legacy"])
def test_pickles_that_build_more_than_a_checkpoint_needs_are_refused_unread(value, new_format, monkeypatch):
    content = saved({"state_dict": {"a": torch.ones(1)}, "more": value}, _use_new_zipfile_serialization=new_format)
    monkeypatch.setattr(torch, "load", lambda *arguments, **options: pytest.fail("the file was opened"))
    with pytest.raises(CheckpointError, match="exhaust"):
        read_checkpoint(content)


def test_one_text_copied_many_times_is_refused():
    text = "x" * 100_000
    steps = [b"\x80\x02]q\x00(", b"c_codecs\nencode\nq\x01", b"X" + len(text).to_bytes(4, "little") + text.encode()]
    steps += [b"q\x02X\x06\x00\x00\x00latin1q\x03"]
    steps += [b"h\x01h\x02h\x03\x86R" for _ in range(2000)]
    with pytest.raises(CheckpointError, match="exhaust"):
        read_checkpoint(archive(b"".join(steps) + b"e."))


def test_checkpoints_of_training_scripts_still_open():
    network = build("b0", num_classes=3)
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.zeros(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    content = saved({"model": network.state_dict(), "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state()})
    assert detect(read_checkpoint(content)).spec.name == "b0"


def test_namespaces_are_read_by_many_threads_at_once():
    import argparse

    content = saved({"state_dict": {"a": torch.ones(1)}, "args": argparse.Namespace(lr=0.1)})
    failed: list[CheckpointError] = []

    def read() -> None:
        try:
            for _ in range(50):
                read_checkpoint(content)
        except CheckpointError as error:
            failed.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv_stem.weight", (32,)),
        ("conv_stem.weight", (0, 3, 3, 3)),
        ("conv_head.weight", (0, 320, 1, 1)),
        ("blocks.1.0.conv_pw.weight", (96,)),
        ("blocks.1.0.conv_pw.weight", (0, 16, 1, 1)),
        ("blocks.1.0.conv_dw.weight", (0, 1, 3, 3)),
        ("blocks.1.0.se.conv_reduce.weight", ()),
        ("classifier.weight", ()),
    ],
)
def test_shapes_that_no_network_has_are_named(name, shape):
    tensors = timm.create_model("efficientnet_b0").state_dict()
    tensors[name] = torch.zeros(shape)
    with pytest.raises(CheckpointError, match=name):
        detect(tensors)


def test_attention_layers_that_would_be_dropped_are_a_refusal_that_names_them():
    tensors = timm.create_model("gc_efficientnetv2_rw_t").state_dict()
    with pytest.raises(CheckpointError, match=r"layers that no EfficientNet has \(blocks\.\d+\.\d+\."):
        detect(tensors)


def test_messages_stay_short_whatever_the_names():
    tensors = timm.create_model("efficientnet_b0").state_dict() | {
        "classifier." + "x" * 5000 + ".weight": torch.ones(2)
    }
    detection = detect(tensors)
    assert len(" ".join(detection.assumptions)) < 1000
    with pytest.raises(CheckpointError) as refused:
        detect({"y" * 5000: torch.ones(2)})
    assert len(str(refused.value)) < 500


@pytest.mark.slow
def test_a_network_that_never_learned_is_called_untrained():
    fresh = load_checkpoint(saved(timm.create_model("efficientnet_b0", num_classes=5).state_dict()))
    assert not fresh.provenance.trained
    assert "before it had learned" in fresh.provenance.detail
    network = timm.create_model("efficientnet_b0", num_classes=5).train()
    torch.nn.functional.cross_entropy(network(torch.rand(2, 3, 32, 32)), torch.tensor([0, 1])).backward()
    torch.optim.SGD(network.parameters(), lr=1.0).step()
    assert load_checkpoint(saved(network.state_dict())).provenance.trained


def test_other_class_names_are_another_model():
    content = saved(timm.create_model("efficientnet_b0", num_classes=2).state_dict())
    first = load_checkpoint(content, class_names=b"cat\ndog\n")
    second = load_checkpoint(content, class_names=b"dog\ncat\n")
    assert first.key != second.key


def test_pickles_are_refused_whatever_their_protocol():
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(CheckpointError):
            read_checkpoint(pickle.dumps({"a": 1}, protocol=protocol))


def test_a_file_of_our_own_training_with_wrong_tensors_is_a_sentence():
    trained = read_trained_checkpoint(ASSETS / "shapes" / "shapes.safetensors")
    name, tensor = next((name, tensor) for name, tensor in trained.tensors.items() if tensor.ndim)  # in any order
    for wrong in ({**trained.tensors, name: tensor[:1]}, {"one": torch.ones(1)}):
        with pytest.raises(ValueError, match=r"does not fit|do not carry"):
            load_trained(to_bytes(trained.spec, wrong, trained.facts))


@pytest.mark.parametrize("announced", ["as long as it is", "longer than the file"])
def test_a_list_of_tensors_that_builds_millions_of_objects_is_refused_unread(announced, monkeypatch):
    """Of a file of 21 MB came 0.5 GB and seven seconds, of one of 300 MB more than a server of 4 GB has."""
    header = b'{"a":[' + b"[]," * 1_500_000 + b"[]]}"
    length = len(header) if announced == "as long as it is" else 10**15
    monkeypatch.setattr(json, "loads", lambda *arguments, **options: pytest.fail("it was read"))
    with pytest.raises(CheckpointError, match=r"exhaust|cut off"):
        read_checkpoint(struct.pack("<Q", length) + header)


@pytest.mark.parametrize("kind", [torch.complex64, torch.int64, torch.bool, torch.uint8])
def test_weights_that_are_no_floating_point_numbers_are_named(kind):
    tensors = read_trained_checkpoint(ASSETS / "shapes" / "shapes.safetensors").tensors
    name = next(name for name in tensors if name.endswith("conv.weight"))
    wrong = {**tensors, name: torch.ones(tensors[name].shape, dtype=kind)}
    with pytest.raises(CheckpointError, match=f"{name} holds {str(kind)[6:]} values"):
        load_checkpoint(saved(wrong))


def test_a_tensor_does_not_hide_behind_another_of_the_same_path():
    sparse = {"state_dict": {"a.b": torch.eye(2).to_sparse()}, "state_dict.a.b": torch.ones(1)}
    for content in (saved(sparse), saved(dict(reversed(sparse.items())))):
        with pytest.raises(CheckpointError, match="sparse"):
            read_checkpoint(content)


def test_a_line_break_in_a_class_name_does_not_make_two_models_one():
    content = saved(timm.create_model("efficientnet_b0", num_classes=2).state_dict())
    names = [json.dumps(words).encode() for words in (["cat\ndog", "owl"], ["cat", "dog\nowl"])]
    first, second = (load_checkpoint(content, class_names=each) for each in names)
    assert first.key != second.key


@pytest.mark.parametrize("depth", range(9))
def test_a_tensor_larger_than_its_file_is_found_however_deep_it_lies(depth):
    """Half a megabyte would have become a gigabyte: below the fourth dictionary nobody looked, but it was opened."""
    wide = torch.as_strided(torch.zeros(1), (900_000, 192), (0, 0))
    inside: dict = {"classifier.weight": wide}
    for _ in range(depth):
        inside = {"model": inside}
    with pytest.raises(CheckpointError, match=r"larger than the file|no named tensors"):
        unwrap(read_checkpoint(saved(inside)))


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("classifier.weight", (100_001, 1280), "100,001 classes"),
        ("conv_stem.weight", (32, 2000, 3, 3), "in_channels is"),
    ],
)
def test_sizes_that_nothing_has_are_the_files_mistake(name, shape, said):
    tensors = timm.create_model("efficientnet_b0").state_dict()
    tensors[name] = torch.zeros(1).expand(shape)
    with pytest.raises(CheckpointError, match=said):
        detect(tensors)
