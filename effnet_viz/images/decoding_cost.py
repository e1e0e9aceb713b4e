"""What decoding a picture takes, told from its header: memory, and the passes of a JPEG's decoder.

A file of a hundred bytes can announce a tile of a gigabyte inside a picture of sixteen pixels, and one of a few
kilobytes a hundred thousand passes over all pixels. Nothing here decodes anything.
"""

from __future__ import annotations

import re
import struct

from PIL import Image

MAX_SCANS = 200
"""Passes of a JPEG's decoder over the picture; encoders make ten, and each takes a while however little is in it."""

_BYTES_A_PIXEL = {"L": 1, "1": 5, "P": 5, "I;16": 5, "I;16B": 5, "I;16L": 5, "LA": 8, "La": 8, "RGBA": 9, "LAB": 12}
"""Measured with 79 million pixels, conversion to RGB included."""

_OTHERS, _WIDE = 4, 6  # bytes a pixel of colours without transparency; of integers and floats of 32 bits
_TRANSPARENT_COLOUR = 12  # of a picture in which one colour is transparent: it goes through two more modes
_WEBP, _WEBP_FRAMES = 12, 16  # the decoder's own copies; an animation's keeps four canvases
_LEAST_TILE = 2048 * 2048  # pixels; tiles up to here are common also around smaller pictures
_TILE_TAGS = (322, 323)  # TIFF 6.0, section 15: width and length of a tile
_SIZES = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 16: 8, 17: 8}  # of TIFF's kinds of whole numbers, in bytes
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan, these are no ends of it: stuffing, restarts, padding
_END, _SCAN = 0xD9, 0xDA


def decoded_bytes(image: Image.Image) -> int:
    """Memory that decoding a picture takes, and bringing it to RGB, in bytes.

    Args:
        image: opened, not decoded.
    """
    pixels = image.width * image.height
    if image.format == "WEBP":
        return pixels * (_WEBP_FRAMES if getattr(image, "is_animated", False) else _WEBP)
    if image.format in ("JPEG", "MPO"):
        return int(pixels * max(_OTHERS, _coefficients(image)))
    wide = image.mode in ("I", "F")
    a_pixel = _BYTES_A_PIXEL.get(image.mode, _WIDE if wide else _OTHERS)
    return pixels * (max(a_pixel, _TRANSPARENT_COLOUR) if "transparency" in image.info else a_pixel)


def _coefficients(image: Image.Image) -> float:
    """Bytes a pixel that the decoder of a progressive JPEG keeps until the last scan, in place of pixels."""
    layers = getattr(image, "layer", ())
    if "progressive" not in image.info or not layers:
        return 0.0
    widest, highest = (max(layer[at] for layer in layers) for at in (1, 2))
    return sum(2 * layer[1] * layer[2] / (widest * highest) for layer in layers)


def has_oversized_tile(data: bytes, width: int, height: int) -> bool:
    """Whether a TIFF lies in tiles that are larger than the picture: its decoder takes memory for a whole one.

    The entries are read here, since Pillow leaves out those whose kind it does not know and the decoder does not.

    Args:
        data: of the file.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """
    try:
        sides = _tile_sides(data)
    except (struct.error, KeyError):  # cut off, or of a kind that no program writes there
        return True
    return sides[0] * sides[1] > max(width * height, _LEAST_TILE)


def _tile_sides(data: bytes) -> tuple[int, int]:
    """Width and length of a tile in the first directory, the largest where one is named twice; else 0."""
    order = "<" if data.startswith(b"II") else ">"
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43  # BigTIFF: everything is wider
    number, head, entry, place = ("Q", 8, 20, 12) if big else ("I", 4, 12, 8)
    start = struct.unpack_from(f"{order}{number}", data, head)[0]
    count = struct.unpack_from(f"{order}{'Q' if big else 'H'}", data, start)[0]
    first = start + (8 if big else 2)
    largest = dict.fromkeys(_TILE_TAGS, 0)
    for at in range(first, min(first + count * entry, len(data) - entry + 1), entry):
        tag, kind = struct.unpack_from(f"{order}HH", data, at)
        if tag not in largest:
            continue
        size = _SIZES[kind]
        if size > entry - place:  # it stands elsewhere in the file; nobody writes a tile's side like that
            raise KeyError(kind)
        value = int.from_bytes(data[at + place : at + place + size], "little" if order == "<" else "big")
        largest[tag] = max(largest[tag], value)
    return largest[_TILE_TAGS[0]], largest[_TILE_TAGS[1]]


def has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG asks its decoder for more than `MAX_SCANS` passes over the picture.

    Args:
        data: of the file.
    """
    at, scans = 2, 0
    while (found := _MARKER.search(data, at)) is not None and scans <= MAX_SCANS:
        kind, at = data[found.start() + 1], found.end()
        if kind == _END:
            break
        scans += kind == _SCAN
        if len(data) >= at + 2:
            at += int.from_bytes(data[at : at + 2], "big")
    return scans > MAX_SCANS
