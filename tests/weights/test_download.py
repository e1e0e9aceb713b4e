"""Downloads from servers that misbehave: what arrives is whole and right, or there is one plain sentence."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import safetensors.torch
import timm
import torch
from filelock import FileLock

from effnet_viz.network import build
from effnet_viz.weights import DownloadError, fetch, load_weights, on_this_machine, weight_set
from effnet_viz.weights.download import DownloadProgress, download
from effnet_viz.weights.sources import is_intact

COMMIT = "0" * 40


class Server(http.server.ThreadingHTTPServer):
    """Serves one body at every address, as a plain server and as the hub do, with faults on demand."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = b""
        self.fault = ""  # "404", "cut", "cut once", "stall", "drip", "byte", "wrong bytes", "no number"
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        server = self.server
        if server.fault == "404":
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body, start = server.body, 0
        if with_body:
            wanted = self.headers.get("Range")
            server.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        if start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        length = "very long" if server.fault == "no number" else str(len(body) - start)
        self.send_header("Content-Length", length)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.send_body(body, start)

    def send_body(self, body: bytes, start: int) -> None:
        server = self.server
        half = start + (len(body) - start) // 2
        if server.fault == "wrong bytes":
            self.wfile.write(bytes(len(body) - start))
        elif server.fault == "drip":
            for at in range(start, len(body), 1000):
                self.wfile.write(body[at : at + 1000])
                time.sleep(0.02)
                if server.fault != "drip":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
        elif server.fault == "byte":
            with suppress(OSError):  # whoever asked has left
                while server.fault:
                    self.wfile.write(b"x")
                    time.sleep(0.05)
        elif server.fault in ("cut", "cut once", "stall"):
            self.wfile.write(body[start:half])
            self.wfile.flush()
            if server.fault == "stall":
                time.sleep(1.5)
            self.connection.shutdown(socket.SHUT_RDWR)
            server.fault = "" if server.fault == "cut once" else server.fault
        else:
            self.wfile.write(body[start:])

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def caches(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return tmp_path


def fill(server: Server) -> str:
    server.body = hashlib.shake_256(b"weights").digest(3_000_000)
    return hashlib.sha256(server.body).hexdigest()


def visible(folder):
    """Names without those of locks, which are hidden."""
    return [file.name for file in folder.iterdir() if not file.name.startswith(".")]


def test_a_good_server_gives_the_file_and_tells_how_far_it_is(server, tmp_path):
    sha256 = fill(server)
    told = []
    path = download(
        server.address,
        tmp_path / "new" / "file.pth",
        sha256=sha256,
        progress=lambda here, total: told.append((here, total)),
    )
    assert path.read_bytes() == server.body
    assert told == sorted(told) and told[-1] == (3_000_000, 3_000_000) and len(told) > 5
    assert visible(path.parent) == ["file.pth"]


def test_a_cut_off_download_is_continued_where_it_stopped(server, tmp_path):
    sha256 = fill(server)
    server.fault = "cut once"
    target = tmp_path / "file.pth"
    with pytest.raises(DownloadError, match="cut off"):
        download(server.address, target, sha256=sha256)
    assert not target.exists()
    assert download(server.address, target, sha256=sha256).read_bytes() == server.body
    assert server.ranges[0] is None and server.ranges[1] == "bytes=1500000-"


def test_a_download_that_was_killed_before_its_renaming_is_only_checked_and_renamed(server, tmp_path):
    sha256 = fill(server)
    server.fault = "cut once"
    target = tmp_path / "file.pth"
    with pytest.raises(DownloadError):
        download(server.address, target, sha256=sha256)
    assert visible(tmp_path) == ["file.pth.partial"]
    (tmp_path / "file.pth.partial").write_bytes(server.body)
    assert download(server.address, target, sha256=sha256).read_bytes() == server.body


def test_a_remainder_of_another_file_is_replaced(server, tmp_path):
    fill(server)
    server.fault = "cut once"
    with pytest.raises(DownloadError):
        download(server.address, tmp_path / "file.pth")
    (tmp_path / "file.pth.partial").write_bytes(bytes(4_000_000))  # longer than the file on the server
    assert download(server.address, tmp_path / "file.pth").read_bytes() == server.body


def test_a_wrong_file_is_deleted_and_the_next_try_starts_anew(server, tmp_path):
    sha256 = fill(server)
    server.fault = "wrong bytes"
    with pytest.raises(DownloadError, match="SHA-256 differs"):
        download(server.address, tmp_path / "file.pth", sha256=sha256)
    assert visible(tmp_path) == []
    server.fault = ""
    assert download(server.address, tmp_path / "file.pth", sha256=sha256).read_bytes() == server.body


def test_a_server_that_falls_silent_is_given_up(server, tmp_path):
    fill(server)
    server.fault = "stall"
    with pytest.raises(DownloadError, match=r"has sent nothing for 0.3 seconds"):
        download(server.address, tmp_path / "file.pth", timeout=0.3)


def test_two_visitors_who_want_the_same_file_get_it_once(server, tmp_path):
    sha256 = fill(server)
    with ThreadPoolExecutor() as pool:
        paths = [pool.submit(download, server.address, tmp_path / "file.pth", sha256=sha256) for _ in range(3)]
        assert {path.result().read_bytes() == server.body for path in paths} == {True}
    assert len(server.ranges) == 1


def test_a_length_that_is_no_number_does_not_matter(server, tmp_path):
    sha256 = fill(server)
    server.fault = "no number"
    assert download(server.address, tmp_path / "file.pth", sha256=sha256).read_bytes() == server.body


def test_who_waits_behind_a_slow_download_sees_how_far_it_is_and_can_leave(server, tmp_path):
    class Left(BaseException):
        """What Streamlit raises at a click."""

    (tmp_path / "file.pth.partial").write_bytes(bytes(1000))
    told = []

    def leave(here: int, total: int) -> None:
        told.append(here)
        raise Left

    with FileLock(tmp_path / ".file.pth.lock"):  # the first visitor's, whose server sends a byte a second
        with pytest.raises(Left):
            download(server.address, tmp_path / "file.pth", progress=leave)
        assert told == [1000]


def test_a_missing_file_and_a_missing_network_are_said(server, tmp_path):
    server.fault = "404"
    with pytest.raises(DownloadError, match="answered 404"):
        download(server.address + "/weights.pth", tmp_path / "file.pth")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(DownloadError, match="cannot be reached; is this machine on the internet"):
        download(nobody, tmp_path / "file.pth")


def test_a_set_of_torchvision_lands_in_torchs_cache_and_loads(server, caches):
    network = build("b0")
    torch.save(network.state_dict(), caches / "b0.pth")
    server.body = (caches / "b0.pth").read_bytes()
    weights = weight_set("b0", "torchvision-v1")
    weights = dataclasses.replace(
        weights, url=f"{server.address}/{weights.filename}", sha256=hashlib.sha256(server.body).hexdigest()[:8]
    )
    assert not on_this_machine(weights)
    loaded = load_weights(weights)
    assert torch.equal(loaded["classifier.weight"], network.classifier.weight)
    assert (caches / "torch" / "hub" / "checkpoints" / weights.filename).read_bytes() == server.body
    assert on_this_machine(weights) and is_intact(weights)


@pytest.fixture
def hub(server, caches, monkeypatch):
    """A hub with Lite0 in it, as timm saves it."""
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    network = timm.create_model("tf_efficientnet_lite0")
    server.body = safetensors.torch.save(network.state_dict())
    return server, network, weight_set("lite0", "google")


@pytest.mark.slow
def test_a_set_of_the_hub_is_fetched_in_spite_of_a_cut_and_loaded(hub):
    server, network, weights = hub
    server.fault = "cut once"
    told = []
    loaded = load_weights(weights, progress=lambda here, total: told.append((here, total)))
    assert torch.equal(loaded["classifier.weight"], network.classifier.weight)
    assert told[-1] == (len(server.body), len(server.body))
    assert len(server.ranges) == 2
    assert on_this_machine(weights) and is_intact(weights)
    requests = len(server.ranges)
    load_weights(weights)
    assert len(server.ranges) == requests


@pytest.mark.parametrize("links", [True, False])  # without, as on most Windows machines, the cache has other names
def test_a_wrong_file_of_the_hub_does_not_stay(hub, links, monkeypatch):
    server, _, weights = hub
    monkeypatch.setattr("huggingface_hub.file_download.are_symlinks_supported", lambda folder: links)
    server.fault = "wrong bytes"
    with pytest.raises(DownloadError, match="SHA-256 differs"):
        fetch(weights)
    assert not on_this_machine(weights)
    server.fault = ""
    assert fetch(weights).read_bytes() == server.body


def test_a_wrong_file_of_a_program_that_was_killed_before_its_check_does_not_stay(hub, monkeypatch):
    server, _, weights = hub
    server.fault = "wrong bytes"

    def kill(path: Path) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("effnet_viz.weights.hub.file_sha256", kill)
        with pytest.raises(KeyboardInterrupt):
            fetch(weights)
    assert on_this_machine(weights) and not is_intact(weights)
    server.fault = ""
    assert fetch(weights).read_bytes() == server.body
    assert is_intact(weights)


@pytest.mark.slow
def test_who_downloads_from_a_slow_hub_and_who_waits_behind_can_leave(hub):
    """Nothing was told before ten million bytes had come, so nobody could stop, nor whoever waited behind."""
    server, _, weights = hub
    server.fault = "drip"

    class Leaves(BaseException):
        pass

    def ask(seconds: float) -> float:
        began = time.monotonic()

        def leave(here: int, total: int) -> None:
            if time.monotonic() - began > seconds:
                raise Leaves

        with pytest.raises(Leaves):
            fetch(weights, progress=leave)
        return time.monotonic() - began

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(ask, 1.0)
        time.sleep(0.4)
        second = threads.submit(ask, 0.2)
        assert second.result() < 1.5 and first.result() < 2.5
    server.fault = ""
    assert fetch(weights).read_bytes() == server.body


@pytest.mark.parametrize("kind", ["hub", "torchvision"])
def test_who_left_a_server_that_sends_byte_by_byte_keeps_no_lock(hub, kind, tmp_path):
    """The first lock was kept until a whole part had come: of 64 KB, at a byte a second, for 18 hours."""
    server, _, weights = hub

    class Leaves(BaseException):
        pass

    def leave(here: int, total: int) -> None:
        if here:
            raise Leaves

    def ask(progress: DownloadProgress | None = None) -> Path:
        return (
            fetch(weights, progress=progress)
            if kind == "hub"
            else download(server.address, tmp_path / "file.pth", progress=progress)
        )

    server.fault = "byte"
    with pytest.raises(Leaves):
        ask(leave)
    lock = next(tmp_path.rglob("*.lock"))
    with FileLock(lock, timeout=5):
        pass
    server.fault = ""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing_is_said_without_its_paths(hub, number, monkeypatch):
    _, _, weights = hub

    def full(*arguments, **options):
        raise OSError(number, os.strerror(number), "/srv/secret/place")

    monkeypatch.setattr("effnet_viz.weights.hub.hf_hub_download", full)
    with pytest.raises(DownloadError, match=f"cannot be stored: {os.strerror(number)}") as said:
        fetch(weights)
    assert "secret" not in str(said.value)


def test_a_hub_without_the_file_is_said(hub):
    server, _, weights = hub
    server.fault = "404"
    with pytest.raises(DownloadError, match=r"answered 404 for timm/tf_efficientnet_lite0.in1k"):
        fetch(weights)


def test_a_hub_that_nobody_reaches_is_said(hub, monkeypatch):
    _, _, weights = hub
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    ways = (
        r"cannot be reached; is this machine on the internet.* choose weights that are installed "
        r".*effnet-viz weights fetch lite0"
    )
    with pytest.raises(DownloadError, match=ways):
        fetch(weights)
