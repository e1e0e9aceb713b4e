"""What cannot be read becomes a `PhotoError` with one sentence that names the thing, what is wrong and the remedy."""

from __future__ import annotations

import io
import os
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from effnet_viz.images import Photo, PhotoError, open_photo
from effnet_viz.images import photo as module


def noise(format: str, size: tuple[int, int] = (200, 150), **options) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of this size without its pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def message(source, **options) -> str:
    with pytest.raises(PhotoError) as caught:
        open_photo(source, **options)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and ": " in text
    assert isinstance(caught.value, ValueError)
    return text


def zip_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cat.txt", "cat")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"Dear diary,\ntoday I saw a cat.\n", "is a text file"),
        ("Sch\u00f6ne Gr\u00fc\u00dfe".encode(), "is a text file"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing"),
        (b"\xef\xbb\xbf  <SVG width='3'/>", "SVG drawing"),
        (b"<!DOCTYPE html><html><body>cat</body></html>", "web page"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (zip_file(), "ZIP archive"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\0\0\x01\0\x01\0", "icon"),
        (b"\xff\xd8\xff\xe0garbage", "starts like a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "starts like a PNG"),
        (b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0", "starts like a WebP"),
        (bytes(range(128, 256)) * 8, "is not a picture that can be read"),
        (b"\0" * 1000, "is not a picture that can be read"),
    ],
)
def test_what_is_not_a_picture_is_called_by_its_name(data, words):
    text = message(data, name="cat.jpg")
    assert text.startswith("cat.jpg ")
    assert words in text


def test_only_the_promised_decoders_are_used():
    for format in ("ICO", "PPM", "TGA", "PCX", "ICNS", "JPEG2000"):
        assert "choose" in message(noise(format, (32, 32))) or format in ("ICO", "JPEG2000"), format
    assert "JPEG 2000" in message(noise("JPEG2000", (32, 32)))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_truncated_file_is_damaged(format):
    data = noise(format)
    text = message(data[: len(data) // 2], name="half")
    assert text.startswith("half ")
    assert "damaged" in text and "again" in text


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damaged_bytes_never_raise_anything_else(format):
    """A hundred mutations of each format: a photo or a PhotoError, never another exception."""
    good = noise(format, (40, 30))
    dice = random.Random(format)
    for _ in range(100):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 20)):
            bad[dice.randrange(len(bad) if dice.random() < 0.5 else min(64, len(bad)))] = dice.randrange(256)
        if dice.random() < 0.3:
            del bad[dice.randrange(len(bad)) :]
        try:
            assert isinstance(open_photo(bytes(bad)), Photo)
        except PhotoError as error:
            assert "\n" not in str(error)


def test_too_many_pixels_are_refused_by_the_header():
    text = message(png_header(9000, 9000), name="huge.png")
    assert text == (
        "huge.png is too large (9,000 x 9,000 pixels; the limit is 80 million pixels): save a smaller copy."
    )


@pytest.mark.parametrize("size", [(30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_refused_by_the_header(size):
    assert "too large" in message(png_header(*size))


def test_nothing_is_decoded_before_the_pixels_are_counted(monkeypatch):
    monkeypatch.setattr(module, "MAX_PIXELS", 200 * 150 - 1)

    def decode(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(module, "_decode", decode)
    for format in (*module.FORMATS, "MPO"):
        assert "200 x 150 pixels" in message(noise(format)), format
    assert "200 x 150 pixels" in message(Image.open(io.BytesIO(noise("JPEG"))))


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_no_pixels(size):
    assert f"has no pixels ({size[0]} x {size[1]})" in message(Image.new("RGB", size))


def test_a_png_of_no_pixels():
    message(png_header(0, 5))


def test_too_many_bytes_are_refused_unread(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "MAX_BYTES", 2 * 10**6)
    path = tmp_path / "large.bmp"
    with path.open("wb") as file:
        file.truncate(3 * 10**6)
    expected = "large.bmp is too large (3.0 MB; the limit is 2 MB): save a smaller copy."
    assert message(path) == expected
    assert message(b"\0" * (3 * 10**6), name="large.bmp") == expected

    class Endless:
        asked: ClassVar[list[int]] = []

        def read(self, size=-1):
            self.asked.append(size)
            assert 0 < size <= 2 * 10**6 + 1
            return b"\0" * size

    assert "more than 2 MB" in message(Endless())
    assert len(Endless.asked) == 1


def test_paths_that_are_no_picture(tmp_path):
    assert "is a folder" in message(tmp_path)
    assert "does not exist" in message(tmp_path / "nowhere.png")
    assert "does not exist" in message("nowhere.png")
    assert "is a folder" in message("")  # Path("") is the current folder
    assert "does not exist" in message("a\0b") or "cannot be opened" in message("a\0b")  # by version of Python
    assert "cannot be opened" in message("a" * 5000)
    assert "web address" in message("https://example.org/cat.jpg")
    assert "not an ordinary file" in message(os.devnull)


@pytest.mark.parametrize("source", [None, 3, ["cat.jpg"], np.zeros((4, 4, 3), dtype=np.uint8)])
def test_sources_of_a_wrong_type(source):
    assert type(source).__name__ in message(source)


def test_files_that_cannot_be_read(tmp_path):
    assert "opened as text" in message(io.StringIO("cat"))
    closed = io.BytesIO(noise("PNG"))
    closed.close()
    assert "cannot be read" in message(closed, name="cat.png")


def test_a_lazy_pillow_image_that_is_truncated():
    data = noise("PNG")
    assert "damaged" in message(Image.open(io.BytesIO(data[: len(data) // 2])))


def test_a_bomb_costs_no_memory():
    """A WebP and a GIF header of 16,383 x 16,383 pixels, opened in a process of their own."""
    code = """
import io, resource
from PIL import Image
from effnet_viz.images import PhotoError, open_photo
small = io.BytesIO(); Image.new("RGB", (8, 8)).save(small, "GIF")
gif = bytearray(small.getvalue()); gif[6:10] = (16383).to_bytes(2, "little") * 2
at = gif.index(b",", 13); gif[at + 5 : at + 9] = (16383).to_bytes(2, "little") * 2
small = io.BytesIO(); Image.new("RGB", (8, 8)).save(small, "WEBP", lossless=True)
webp = bytearray(small.getvalue()); at = webp.index(b"VP8L") + 9
size = 16382 | 16382 << 14  # width and height less one, 14 bits each
webp[at : at + 4] = (int.from_bytes(webp[at : at + 4], "little") >> 28 << 28 | size).to_bytes(4, "little")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in (bytes(gif), bytes(webp)):
    try:
        open_photo(data)
    except PhotoError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *errors, megabytes = done.stdout.splitlines()
    assert len(errors) == 2 and all("too large" in error for error in errors), done.stdout
    assert int(megabytes) < 50


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("a\nb\x00c.png", "a b c.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800.png", ".png"),
        ("\ud800", "photo"),
        ("x" * 10_000, "x" * 149 + "…"),
        ("<b>**x**</b>.png", "<b>**x**</b>.png"),
    ],
)
def test_a_photo_is_called_by_one_line_of_text(name: str, called: str):
    """A lone surrogate in a name cannot be sent to a browser; 10,000 letters fill the page."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40)).save(buffer, "PNG")
    assert open_photo(buffer.getvalue(), name=name).name == called
    with pytest.raises(PhotoError, match=rf"^{re.escape(called)} "):
        open_photo(b"no picture", name=name)


def test_a_path_is_repeated_on_one_line(tmp_path):
    for path in (tmp_path / "no\nsuch", os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"), "http://x\n" + "y" * 10_000):
        with pytest.raises(PhotoError) as problem:
            open_photo(path)
        assert str(problem.value).isprintable() and len(str(problem.value)) < 500
