"""From bytes, a path, a file object or a Pillow image to an upright RGB photo, safely.

Everything that can be wrong with a picture becomes a `PhotoError` with one plain sentence. Size and pixel count are
checked on the header, before anything is decoded, and no setting of Pillow is touched, so any number of threads may
open photos at once.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from effnet_viz.images.decoding_cost import decoded_bytes, has_oversized_tile, has_too_many_scans
from effnet_viz.images.modes import fit_within, to_rgb, upright
from effnet_viz.images.signatures import why_unreadable
from effnet_viz.one_line import one_line

MAX_BYTES = 64 * 10**6
"""Largest file that is read, in bytes."""

MAX_PIXELS = 80_000_000
"""Largest picture that is decoded, in pixels; below the number at which Pillow itself starts to warn."""

MAX_DECODED_BYTES = 540 * 10**6
"""Most memory that decoding one picture may take, in bytes, as its kind and size announce."""

WORKING_PIXELS = 2048 * 2048
"""Larger photos are reduced to about this many pixels: ample for every network here, and every page stays quick."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF")
"""What is read, in Pillow's names, where an MPO is a JPEG with more frames. No other decoder sees a stranger's file."""


LONGEST_NAME = 150
"""Letters of a photo's name: what is shown of it stays on one line, whatever somebody called the file."""

LONGEST_PATH = 300
"""Letters of a path that a sentence repeats."""

_decoding_large = threading.Lock()


class PhotoError(ValueError):
    """A picture cannot be used; the message is one plain sentence that says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Photo:
    """An upright RGB picture.

    Attributes:
        image: The pixels, mode "RGB", turned as the camera was held. Not to be written to.
        name: What to call it: the file's name, or what the caller said, on one line.
        digest: SHA-256 of the source bytes in hexadecimal (of size and pixels for a Pillow image); a cache key.
    """

    image: Image.Image
    name: str
    digest: str

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.image.height


def open_photo(source: str | Path | bytes | BinaryIO | Image.Image, name: str | None = None) -> Photo:
    """Read a picture and turn it into an upright RGB photo.

    JPEG, PNG, WebP, GIF, BMP, TIFF and MPO are read, of several frames the first, in any colour mode: transparency
    is laid over white, 16-bit grey is scaled down. Colour profiles are ignored, as they are when networks are trained.
    A photo of more than `WORKING_PIXELS` pixels is reduced to about that many.

    Args:
        source: A path, the bytes of a file, a binary file object (read from its start), or a Pillow image.
        name: What to call the photo; by default the file's name, or "photo".

    Raises:
        PhotoError: `source` is not a picture that can be read; the message says why, in one sentence.
    """
    name = one_line(name or "", LONGEST_NAME) or None
    if isinstance(source, Image.Image):
        name = name or _base_name(getattr(source, "filename", None)) or "photo"
        _check_pixels(source, name)
        image = _decode(source, name)
        size = f"{image.width}x{image.height}:".encode()
        return Photo(image=image, name=name, digest=hashlib.sha256(size + image.tobytes()).hexdigest())
    data, name = _read(source, name)
    image = _decode(_identify(data, name), name)
    return Photo(image=image, name=name, digest=hashlib.sha256(data).hexdigest())


def _read(source: str | Path | bytes | BinaryIO, name: str | None) -> tuple[bytes, str]:
    """The bytes of the source and its name, never more than `MAX_BYTES` of them."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), name or "photo"
    elif isinstance(source, (str, Path)):
        data, name = _read_path(source, name or _base_name(source) or "photo")
    elif hasattr(source, "read"):
        data, name = _read_file(source, name or _base_name(getattr(source, "name", None)) or "photo")
    else:
        kind = type(source).__name__
        raise PhotoError(f"A photo is a path, bytes, a binary file or a Pillow image, not {kind}: give one of those.")
    if not data:
        raise PhotoError(f"{name} is empty (0 bytes): choose a file that holds a picture.")
    if len(data) > MAX_BYTES:
        raise PhotoError(_too_many_bytes(name, f"{len(data) / 10**6:.1f} MB"))
    return data, name


def _read_path(source: str | Path, name: str) -> tuple[bytes, str]:
    path, where = Path(source), one_line(str(source), LONGEST_PATH)
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise PhotoError(f"{where} is a web address, and only files are read: download the picture and open the file.")
    try:
        if path.is_dir():
            raise PhotoError(f"{where} is a folder: choose a picture in it.")
        if not path.exists():
            raise PhotoError(f"{where} does not exist: check the path.")
        if not path.is_file():
            raise PhotoError(f"{where} is not an ordinary file: choose a picture file.")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise PhotoError(_too_many_bytes(name, f"{size / 10**6:.1f} MB"))
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1), name
    except PhotoError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"{where!r} cannot be opened ({reason}): check the path and its permissions.") from error


def _read_file(file: BinaryIO, name: str) -> tuple[bytes, str]:
    try:
        if getattr(file, "seekable", lambda: False)():
            file.seek(0)
        data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name} cannot be read ({error}): open the file again.") from error
    if not isinstance(data, bytes):
        raise PhotoError(f"{name} was opened as text: open it in binary mode, open(path, 'rb').")
    if len(data) > MAX_BYTES:
        raise PhotoError(_too_many_bytes(name, f"more than {MAX_BYTES // 10**6} MB"))
    return data, name


def _too_many_bytes(name: str, size: str) -> str:
    return f"{name} is too large ({size}; the limit is {MAX_BYTES // 10**6} MB): save a smaller copy."


def _identify(data: bytes, name: str) -> Image.Image:
    """Read the header only; the pixels stay compressed."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(_too_many_pixels(name, "far too many pixels")) from error
    except Exception as error:  # decoders raise whatever they like on a damaged header
        raise PhotoError(f"{name} {why_unreadable(data)}.") from error
    _check_pixels(image, name)
    if image.format == "TIFF" and has_oversized_tile(data, *image.size):
        raise PhotoError(_made_to_exhaust(name, "its pixels lie in tiles that are larger than the picture"))
    if image.format in ("JPEG", "MPO") and has_too_many_scans(data):
        raise PhotoError(_made_to_exhaust(name, "it is built up in more passes than any camera makes"))
    return image


def _made_to_exhaust(name: str, what: str) -> str:
    return f"{name} would exhaust this machine ({what}), so it was not opened: save a copy, as JPEG or PNG."


def _check_pixels(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise PhotoError(f"{name} has no pixels ({width} x {height}): choose a picture with at least one.")
    if width * height > MAX_PIXELS:
        raise PhotoError(_too_many_pixels(name, f"{width:,} x {height:,} pixels"))
    if (needed := decoded_bytes(image)) > MAX_DECODED_BYTES:
        raise PhotoError(
            f"{name} would take {needed / 10**6:,.0f} MB of memory to open ({width:,} x {height:,} pixels, "
            f"{image.format or image.mode}; the limit is {MAX_DECODED_BYTES // 10**6} MB): save a smaller copy, "
            "as JPEG or PNG."
        )


def _too_many_pixels(name: str, size: str) -> str:
    limit = MAX_PIXELS // 10**6
    return f"{name} is too large ({size}; the limit is {limit} million pixels): save a smaller copy."


def _decode(image: Image.Image, name: str) -> Image.Image:
    """Decode, reduce, turn upright and convert to RGB.

    The decoder of a JPEG can leave out detail that the reduction would throw away, which makes a 48-megapixel
    photo several times faster to open. It is asked to do so only for files that this module opened itself. Large
    pictures are decoded one after the other: thirty at once would need thirty times the memory.
    """
    large = decoded_bytes(image) > 4 * WORKING_PIXELS
    with _decoding_large if large else nullcontext():
        return _decode_now(image, name)


def _decode_now(image: Image.Image, name: str) -> Image.Image:
    try:
        if image.format in ("JPEG", "MPO") and isinstance(getattr(image, "fp", None), io.BytesIO):
            image.draft(None, fit_within(image.size, WORKING_PIXELS))
        image.load()
        return upright(to_rgb(image, WORKING_PIXELS), image)
    except MemoryError as error:
        raise PhotoError(f"{name} needs more memory than there is: save a smaller copy.") from error
    except Exception as error:  # as above: any exception here means that the picture is damaged
        raise PhotoError(
            f"{name} is damaged or was cut off on the way ({_first_words(error)}): copy or download it again."
        ) from error


def _first_words(error: Exception) -> str:
    """The decoder's own reason on one line."""
    return " ".join(str(error).split())[:120].rstrip(" .") or type(error).__name__


def _base_name(path: object) -> str | None:
    if not isinstance(path, (str, os.PathLike)):
        return None
    return one_line(Path(path).name, LONGEST_NAME) or None
